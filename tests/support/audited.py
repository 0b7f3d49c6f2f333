"""Tables of measurements made up of random scores, in the shape that a build writes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import light
import pyarrow.parquet as pq

from share_data.audit.whatif.table import Measurements
from share_data.build.stages.judging import Judging
from share_data.corpus.write.measurements import MeasurementsWriter
from share_data.filters.verdict import Objection, Verdict
from share_data.ledger.clip_entry import RECONSTRUCTION, ClipEntry
from share_data.recipe.reading import parse_recipe

KINDS = ("static_camera", "single_person", "keyframe_overlap", "reconstruction_quality")

GRADED = "filters=[{kind: single_person}, {kind: keyframe_overlap}, {kind: reconstruction_quality}]"


def graded_build(root: Path, fair: str = "fair") -> None:
    """A corpus in ROOT/out with 8 clips kept, 4 rejected by filters and 8 pieces too short. fair: name of a video."""
    light.make_videos(root, 3, clips=2)
    for name, iou in (("good", 0.9), (fair, 0.7), ("bad", 0.3)):
        light.write_video(root, name, iou=iou, overlap=0.1)
    light.write_video(root, "crowd", clips=2, flag="company", iou=0.1)
    light.write_video(root, "both", flag="company", overlap=0.5)
    light.light_build(root, GRADED)


def review_build(root: Path) -> None:
    """The same, and a person says of one clip with company that it is good, and of a kept one that it is bad."""
    units = pq.read_table(root / "out" / "measurements.parquet")["unit"].to_pylist()
    said = {"good": next(u for u in units if "crowd" in u), "bad": next(u for u in units if "good" in u)}
    light.light_build(root, GRADED, f"review={json.dumps({unit: word for word, unit in said.items()})}")


def recipe_with(filters: Sequence[Mapping[str, Any]], review: Mapping[str, str] | None = None) -> Any:
    """A recipe of these filters and a person's word on clips, all else by default."""
    sources = [{"kind": "local", "root": "videos"}]
    data = {"schema_version": 1, "name": "audited", "sources": sources, "filters": [dict(each) for each in filters]}
    data |= {"review": dict(review)} if review else {}
    return parse_recipe(data, "audited")


def judged(number: int, judging: Judging, scores: Mapping[str, Mapping[str, float]], **facts: Any) -> ClipEntry:
    """The entry of a clip with these scores, as a build would end it: reconstructed where filters let it through."""
    verdicts: list[Verdict] = judging.of_clip(scores)
    said = judging.review.get(f"c{number:06d}", "")
    before = [objection for verdict in verdicts for objection in verdict.against]
    past = said == "good" or (not before and said != "bad")
    kept = {group: named for group, named in scores.items() if group != RECONSTRUCTION or past}
    after = [] if not past else judging.of_reconstruction(scores.get(RECONSTRUCTION, {}))
    against = before or [objection for verdict in after for objection in verdict.against]
    if said:
        against = [Objection("review", "reviewed")] * (said == "bad")
    told = {"video": f"mine/v{number // 3}", "seconds": 2.0, **facts}
    return ClipEntry(
        "clip", f"c{number:06d}", told.pop("video"), "rejected" if against else "kept",
        stage=against[0].filter if against else "", reason=against[0].reason if against else "",
        scores=kept, review=said, source="mine", start=0, stop=60, **told,
    )  # fmt: skip


def table_of(folder: Path, entries: Sequence[ClipEntry], recipe: Any) -> Measurements:
    """The table that a build would write of these, opened."""
    writer = MeasurementsWriter(folder, {})
    assert sum(1 for _ in writer.watching(entries)) == len(entries)
    writer.write()
    return Measurements(folder / "measurements.parquet", json.loads(json.dumps(recipe.resolved())))

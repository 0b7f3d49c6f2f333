"""The plan of a build: what is stored, what is to compute and why; and that a build then does just that."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from light import write_video
from staged import (
    ACCEPT_ALL,
    INLINE,
    MEAN,
    build,
    everything,
    make_root,
    packed,
    plan,
    shown,
    stage,
    stored,
    to_compute,
    why,
)

from share_data.build import workspace as ws
from share_data.build.build import BuildOptions, build_corpus
from share_data.build.plan.changes import STAGES
from share_data.build.plan.forecast import Plan
from share_data.build.plan.plan import plan_build
from share_data.build.plan.plan_scan import ESTIMATION
from share_data.build.worker import WorkerSpec
from share_data.engine.watch import Silent
from share_data.errors import CorpusError
from share_data.recipe.reading import parse_recipe
from share_data.sources.synthetic import SyntheticSource


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    return make_root(tmp_path)


def test_before_any_build_of_videos_to_be_fetched_all_that_follows_is_unknown(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SyntheticSource, "fetch", lambda *_: pytest.fail("fetched"))
    before = everything(root)
    source = {"kind": "synthetic", "count": 5}
    planned = plan_build(
        parse_recipe({"schema_version": 1, "name": "new", "sources": [source]}, "new"), root / "out", INLINE
    )
    assert to_compute(planned) == {"fetch": 5, "mine": 5}
    assert all(stage(planned, name).unknown_videos == 5 for name in STAGES[2:])
    assert not planned.complete
    assert everything(root) == before


def test_videos_in_place_need_no_fetching(root: Path) -> None:
    planned = plan(root)
    assert stage(planned, "fetch").stored == 3
    assert to_compute(planned) == {"mine": 3}
    assert why(planned, "mine") == {"not computed yet": 3}
    assert planned.notes == ()


def _seconds_in_ledger(root: Path) -> float:
    rows = pq.read_table(root / "out" / "ledger.parquet").to_pylist()
    return sum(row["seconds"] for row in rows if row["level"] == "video")


def test_after_a_build_everything_is_stored_and_looking_changes_nothing(root: Path) -> None:
    build(root)
    before = everything(root)
    planned = plan(root)
    assert to_compute(planned) == {}
    assert {each.stage: each.stored for each in planned.stages} == {
        "fetch": 3, "mine": 3, "measure": 6, "humans": 4, "geometry": 4, "reconstruct": 4, "pack": 2,
    }  # fmt: skip
    assert planned.clips == {"dropped": 3, "undecided": 0, "rejected": 2, "failed": 0, "candidates": 4, "unfit": 0}
    seconds = planned.video_seconds["local"]
    assert seconds.keys() == {"dropped", "rejected", "candidates"}
    assert min(seconds.values()) > 0
    assert sum(seconds.values()) == pytest.approx(_seconds_in_ledger(root), abs=0.01)
    assert planned.changes == ()
    assert planned.complete
    assert "s of video gone through" in shown(planned)
    assert "nothing to compute" in shown(planned)
    plan(root, ACCEPT_ALL), plan(root, MEAN), plan(root, "clips.min_seconds=0.13")
    assert everything(root) == before


def test_one_threshold_more_computes_the_newly_accepted_clips_and_measures_none(root: Path) -> None:
    build(root)
    planned = plan(root, ACCEPT_ALL)
    counts = to_compute(planned)
    assert {name: count for name, count in counts.items() if name != "pack"} == dict.fromkeys(ESTIMATION, 2)
    assert stage(planned, "humans").stored == 4 and stage(planned, "measure").stored == 6
    assert why(planned, "humans") == {"not computed yet": 2}
    (change,) = planned.changes
    assert str(change) == "filters.single_person.max_company_s: 0.3 -> 1.0"
    assert change.effect == "decided again from stored scores, nothing is measured"


def test_one_placement_option_more_computes_reconstructions_and_shards_alone(root: Path) -> None:
    build(root)
    planned = plan(root, MEAN)
    assert to_compute(planned) == {"reconstruct": 4, "pack": 2}
    assert why(planned, "reconstruct") == {"placement.anchoring: 'blend' -> 'mean'": 4}
    assert why(planned, "pack") == {"placement.anchoring: 'blend' -> 'mean'": 2}
    assert planned.changes[0].stages == ("reconstruct", "pack")


def test_a_new_filter_is_to_be_measured_on_every_clip(root: Path) -> None:
    build(root)
    filters = "filters=[{kind: single_person}, {kind: keyframe_overlap}]"
    planned = plan(root, filters)
    assert to_compute(planned) == {"measure": 6}
    assert stage(planned, "humans").unknown_clips == 6
    ((text, count),) = why(planned, "measure").items()
    assert text.startswith("filters.keyframe_overlap: (not there) -> {") and count == 6


def test_other_windows_are_to_be_mined_from_the_file_that_is_there(root: Path) -> None:
    build(root)
    planned = plan(root, "clips.min_seconds=0.13")
    assert stage(planned, "fetch").stored == 3
    assert to_compute(planned) == {"mine": 3}
    assert why(planned, "mine") == {"clips.min_seconds: 1.0 -> 0.13": 3}


CHANGES = (
    [ACCEPT_ALL],
    [MEAN],
    ["keyframes.count=3"],
    ["camera.hfov_deg=50"],
    ["output.precision=0.1mm"],
    ["tolerance.max_failed_fraction=0.5"],
    [ACCEPT_ALL, MEAN],
)


@pytest.mark.parametrize("overrides", CHANGES)
def test_a_build_computes_what_the_plan_said_and_nothing_else(root: Path, overrides: list[str]) -> None:
    build(root)
    planned, before, shards = plan(root, *overrides), stored(root), packed(root)
    build(root, *overrides)
    computed = stored(root) - before
    computed.pop("focal", None)
    computed["pack"] = packed(root) - shards
    expected = Counter(to_compute(planned))
    if any("keyframes" in override for override in overrides):
        assert expected.pop("humans") == 4, "the focal is asked for anew, and a plan cannot know that it stays the same"
    assert +computed == expected
    assert to_compute(plan(root, *overrides)) == {}
    assert to_compute(plan(root)).keys() <= {"pack"}, "what the first build made is still stored"


def test_a_second_corpus_of_the_same_store_is_only_packed(root: Path) -> None:
    build(root)
    before = stored(root)
    planned = plan(root, out="second")
    assert to_compute(planned) == {"pack": 2}
    build(root, out="second")
    assert stored(root) == before and packed(root, "second") == 2


def test_files_that_would_take_too_long_to_read_count_as_not_mined(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(root)
    monkeypatch.setattr("share_data.build.plan.located.HASHED_AT_MOST", (root / "videos" / "a.mp4").stat().st_size)
    planned = plan(root, out="second")
    assert to_compute(planned)["mine"] == 2
    assert planned.notes == ("2 video(s) are too large to be looked into now, and count as not mined",)


def test_copies_of_a_video_are_computed_once(root: Path) -> None:
    (root / "videos" / "copy.mp4").write_bytes((root / "videos" / "a.mp4").read_bytes())
    build(root)
    assert to_compute(plan(root, MEAN))["reconstruct"] == 4
    before = stored(root)
    build(root, MEAN)
    assert (stored(root) - before)["reconstruct"] == 4


def test_what_has_gone_from_the_store_is_said_to_have_gone_when_it_is_needed(root: Path) -> None:
    build(root)
    for path in (root / "cache" / "reconstruct").rglob("*.safetensors"):
        path.unlink()
    assert to_compute(plan(root)) == {}, "the shards are there: nothing needs what has gone"
    planned, before = plan(root, "output.precision=0.1mm"), stored(root)
    assert to_compute(planned) == {"reconstruct": 4, "pack": 2}
    assert why(planned, "reconstruct") == {"result has gone from the store": 4}
    assert why(planned, "pack") == {"output.precision: 'float32' -> '0.1mm'": 2}
    build(root, "output.precision=0.1mm")
    assert stored(root) - before == Counter(reconstruct=4)


def test_a_damaged_result_counts_as_gone_and_is_left_to_the_build(root: Path) -> None:
    build(root)
    damaged = next((root / "cache" / "measure-single_person").rglob("*.safetensors"))
    damaged.write_bytes(b"damaged")
    planned = plan(root, out="second")
    assert stage(planned, "measure").to_compute == 1
    assert damaged.read_bytes() == b"damaged"


def test_a_file_that_changed_is_to_be_mined_again(root: Path) -> None:
    build(root)
    write_video(root, "a", clips=1, frames=50)
    planned = plan(root)
    assert why(planned, "mine") == {"its file has changed or gone": 1}
    assert stage(planned, "measure").unknown_videos == 1


def test_shards_that_have_gone_are_to_be_written_again(root: Path) -> None:
    build(root)
    next((root / "out" / "shards").glob("*.tar")).unlink()
    assert why(plan(root), "pack") == {"its files have gone": 1}


def test_a_clip_that_failed_is_not_tried_again_unless_asked_for(root: Path) -> None:
    write_video(root, "b", clips=1, frames=10, fault="raise")
    build(root)
    planned = plan(root)
    assert to_compute(planned) == {}
    assert all(stage(planned, name).failed_before == 1 for name in ESTIMATION)
    assert "failed before: not tried again, unless with `share-data build --retry failed`" in shown(planned)
    again = plan(root, options=BuildOptions("inline", retry=""))
    assert {name: to_compute(again)[name] for name in ESTIMATION} == dict.fromkeys(ESTIMATION, 1)
    assert to_compute(plan(root, options=BuildOptions("inline", retry="OSError"))) == {}


AWAY = "sources.local.root=/nowhere"


def test_a_source_that_cannot_be_read_is_told(root: Path) -> None:
    build(root)
    planned = plan(root, AWAY)
    ((source, error, message),) = [(each.source, each.error, each.message) for each in planned.unlisted]
    assert (source, error) == ("local", "SourceError") and "does not exist" in message
    assert "does not exist" in planned.notes[0]
    assert to_compute(planned) == {} and not planned.complete
    text = shown(planned)
    assert "everything is stored" not in text
    assert "nothing to compute of what could be listed" in text
    assert "not in this plan: local; a build would end with 1" in text


@pytest.mark.parametrize(("share", "code"), [(0.0, 1), (1.0, 3)])
def test_a_plan_ends_as_the_build_would_with_its_source_away(root: Path, share: float, code: int) -> None:
    changes = (AWAY, f"tolerance.max_failed_fraction={share}")
    assert plan(root, *changes).exit_code == code == build(root, *changes).exit_code


def test_where_a_corpus_is_there_a_build_with_its_source_away_refuses_and_a_plan_says_so(root: Path) -> None:
    build(root)
    assert plan(root, AWAY).exit_code == 1, "whatever the tolerance, which is 1 here"
    with pytest.raises(CorpusError, match="left as it was"):
        build(root, AWAY)


def test_of_two_sources_the_one_that_can_be_read_is_planned(root: Path) -> None:
    more = "sources=[{kind: local, root: %s}, {kind: local, name: gone, root: /nowhere}]" % (root / "videos")
    planned = plan(root, more)
    assert to_compute(planned) == {"mine": 3}
    assert [each.source for each in planned.unlisted] == ["gone"]
    assert planned.exit_code == 3, "one of two sources and three videos is within the tolerance, which is 1 here"


def test_what_failed_before_counts_toward_how_a_build_would_end(root: Path) -> None:
    write_video(root, "b", clips=1, frames=10, fault="raise")
    more = "sources=[{kind: local, root: %s}, {kind: local, name: gone, root: /nowhere}]" % (root / "videos")
    ended = {share: build(root, more, f"tolerance.max_failed_fraction={share}").exit_code for share in (0.1, 0.16)}
    assert ended == {0.1: 1, 0.16: 3}, "a source and a clip, of 2 sources, 3 videos, 5 clips and 3 pieces too short"
    for share, code in ended.items():
        assert plan(root, more, f"tolerance.max_failed_fraction={share}").exit_code == code


class Halfway(Silent):
    """Plans once, in the middle of a build, when the first clip is reconstructed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seen: Plan | None = None

    def advance(self, step: str, unit: str, outcome: str) -> None:
        if step == "reconstruct" and self.seen is None:
            self.seen = plan(self.root)


def test_a_plan_during_a_build_sees_how_it_stands(root: Path) -> None:
    watch = Halfway(root)
    build(root, watch=watch)
    assert watch.seen is not None
    assert to_compute(watch.seen) == {**dict.fromkeys(ESTIMATION, 3), "pack": 2}
    assert "has not ended" in watch.seen.notes[0]


def test_a_plan_takes_no_lock_and_needs_none(root: Path) -> None:
    build(root)
    with ws.claimed(root / "out" / ".share-data", "out"):
        before = everything(root)
        assert to_compute(plan(root)) == {}
        assert everything(root) == before


def test_a_line_that_is_being_written_is_left_alone(root: Path) -> None:
    build(root)
    journal = root / "out" / ".share-data" / "journal.jsonl"
    with journal.open("ab") as handle:
        handle.write(b'{"e":"done","step":"fe')
    before = journal.read_bytes()
    assert to_compute(plan(root)) == {}
    assert journal.read_bytes() == before


SMALL: Mapping[str, Any] = {
    "schema_version": 1,
    "name": "small",
    "sources": [{"kind": "synthetic", "seed": 7, "clips": [{"action": "walk", "frames": 30, "fps": 10}]}],
}


@pytest.mark.xdist_group("build")
def test_the_real_stages_do_what_the_plan_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    first = parse_recipe(dict(SMALL), "small")
    build_corpus(first, tmp_path / "out", Silent(), INLINE, WorkerSpec.of)
    assert to_compute(plan_build(first, tmp_path / "out")) == {}
    second = parse_recipe({**SMALL, "placement": {"anchoring": "mean"}}, "small")
    assert to_compute(plan_build(second, tmp_path / "out")) == {"reconstruct": 1, "pack": 1}
    before = stored(tmp_path)
    build_corpus(second, tmp_path / "out", Silent(), INLINE, WorkerSpec.of)
    assert stored(tmp_path) - before == Counter(reconstruct=1)

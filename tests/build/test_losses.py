"""What became of videos that lost frames: how many and where is told, and more than the recipe allows is a failure."""

from collections import Counter
from pathlib import Path

import light
import pytest

from share_data.audit.report import report_corpus
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.ledger.ledger import Entry, read_ledger


def _videos(root: Path) -> dict[str, Entry]:
    entries = read_ledger(root / "out" / "ledger.parquet")
    return {entry.unit.split("/")[1].split("-")[0]: entry for entry in entries if entry.level == "video"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three videos of 13 frames in two clips, of which the first lost none, the others 1 and 4 more."""
    for name, lost in (("none", 0), ("few", 1), ("many", 4)):
        light.write_video(tmp_path, name, clips=2, lost=lost)
    return tmp_path


def test_more_than_the_recipe_allows_is_a_failure_with_the_number(root: Path) -> None:
    result = light.light_build(root)

    videos = _videos(root)
    assert {name: entry.status for name, entry in videos.items()} == {"none": "kept", "few": "kept", "many": "failed"}
    many = videos["many"]
    assert (many.stage, many.error_class, many.frames_lost, many.children) == ("mine", "VideoError", 4, 0)
    assert "4 of 17 frames are damaged or missing (more than 10%)" in many.message
    assert result.totals.problems() == []
    assert validate_corpus(root / "out") == []


def test_ledger_record_and_report_say_how_many_and_where(root: Path) -> None:
    light.light_build(root)

    few = _videos(root)["few"]
    assert (few.frames_lost, few.message) == (1, "1 frame(s) lost: 1 at 0.00-0.10 s")
    assert '"lost":[[0.0,0.1,1]]' in few.footage_json
    lost: Counter[str] = Counter()
    for record in Corpus(root / "out"):
        lost[str(record.metadata["video_id"]).split("-")[0]] += record.metadata["frames_lost"]
    assert dict(lost) == {"none": 0, "few": 1}, "in the clip that shows that time"
    report = report_corpus(root / "out")
    assert (report.frames_lost, report.footage) == (5, {"frames_lost": 2})


def test_the_limit_decides_and_computes_nothing_again(root: Path) -> None:
    assert light.light_build(root).records == 4
    store = {path: path.stat().st_mtime_ns for path in (root / "cache").glob("*/**/*") if path.is_file()}

    assert light.light_build(root, "clips.max_lost_fraction=0.0").records == 2
    assert _videos(root)["few"].status == "failed"
    assert {path: path.stat().st_mtime_ns for path in store} == store
    assert light.light_build(root, "clips.max_lost_fraction=0.3").records == 6

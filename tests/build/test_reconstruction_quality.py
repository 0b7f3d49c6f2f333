"""Gates on what came out: records are left out of their shard, nothing is reconstructed again, the books say why."""

import json
import shutil
from collections import Counter
from pathlib import Path

import light
import pytest

from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.engine.journal import journal_lines
from share_data.ledger.ledger import Entry, read_ledger

GRADED = "filters=[{kind: single_person}, {kind: keyframe_overlap}, {kind: reconstruction_quality}]"
STRICT = "filters.reconstruction_quality.min_mask_iou=0.8"


def jobs(root: Path) -> Counter[str]:
    """Jobs that were given to workers so far, by step."""
    lines = journal_lines(root / "out/.share-data/journal.jsonl")
    return Counter(event["step"] for _, event in lines if event["e"] == "sent")


def clips(root: Path) -> dict[str, Entry]:
    """Entries of clips, by their video."""
    entries = read_ledger(root / "out" / "ledger.parquet")
    return {
        entry.unit.split("_")[1].rsplit("-", 1)[0]: entry
        for entry in entries
        if entry.level == "clip" and entry.stage != "mine"
    }


def objections(entry: Entry) -> list[tuple[str, str, float, str, float]]:
    """(filter, score, value, asked, threshold) of each."""
    found = json.loads(entry.objections_json)
    return [(each["filter"], each["score"], each["value"], each["asked"], each["threshold"]) for each in found]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("graded")
    light.make_videos(root, 2)
    for name, iou in (("good", 0.9), ("fair", 0.7), ("bad", 0.3)):
        light.write_video(root, name, iou=iou)
    light.write_video(root, "crowd", flag="company", overlap=0.5)
    light.light_build(root, GRADED)
    return root


def test_a_reconstruction_beyond_a_gate_is_rejected_with_score_value_and_threshold(built: Path) -> None:
    bad = clips(built)["bad"]
    assert (bad.status, bad.stage, bad.reason) == ("rejected", "reconstruction_quality", "mask_differs")
    assert (bad.score, bad.value, bad.threshold) == ("mask_iou", 0.3, 0.5)
    assert objections(bad) == [("reconstruction_quality", "mask_iou", 0.3, ">=", 0.5)]
    assert len(Corpus(built / "out")) == 4
    assert validate_corpus(built / "out") == []


def test_what_was_not_measured_is_told_apart_from_what_passed(built: Path) -> None:
    entries = clips(built)
    assert "reconstruction.mask_iou" not in json.loads(entries["good"].unmeasured_json)
    assert "reconstruction.upside_down" in json.loads(entries["good"].unmeasured_json)
    assert "reconstruction.mask_iou" in json.loads(entries["v00000"].unmeasured_json)
    assert entries["v00000"].status == "kept"


def test_every_filter_that_objects_is_told_and_the_first_gives_the_reason(built: Path) -> None:
    crowd = clips(built)["crowd"]
    assert (crowd.stage, crowd.reason, crowd.score) == ("single_person", "multiple_people", "company_s")
    assert objections(crowd) == [
        ("single_person", "company_s", 1.0, "<=", 0.3),
        ("keyframe_overlap", "iou", 0.5, "<=", 0.25),
    ]


def test_a_changed_threshold_reconstructs_nothing_and_gives_a_fresh_builds_bytes(built: Path, tmp_path: Path) -> None:
    root = tmp_path / "again"
    shutil.copytree(built / "videos", root / "videos")
    light.light_build(root, GRADED)
    before, shards = jobs(root), light.corpus_hashes(root / "out")
    light.light_build(root, GRADED, STRICT)
    assert jobs(root) - before == {"pack": 1}, "one shard has a member less"
    assert {name for name, entry in clips(root).items() if entry.stage == "reconstruction_quality"} == {"fair", "bad"}
    fresh = tmp_path / "fresh"
    shutil.copytree(built / "videos", fresh / "videos")
    light.light_build(fresh, GRADED, STRICT)
    assert light.corpus_hashes(fresh / "out") == light.corpus_hashes(root / "out")
    light.light_build(root, GRADED)
    assert light.corpus_hashes(root / "out") == shards
    assert jobs(root)["reconstruct"] == before["reconstruct"]


def test_a_rejected_reconstruction_leaves_a_hole_and_the_other_records_as_they_are(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 20)
    light.write_video(tmp_path, "fair", iou=0.7)
    light.light_build(tmp_path, "output.samples_per_shard=4", GRADED)
    before = light.corpus_hashes(tmp_path / "out")
    kept = {record.key: record.arrays["points"].tobytes() for record in Corpus(tmp_path / "out")}
    light.light_build(tmp_path, "output.samples_per_shard=4", GRADED, STRICT)
    after = light.corpus_hashes(tmp_path / "out")
    assert sum(before[path] != after.get(path) for path in before if path.startswith("shards/")) == 1
    left = {record.key: record.arrays["points"].tobytes() for record in Corpus(tmp_path / "out")}
    assert kept.items() > left.items() and len(kept) == len(left) + 1


def test_any_score_of_a_record_can_be_gated(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 2)
    light.light_build(tmp_path, GRADED, "filters.reconstruction_quality.at_most.placement_mm=10")
    entries = clips(tmp_path).values()
    assert {(entry.reason, entry.score, entry.value) for entry in entries} == {
        ("placement_mm_high", "placement_mm", 12.5)
    }


def test_a_journal_of_before_without_scores_is_asked_again_and_computes_nothing(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 2)
    light.write_video(tmp_path, "bad", iou=0.3)
    light.light_build(tmp_path, "filters=[{kind: single_person}]")
    journal = tmp_path / "out/.share-data/journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    for event in lines:
        event.get("r", {}).pop("scores", None) if event.get("step") == "reconstruct" else None
    journal.write_text("".join(json.dumps(event) + "\n" for event in lines))
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").glob("reconstruct/**/*.safetensors")}
    graded = "filters=[{kind: single_person}, {kind: reconstruction_quality}]"
    assert light.light_build(tmp_path, graded).records == 2
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps

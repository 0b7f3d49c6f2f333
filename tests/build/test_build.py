"""The whole chain on a small recipe: what is kept, that it goes on after a stop, and what a rerun costs."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from light import corpus_hashes
from small_chain import RECIPE, build, run

from share_data.build.stages.stages import Stages
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.errors import CorpusError, ShareDataError
from share_data.filters.single_person import SinglePerson

pytestmark = pytest.mark.xdist_group("build")


def hashes(corpus: Path) -> dict[str, str]:
    return corpus_hashes(corpus)


def test_every_clip_has_its_outcome(built: Path) -> None:
    result = build(built)
    assert result.totals.problems() == []
    outcomes = {(row.status, row.reason): row.count for row in result.totals.funnel() if row.level == "clip"}
    assert outcomes == {("kept", ""): 2, ("rejected", "masks_overlap"): 1, ("rejected", "no_person"): 1}
    assert validate_corpus(built / "out") == []


def test_a_rerun_estimates_nothing_and_leaves_the_same_bytes(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hashes(built / "out")

    def computed(*_: object) -> None:
        raise AssertionError("a stored stage was computed again")

    monkeypatch.setattr("share_data.scan.clips.mine", computed)
    monkeypatch.setattr(Stages, "_observe", computed)
    monkeypatch.setattr("share_data.pipeline.humans.blazepose.estimator.BlazePoseEstimator.estimate", computed)
    monkeypatch.setattr("share_data.pipeline.reconstruct.estimate_geometry", computed)
    monkeypatch.setattr("share_data.pipeline.reconstruct.assemble", computed)
    build(built)
    assert hashes(built / "out") == before


def test_a_threshold_change_measures_nothing_again(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(built / "cache", tmp_path / "cache")
    shutil.copytree(built / "home", tmp_path / "home")
    monkeypatch.setattr(SinglePerson, "measure", lambda *_: pytest.fail("measured again"))
    monkeypatch.setattr("share_data.build.stages.scans.scan_video", lambda *_: pytest.fail("scanned again"))
    tighter = RECIPE | {"filters": [{"kind": "single_person"}]}
    result = build(tmp_path, tighter)
    reasons = {row.reason for row in result.totals.funnel() if row.level == "clip" and row.status == "rejected"}
    assert reasons == {"no_person"}


def test_a_clip_that_fails_is_one_row_and_the_others_stay(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built / "cache", tmp_path / "cache")
    shutil.copytree(built / "home", tmp_path / "home")
    with pytest.MonkeyPatch.context() as patch:
        whole = Stages.reconstruct

        def poisoned(self: Stages, clip: Any, pooled: Any) -> str:
            if "walk" in clip.key:
                raise ZeroDivisionError("poison")
            return whole(self, clip, pooled)

        patch.setattr(Stages, "reconstruct", poisoned)
        result = build(tmp_path)
    assert result.exit_code == 3
    failed = [row for row in result.totals.funnel() if row.status == "failed"]
    assert [(row.stage, row.reason, row.count) for row in failed] == [("reconstruct", "ZeroDivisionError", 1)]
    assert len(Corpus(tmp_path / "out")) == 1


def test_a_build_that_keeps_nothing_and_fails_leaves_the_corpus_alone(built: Path) -> None:
    before = hashes(built / "out")
    mistyped = RECIPE | {"sources": [{"kind": "local", "root": "/nowhere"}]}
    with pytest.raises(CorpusError, match=r"nothing was kept .* does not exist"):
        build(built, mistyped)
    assert hashes(built / "out") == before


@pytest.mark.parametrize("place", ["cache", "home", "out"])
def test_a_folder_that_cannot_be_written_is_named_at_once(tmp_path: Path, place: str) -> None:
    (tmp_path / place).write_text("a file is in the way")
    with pytest.raises(ShareDataError, match=f"{place}: cannot be written to"):
        build(tmp_path)


def test_records_name_what_made_them(built: Path) -> None:
    for record in Corpus(built / "out"):
        assert record.metadata["geometry_label"] == "ground_plane"
        assert record.metadata["humans"]["kind"] == "blazepose"
        assert set(record.metadata["humans"]["weights"]) == {"movenet-multipose_h.onnx", "pose_landmark_full_h.onnx"}
        assert record.metadata["body"]["name"] == "mannequin"
        assert record.metadata["focal_source"] == "source"
        assert record.arrays["keyframe"].nonzero()[0].tolist() == [0, 7, 14, 22, 29]
        assert record.arrays["company"].tolist() == [False] * 30


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "index.parquet").write_text("mine")
    with pytest.raises(CorpusError, match=r"index\.parquet was not written by a build"):
        build(tmp_path)
    assert (tmp_path / "out" / "index.parquet").read_text() == "mine"


def interrupted(root: Path, recipe: Path, how: signal.Signals) -> subprocess.Popen[str]:
    """A build sent `how` as soon as the first human estimate is in the store."""
    process = run(root, "build", str(recipe), "--output", str(root / "out"))
    deadline = time.monotonic() + 900
    while not list((root / "cache").glob("humans/*/*.safetensors")):
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.02)
    process.send_signal(how)
    return process


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_build_goes_on_and_ends_with_the_same_bytes(
    built: Path, tmp_path: Path, how: signal.Signals
) -> None:
    shutil.copytree(built / "home", tmp_path / "home")
    if how == signal.SIGINT:  # What comes before the estimate is there already: the other case begins from nothing.
        shutil.copytree(built / "cache", tmp_path / "cache", ignore=shutil.ignore_patterns("humans", "reconstruct"))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE))
    process = interrupted(tmp_path, recipe, how)
    _, errors = process.communicate(timeout=900)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "Resume with:" in errors and "Traceback" not in errors
    assert not (tmp_path / "out" / "manifest.json").exists()
    build(tmp_path)
    assert hashes(tmp_path / "out") == hashes(built / "out")


def test_the_second_of_two_builds_on_one_folder_is_refused(built: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE))
    shutil.copytree(built / "home", tmp_path / "home")
    first = run(tmp_path, "build", str(recipe), "--output", str(tmp_path / "out"))
    # The journal is opened by whoever holds the folder; the cache is made before.
    while not (tmp_path / "out" / ".share-data" / "journal.jsonl").exists():
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    with pytest.raises(CorpusError, match="another build is writing here"):
        build(tmp_path)
    first.kill()
    first.communicate()


def test_build_prints_one_json_document_on_stdout(built: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE))
    process = run(built, "build", str(recipe), "--output", str(built / "out"), "--json")
    out, _ = process.communicate(timeout=900)
    assert process.returncode == 0
    assert json.loads(out)["levels"]["clip"] | {"listed": 4} == {
        "kept": 2, "rejected": 2, "failed": 0, "opted_out": 0, "total": 4, "listed": 4,
    }  # fmt: skip

"""Builds whose clips share a scale: the same corpus in any order, after any kill, on any engine; asked once."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from light import PooledSpec, corpus_hashes, light_build, make_videos, recipe_of, write_video

from share_data.build.build import BuildOptions, InterruptedBuild
from share_data.build.plan.plan import plan_build
from share_data.corpus.read import Corpus
from share_data.engine.journal import journal_lines
from share_data.engine.watch import Silent
from share_data.ledger.ledger import read_ledger


def build(root: Path, *overrides: str, **how: object):
    return light_build(root, "output.samples_per_shard=2", *overrides, spec=PooledSpec, **how)  # type: ignore[arg-type]


def film(root: Path) -> Path:
    """Videos of three clips, of one, and of two that are rejected."""
    write_video(root, "three", clips=3, frames=6, witness="yes")
    write_video(root, "one", clips=1, frames=6, witness="yes")
    write_video(root, "company", clips=2, frames=6, flag="company", witness="yes")
    return root


def asked(root: Path) -> Counter[str]:
    """How often a step has been asked of all clips together."""
    seen = (root / "seen").glob("*")
    return Counter({path: len(path.read_text().splitlines()) for path in seen})


def scales(root: Path, out: str = "out") -> dict[str, tuple[float, float]]:
    """By video and clip, how many clips tell its scale and what."""
    records = Corpus(root / out)
    return {
        record.key: (record.metadata["scores"].get("scale_clips", 1.0), record.metadata["scores"].get("scale_map", 0.0))
        for record in records
    }


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed build."""
    root = film(tmp_path_factory.mktemp("calm"))
    assert build(root).exit_code == 0
    return root


def test_the_clips_of_a_video_have_one_scale_and_an_only_clip_its_own(calm: Path) -> None:
    found = sorted(scales(calm).values())
    assert [clips for clips, _ in found] == [1.0, 3.0, 3.0, 3.0]
    assert len({scale for _, scale in found[1:]}) == 1


def test_each_is_asked_once_and_assembled_once(calm: Path) -> None:
    counts = asked(calm)
    steps = Counter(path.name.split("-")[0] for path in counts)
    assert (steps["evidence"], steps["reconstruct"]) == (3, 4)
    assert {*counts.values()} == {1}


class Impatient(Silent):
    """Asks to stop once so many reconstructions have ended."""

    def __init__(self, after: int) -> None:
        self.left = after

    def advance(self, step: str, unit: str, outcome: str) -> None:
        self.left -= step == "reconstruct"
        if step == "reconstruct" and self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_build_that_was_stopped_goes_on_to_the_same_bytes(calm: Path, tmp_path: Path, after: int) -> None:
    film(tmp_path)
    with pytest.raises(InterruptedBuild):
        build(tmp_path, watch=Impatient(after))
    build(tmp_path)
    assert corpus_hashes(tmp_path / "out") == corpus_hashes(calm / "out")
    assert {*asked(tmp_path).values()} == {1}


def test_a_build_again_does_nothing_and_one_into_another_folder_takes_the_stored(calm: Path) -> None:
    before = asked(calm)
    build(calm)
    assert asked(calm) == before


def test_another_threshold_asks_nobody_again_and_pools_who_is_let_through(tmp_path: Path) -> None:
    write_video(tmp_path, "a", clips=2, frames=6, witness="yes")
    build(tmp_path)
    first = scales(tmp_path)
    write_video(tmp_path, "b", clips=2, frames=6, flag="company", witness="yes")
    build(tmp_path, "filters.single_person.max_company_s=100")
    assert {key: scales(tmp_path)[key] for key in first} == first
    assert {*asked(tmp_path).values()} == {1}


def test_a_clip_that_fails_before_it_can_tell_is_left_out_of_the_pool(tmp_path: Path) -> None:
    film(tmp_path)
    write_video(tmp_path, "mute", clips=2, frames=6, mute="raise")
    build(tmp_path)
    failed = [entry for entry in read_ledger(tmp_path / "out" / "ledger.parquet") if entry.status == "failed"]
    assert [(entry.stage, entry.error_class) for entry in failed] == [("reconstruct", "ValueError")] * 2
    assert sorted(clips for clips, _ in scales(tmp_path).values()) == [1.0, 3.0, 3.0, 3.0]


def test_the_plan_knows_of_both_jobs(calm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(calm / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(calm / "home"))
    monkeypatch.chdir(calm)
    recipe = recipe_of(calm, "sources.0.root=videos", "output.samples_per_shard=2")

    def planned(out: str) -> tuple[dict[str, int], str]:
        plan = plan_build(recipe, calm / out, BuildOptions("inline"), PooledSpec.of)
        return {stage.stage: stage.to_compute for stage in plan.stages if stage.to_compute}, " ".join(plan.notes)

    assert planned("out") == ({}, "")
    todo, notes = planned("elsewhere")
    assert todo == {"humans": 4, "geometry": 4, "reconstruct": 4, "pack": 2}
    assert notes.startswith("3 clip(s) of one video or camera with others")


def test_the_journal_keeps_what_each_has_told(calm: Path) -> None:
    results = [
        event["r"] for _, event in journal_lines(calm / "out" / ".share-data" / "journal.jsonl")
        if event["e"] == "done" and event["step"] == "reconstruct"
    ]  # fmt: skip
    assert sum("scale" in result for result in results) == 3


@pytest.mark.xdist_group("ray")
def test_on_ray_the_bytes_are_the_same(calm: Path, tmp_path: Path) -> None:
    film(tmp_path)
    build(tmp_path, "engine.workers=2", options=BuildOptions("ray"))
    shards = {name: sha for name, sha in corpus_hashes(calm / "out").items() if name.endswith(".tar")}
    assert shards.items() <= corpus_hashes(tmp_path / "out").items()


def test_made_up_videos_share_nothing_without_a_depth_network(tmp_path: Path) -> None:
    make_videos(tmp_path, 1, clips=2, frames=6)
    light_build(tmp_path)
    assert {clips for clips, _ in scales(tmp_path).values()} == {1.0}

"""What a build does with what it finds: copies, changed files, lost results, old failures, deleted files."""

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import light
import pytest

from share_data.build.build import BuildOptions, InterruptedBuild
from share_data.build.worker import PipelineWorker
from share_data.corpus.opening import read_manifest
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.engine.jobs import Receipt
from share_data.engine.journal import journal_lines
from share_data.engine.watch import Silent
from share_data.errors import CorpusError, EngineError
from share_data.ledger.ledger import read_ledger

JOURNAL = Path("out/.share-data/journal.jsonl")


def events(root: Path, kind: str) -> list[dict[str, Any]]:
    return [event for _, event in journal_lines(root / JOURNAL) if event["e"] == kind]


def jobs(root: Path) -> Counter[str]:
    """Jobs that were given to workers so far, by step."""
    return Counter(event["step"] for event in events(root, "sent"))


def failures(root: Path) -> dict[str, tuple[str, str]]:
    entries = read_ledger(root / "out" / "ledger.parquet")
    return {e.unit.split("_")[1].rsplit("-", 1)[0]: (e.stage, e.error_class) for e in entries if e.status == "failed"}


def test_a_build_of_a_finished_corpus_gives_nothing_to_workers_and_changes_no_file(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 5, clips=3)
    light.light_build(tmp_path)
    before, given = light.corpus_hashes(tmp_path / "out"), jobs(tmp_path)
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")}
    assert light.light_build(tmp_path).records == 15
    assert jobs(tmp_path) == given
    assert light.corpus_hashes(tmp_path / "out") == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_copies_of_a_video_are_clips_of_their_own(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 1, clips=4)
    for copy in range(4):
        shutil.copy(tmp_path / "videos" / "v00000.mp4", tmp_path / "videos" / f"copy{copy}.mp4")
    result = light.light_build(tmp_path)
    assert result.records == 20 and result.totals.problems() == []
    assert validate_corpus(tmp_path / "out") == []


def test_a_new_video_adds_its_clips_and_computes_no_other_again(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 6, clips=2)
    light.light_build(tmp_path)
    before = jobs(tmp_path)
    light.write_video(tmp_path, "new", clips=2)
    assert light.light_build(tmp_path).records == 14
    assert (jobs(tmp_path) - before)["reconstruct"] == 2
    fresh = tmp_path / "fresh"
    shutil.copytree(tmp_path / "videos", fresh / "videos")
    light.light_build(fresh)
    assert light.corpus_hashes(fresh / "out") == light.corpus_hashes(tmp_path / "out")


def test_a_video_that_changed_is_looked_at_again_and_one_that_went_is_gone(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 3)
    light.light_build(tmp_path)
    light.write_video(tmp_path, "v00001", clips=5)
    assert light.light_build(tmp_path).records == 7
    (tmp_path / "videos" / "v00002.mp4").unlink()
    assert light.light_build(tmp_path).records == 6
    assert validate_corpus(tmp_path / "out") == []


def test_a_threshold_gives_no_work_but_the_clips_it_lets_in(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 4, clips=2)
    light.write_video(tmp_path, "crowd", clips=3, flag="company")
    assert light.light_build(tmp_path).records == 8
    before = jobs(tmp_path)
    assert light.light_build(tmp_path, "filters.single_person.max_company_s=1.0").records == 11
    assert jobs(tmp_path) - before == {"reconstruct": 3, "pack": 2}
    before = jobs(tmp_path)
    assert light.light_build(tmp_path).records == 8
    assert jobs(tmp_path) - before == {"pack": 1}, "records that are stored are only packed anew"


def test_a_failed_clip_stays_failed_until_it_is_to_be_tried_again(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 4)
    bad = light.write_video(tmp_path, "bad", fault="raise")
    light.light_build(tmp_path)
    assert failures(tmp_path) == {"bad": ("reconstruct", "ValueError")}
    assert "this clip is bad" in next((tmp_path / "out/.share-data/tracebacks").glob("reconstruct-*.txt")).read_text()
    before = jobs(tmp_path)
    light.light_build(tmp_path)
    light.light_build(tmp_path, options=BuildOptions("inline", retry="KeyError"))
    assert jobs(tmp_path) == before
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(light.LightStages, "_misbehave", lambda *_: None)
        light.light_build(tmp_path, options=BuildOptions("inline", retry="ValueError"))
    assert failures(tmp_path) == {} and bad.exists()
    assert len(Corpus(tmp_path / "out")) == 5


def test_a_failure_leaves_a_hole_in_its_shard_and_moves_no_other_clip(tmp_path: Path) -> None:
    light.make_videos(tmp_path / "whole", 40)
    light.light_build(tmp_path / "whole")
    shutil.copytree(tmp_path / "whole" / "videos", tmp_path / "holed" / "videos")
    with pytest.MonkeyPatch.context() as patch:

        def misbehave(self: Any, fault: str, clip: Any) -> None:
            if "v00007" in clip.key:
                raise ValueError("bad")

        patch.setattr(light.LightStages, "_misbehave", misbehave)
        light.light_build(tmp_path / "holed")
    whole, holed = (light.corpus_hashes(tmp_path / name / "out") for name in ("whole", "holed"))
    assert sum(whole[path] != holed[path] for path in whole if path.startswith("shards/")) == 1
    assert len(Corpus(tmp_path / "holed" / "out")) == 39


def test_results_that_have_gone_from_the_store_are_computed_again_when_their_shard_is_written(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 12)
    light.light_build(tmp_path)
    before = light.corpus_hashes(tmp_path / "out")
    shutil.rmtree(tmp_path / "cache")
    shutil.rmtree(tmp_path / "out" / "shards")
    given = jobs(tmp_path)
    light.light_build(tmp_path)
    assert light.corpus_hashes(tmp_path / "out") == before
    assert (jobs(tmp_path) - given)["reconstruct"] == 12


@pytest.mark.parametrize("gone", ["shards/000000.tar", "index.parquet", "ledger.parquet"])
def test_a_file_that_was_deleted_from_a_corpus_is_put_back(tmp_path: Path, gone: str) -> None:
    light.make_videos(tmp_path, 12)
    light.light_build(tmp_path)
    before = light.corpus_hashes(tmp_path / "out")
    (tmp_path / "out" / gone).unlink()
    light.light_build(tmp_path)
    assert light.corpus_hashes(tmp_path / "out") == before


def test_without_its_journal_a_build_finds_everything_in_the_store(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 6, clips=2)
    light.light_build(tmp_path)
    before = light.corpus_hashes(tmp_path / "out")
    stored = sorted(path for path in (tmp_path / "cache").rglob("*.safetensors"))
    stamps = [path.stat().st_mtime_ns for path in stored]
    shutil.rmtree(tmp_path / "out" / ".share-data")
    light.light_build(tmp_path)
    assert light.corpus_hashes(tmp_path / "out") == before
    assert [path.stat().st_mtime_ns for path in stored] == stamps


def test_a_shard_beyond_its_largest_size_is_cut_in_parts_that_stay_in_order(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 20, points=300)
    limit = 40_000
    overrides = (f"output.max_bytes={limit}", "output.formats=[webdataset, parquet]")
    light.light_build(tmp_path, *overrides)
    out = tmp_path / "out"
    assert validate_corpus(out) == []
    tars = sorted(path.name for path in (out / "shards").iterdir())
    assert "000000.tar" in tars and "000000_01.tar" in tars
    assert max(path.stat().st_size for path in (out / "shards").iterdir()) <= limit
    assert [p.stem for p in sorted((out / "records").iterdir())] == [name.removesuffix(".tar") for name in tars]
    listed = [entry.path for entry in read_manifest(out).files if entry.path.startswith("shards/")]
    assert listed == [f"shards/{name}" for name in tars]
    whole = tmp_path / "whole"
    shutil.copytree(tmp_path / "videos", whole / "videos")
    light.light_build(whole)
    assert Corpus(out).keys == Corpus(whole / "out").keys, "corpus order is that of one tar a shard"


def test_a_record_larger_than_the_limit_has_a_tar_of_its_own(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 3, points=300)
    light.light_build(tmp_path, "output.max_bytes=1000")
    assert [path.name for path in sorted((tmp_path / "out" / "shards").iterdir())] == [
        "000000.tar", "000000_01.tar", "000000_02.tar",
    ]  # fmt: skip
    assert validate_corpus(tmp_path / "out") == []


def test_a_clip_that_takes_too_long_ends_alone(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 2)
    light.write_video(tmp_path, "slow", fault="hang")
    light.light_build(tmp_path, "engine.deadline_s=0.3", "engine.deadline_per_frame_s=0")
    assert failures(tmp_path) == {"slow": ("reconstruct", "DeadlineExceeded")}


def test_a_clip_that_takes_the_whole_build_down_is_given_up_after_five_times(tmp_path: Path) -> None:
    import chaos

    light.make_videos(tmp_path, 3)
    light.write_video(tmp_path, "bad", fault="segfault")
    codes = []
    for _ in range(6):
        process = chaos.start(tmp_path)
        process.communicate(timeout=60)
        codes.append(process.returncode)
    assert [code < 0 for code in codes] == [True] * 5 + [False]
    assert failures(tmp_path) == {"bad": ("reconstruct", "Interrupted")}
    assert len(Corpus(tmp_path / "out")) == 3


def test_receipts_are_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    sizes = []
    run = PipelineWorker.run

    def weighed(self: PipelineWorker, *job: Any) -> Receipt:
        receipt = run(self, *job)
        sizes.append(len(pickle.dumps(receipt)))
        return receipt

    monkeypatch.setattr(PipelineWorker, "run", weighed)
    light.make_videos(tmp_path, 1, clips=200, frames=300)
    light.write_video(tmp_path, "bad", fault="raise")
    light.light_build(tmp_path)
    assert len(sizes) > 400 and max(sizes) < 1024


def test_a_source_that_lists_an_id_twice_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from share_data.sources.local import LocalSource

    light.make_videos(tmp_path, 2)
    once = LocalSource.list
    monkeypatch.setattr(LocalSource, "list", lambda self: [*once(self), next(once(self))])
    with pytest.MonkeyPatch.context():
        result = light.light_build(tmp_path)
    assert [(f.unit, f.error_class) for f in result.totals.failures] == [("local", "SourceError")]


def test_a_stop_before_anything_is_begun_is_a_stop(tmp_path: Path) -> None:
    import signal

    class Impatient(Silent):
        def expect(self, step: str, total: int, stored: int = 0) -> None:
            if step == "fetch" and total == 1:
                os.kill(os.getpid(), signal.SIGINT)

    light.make_videos(tmp_path, 3)
    with pytest.raises(InterruptedBuild):
        light.light_build(tmp_path, watch=Impatient())
    assert jobs(tmp_path) == Counter()


def test_a_folder_with_other_files_of_the_same_names_is_another_source(tmp_path: Path) -> None:
    for place, clips in (("a", 1), ("b", 3)):
        light.write_video(tmp_path / place, "clip", clips=clips)
        (tmp_path / place / "cache").symlink_to(tmp_path / "cache")
    (tmp_path / "cache").mkdir()
    out = str(tmp_path / "out")
    assert light.light_build(tmp_path / "a", out=out).records == 1
    assert light.light_build(tmp_path / "b", out=out).records == 3


def test_a_file_that_is_away_while_clips_are_computed_is_looked_for_by_the_next_build(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 4)
    away = tmp_path / "videos" / "v00002.mp4"

    class Thief(Silent):
        def expect(self, step: str, total: int, stored: int = 0) -> None:
            if step == "reconstruct" and away.exists():
                away.rename(tmp_path / "hidden.mp4")

    light.light_build(tmp_path, watch=Thief())
    assert failures(tmp_path) == {"v00002": ("measure", "StaleVideoError")}
    (tmp_path / "hidden.mp4").rename(away)
    assert light.light_build(tmp_path).records == 4
    assert failures(tmp_path) == {}


def test_a_lost_result_that_cannot_be_made_again_leaves_its_shard_without_it(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 2)
    light.light_build(tmp_path)
    shutil.rmtree(tmp_path / "cache" / "reconstruct")
    shutil.rmtree(tmp_path / "out" / "shards")
    with pytest.MonkeyPatch.context() as patch:

        def misbehave(self: Any, fault: str, clip: Any) -> None:
            raise ValueError("bad")

        patch.setattr(light.LightStages, "_misbehave", misbehave)
        with pytest.raises(CorpusError, match="nothing was kept"):
            light.light_build(tmp_path)


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_exception_that_cannot_tell_its_message_is_a_failure_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    light.make_videos(tmp_path, 2)

    def misbehave(self: Any, fault: str, clip: Any) -> None:
        raise Mute

    monkeypatch.setattr(light.LightStages, "_misbehave", misbehave)
    result = light.light_build(tmp_path)
    assert {failure.error_class for failure in result.totals.failures} == {"Mute"}


def test_a_source_whose_videos_cannot_be_written_down_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from share_data.sources.local import LocalSource

    light.make_videos(tmp_path, 3)
    whole = LocalSource.list
    monkeypatch.setattr(LocalSource, "list", lambda self: (replace(v, focal_px=float("nan")) for v in whole(self)))
    result = light.light_build(tmp_path)
    assert [(f.unit, f.error_class) for f in result.totals.failures] == [("local", "ValueError")]
    assert result.totals.counts()["video"]["total"] == 0


def test_workers_that_do_not_share_the_store_are_refused_by_name(tmp_path: Path) -> None:
    from dataclasses import replace

    from share_data.build.worker import WorkerSpec

    light.make_videos(tmp_path, 1)
    spec = WorkerSpec.of(light.recipe_of(tmp_path), tmp_path / "c", tmp_path / "h", tmp_path / "w", "out").marked()
    spec.require_shared()
    with pytest.raises(EngineError, match=r"has share-data .*, the build 0\.0"):
        replace(spec, version="0.0").require_shared()
    spec.forget_marks()
    with pytest.raises(EngineError, match="is not the folder the build has"):
        spec.require_shared()

"""A process that dies at the worst moments of packing and publishing: the next build ends with the same bytes."""

import subprocess
import sys
from pathlib import Path

import light
import pytest
from places import SUPPORT

from share_data.corpus.validate import validate_corpus

CRASH = """
import os, sys
from pathlib import Path
sys.path.insert(0, {here!r})
import light

def dying(function, when, after=False):
    def call(*args, **kwargs):
        due = when(*args)
        if due and not after:
            os._exit(9)
        result = function(*args, **kwargs)
        if due:
            os._exit(9)
        return result
    return call

from share_data.engine.history import History
from share_data.build import packer
from share_data.corpus.write import target
from share_data.build.scheduler import Scheduler
{patch}
light.light_build(Path({root!r}))
"""
TO_TAR = "lambda path, to: str(to).endswith('000001.tar') and '/staging/' in str(to)"
MOVED = "lambda path, to: str(to).endswith('out/shards/000001.tar')"
MANIFEST = "lambda path, to: str(to).endswith('out/manifest.json')"
POINTS = {
    "before a tar gets its name": f"Path.replace = dying(Path.replace, {TO_TAR})",
    "after a tar got its name": f"Path.replace = dying(Path.replace, {TO_TAR}, after=True)",
    "before a shard is known": "packer.write_sidecar = dying(packer.write_sidecar, lambda *a: True)",
    "before a shard is on record": "History.done = dying(History.done, lambda s, job, *a: job.step == 'pack')",
    "after a shard is on record":
        "Scheduler.recorded = dying(Scheduler.recorded, lambda s, job, *a: job.step == 'pack')",
    "before a clip is on record": "History.done = dying(History.done, lambda s, job, *a: job.step == 'reconstruct')",
    "before publication is on record":
        "target.LocalTarget.publish = dying(target.LocalTarget.publish, lambda *a: True)",
    "before the files move": "target.LocalTarget._finish = dying(target.LocalTarget._finish, lambda t: "
        "(t.workspace / 'publication.json').exists())",
    "while the files move": f"Path.replace = dying(Path.replace, {MOVED})",
    "before the manifest": f"Path.replace = dying(Path.replace, {MANIFEST})",
    "after the manifest": f"Path.replace = dying(Path.replace, {MANIFEST}, after=True)",
}  # fmt: skip


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("calm")
    light.make_videos(root, 12, clips=2)
    light.light_build(root)
    return light.corpus_hashes(root / "out")


def crash(root: Path, point: str) -> None:
    code = CRASH.format(here=str(SUPPORT), patch=POINTS[point], root=str(root))
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert process.returncode == 9, process.stderr


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_leaves_the_old_corpus_or_none_and_the_next_build_makes_it_whole(
    tmp_path: Path, expected: dict[str, str], point: str
) -> None:
    light.make_videos(tmp_path, 12, clips=2)
    crash(tmp_path, point)
    light.light_build(tmp_path)
    assert light.corpus_hashes(tmp_path / "out") == expected
    assert validate_corpus(tmp_path / "out") == []
    workspace = tmp_path / "out" / ".share-data"
    assert not (workspace / "staging").exists() and not (workspace / "publication.json").exists()
    assert list(tmp_path.rglob("*.tmp")) == []


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_while_a_corpus_is_replaced_never_mixes_two(
    tmp_path: Path, expected: dict[str, str], point: str
) -> None:
    light.make_videos(tmp_path, 10, clips=2)
    light.light_build(tmp_path)
    before = light.corpus_hashes(tmp_path / "out")
    light.make_videos(tmp_path, 12, clips=2)
    crash(tmp_path, point)
    now = light.corpus_hashes(tmp_path / "out")
    problems = [str(problem) for problem in validate_corpus(tmp_path / "out")]
    assert now in (before, expected) or any("stopped while it replaced this corpus" in text for text in problems)
    light.light_build(tmp_path)
    assert light.corpus_hashes(tmp_path / "out") == expected


def test_a_result_that_was_stored_but_not_reported_is_adopted_and_one_that_is_damaged_is_not(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 12, clips=2)
    crash(tmp_path, "before a clip is on record")
    (stored,) = (tmp_path / "cache" / "reconstruct").rglob("*.safetensors")
    stamp = stored.stat().st_mtime_ns
    light.light_build(tmp_path)
    assert stored.stat().st_mtime_ns == stamp, "the stored result was taken as it is"
    crash_again = tmp_path / "again"
    light.make_videos(crash_again, 12, clips=2)
    crash(crash_again, "before a clip is on record")
    (stored,) = (crash_again / "cache" / "reconstruct").rglob("*.safetensors")
    good = stored.read_bytes()
    stored.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    light.light_build(crash_again)
    assert stored.read_bytes() == good, "the damaged result was computed again"

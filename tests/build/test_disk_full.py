"""A disk that fills up in the middle of a build: a clean stop that says what is needed, then the same bytes."""

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import chaos
import light
import pytest

from share_data.corpus.validate import validate_corpus
from share_data.engine.journal import journal_lines

CLIPS = {"count": 24, "points": 2000}
SMALL, LARGE = "2500k", "64m"
ENGINES = [
    pytest.param((), id="inline"),
    pytest.param(
        ("--engine", "ray", "--set", "engine.workers=2"), id="ray", marks=pytest.mark.xdist_group("ray")
    ),
]  # fmt: skip


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory that holds SMALL bytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small file system: {mounted.stderr.strip()}")
    yield place
    chaos.sweep(place)
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_full_disk_stops_cleanly_and_room_lets_it_go_on(tmp_path: Path, disk: Path, engine: tuple[str, ...]) -> None:
    light.make_videos(tmp_path / "calm", **CLIPS)
    light.light_build(tmp_path / "calm")
    shutil.copytree(tmp_path / "calm" / "videos", disk / "videos")
    process = chaos.start(disk, *engine)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors.startswith("error: ") and "no space left to write it" in errors and "Traceback" not in errors
    assert re.search(r"About \d+ MiB are needed to finish, 0 MiB are free in .*disk", errors), errors
    assert not (disk / "out" / "manifest.json").exists()
    lines = [event for _, event in journal_lines(disk / "out" / ".share-data" / "journal.jsonl")]
    assert [event["e"] for event in lines if event["e"] == "failed"] == [], json.dumps(lines[-3:])
    assert list(disk.rglob("*.tmp")) == []
    subprocess.run(["mount", "-o", f"remount,size={LARGE}", str(disk)], check=True)
    process = chaos.start(disk, *engine)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert light.corpus_hashes(disk / "out") == light.corpus_hashes(tmp_path / "calm" / "out")
    assert validate_corpus(disk / "out") == []


def test_a_disk_that_is_full_from_the_start_is_one_message(disk: Path) -> None:
    light.make_videos(disk, 3)
    free = shutil.disk_usage(disk).free
    with contextlib.suppress(OSError), (disk / "full").open("wb", buffering=0) as full:
        while full.write(bytes(min(free, 4096))):
            pass
    process = chaos.start(disk)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("error: ") and "space" in errors and "Traceback" not in errors

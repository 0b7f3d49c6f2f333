"""What the machine lacks is no clip's fault: one message names what is short, and, mended, the same command goes on."""

import errno
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import forked
import light
import pytest
from hostile import assert_ended_well, lose_the_working_folder, run_verb

from share_data.build import build as building
from share_data.build import packer
from share_data.cli import explained
from share_data.engine.journal import journal_lines
from share_data.errors import VideoError

CLIPS: dict[str, Any] = {"count": 3, "points": 3000}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of a build on a machine that lacks nothing."""
    root = tmp_path_factory.mktemp("calm")
    light.make_videos(root, **CLIPS)
    light.light_build(root)
    return light.corpus_hashes(root / "out")


def charged(root: Path) -> list[dict[str, Any]]:
    """Failures in the journal of ROOT."""
    journal = root / "out" / ".share-data" / "journal.jsonl"
    return [event for _, event in journal_lines(journal) if event["e"] == "failed"] if journal.exists() else []


def require_clean_end(root: Path, code: int, told: str, *words: str) -> None:
    assert "Traceback" not in told and code == 1, f"exit {code}\n{told}"
    assert told.startswith("error: ") and told.count("\n") == 1, told
    for word in words:
        assert word in told, told
    assert charged(root) == []
    assert not (root / "out" / "manifest.json").exists()


def require_going_on(root: Path, calm: dict[str, str], *arguments: str) -> None:
    """The same command, on a machine that has been mended."""
    code, told = forked.build(root, *arguments)
    assert (code, told) == (0, "")
    assert light.corpus_hashes(root / "out") == calm


# What a step may raise: the cause itself, in the words of the libraries that run into it, and what wraps it.


def no(number: int, path: str = "/data/file") -> OSError:
    return OSError(number, os.strerror(number), path)


def wrapped(error: BaseException) -> BaseException:
    """As a reader of videos tells it."""
    told = VideoError("kitchen.mp4: cannot be opened. Copy it again.")
    told.__cause__ = error
    return told


CAUSES: dict[str, tuple[BaseException, tuple[str, ...]]] = {
    "the disk is full": (no(errno.ENOSPC), ("/data/file", "no space left", "MiB are free")),
    "the quota is used up": (no(errno.EDQUOT), ("/data/file", "quota")),
    "a file grows too large": (no(errno.EFBIG), ("/data/file", "ulimit -f")),
    "a disk turns read-only": (no(errno.EROFS), ("/data/file", "only be read")),
    "too many open files": (no(errno.EMFILE), ("open files", "ulimit -n")),
    "too many on the machine": (no(errno.ENFILE), ("open files", "machine")),
    "python has no memory": (MemoryError(), ("not enough memory", "engine.workers")),
    "the system has no memory": (no(errno.ENOMEM), ("not enough memory",)),
    "torch has no memory": (
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
        ("not enough memory",),
    ),
    "opencv has no memory": (
        cv2.error("OpenCV(4.10) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 9 bytes"),
        ("not enough memory",),
    ),
    "onnxruntime has no memory": (RuntimeError("std::bad_alloc"), ("not enough memory",)),
    "no thread can be had": (RuntimeError("can't start new thread"), ("not enough memory",)),
    "a library cannot be loaded": (ImportError("libcv.so: failed to map segment from shared object"), ("memory",)),
    "a reader of videos wraps it": (wrapped(no(errno.EMFILE)), ("open files",)),
    "wrapped twice": (wrapped(wrapped(MemoryError())), ("not enough memory",)),
}
STEPS = ["mine", "measure", "reconstruct", "pack"]
TABLE = [(cause, STEPS[k % 3]) for k, cause in enumerate(CAUSES)] + [
    (cause, step) for cause in ("a file grows too large", "python has no memory") for step in STEPS
]


def failing(step: str, error: BaseException, patch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    if step == "pack":
        patch.setattr(packer, "write_shard", fail)
    else:
        patch.setattr(light.LightStages, step, fail)


@pytest.mark.parametrize(("cause", "step"), dict.fromkeys(TABLE))
def test_a_step_that_meets_a_limit_charges_nobody(
    tmp_path: Path, calm: dict[str, str], cause: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    light.make_videos(tmp_path, **CLIPS)
    error, words = CAUSES[cause]
    with monkeypatch.context() as patch:
        failing(step, error, patch)
        require_clean_end(tmp_path, *forked.build(tmp_path), *words)
    require_going_on(tmp_path, calm)


# The limits themselves.


def limit(which: int, value: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(which, (value, resource.getrlimit(which)[1]))


def few_addresses() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (48 << 20), resource.RLIM_INFINITY))


def few_files(spare: int) -> Callable[[], None]:
    def lower() -> None:
        top = 256
        resource.setrlimit(resource.RLIMIT_NOFILE, (top, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        while os.dup(0) < top - 1 - spare:
            pass

    return lower


LIMITS: dict[str, tuple[Callable[[], None], tuple[str, ...]]] = {
    "no file above 20 kB": (limit(resource.RLIMIT_FSIZE, 20_000), ("ulimit -f",)),
    "no file above 2 kB": (limit(resource.RLIMIT_FSIZE, 2_000), ("ulimit -f",)),
    "hardly an open file": (few_files(1), ("open files", "ulimit -n")),
    "few open files": (few_files(4), ("open files", "ulimit -n")),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_of_the_shell_is_named(tmp_path: Path, calm: dict[str, str], name: str) -> None:
    light.make_videos(tmp_path, **CLIPS)
    lower, words = LIMITS[name]
    require_clean_end(tmp_path, *forked.build(tmp_path, before=lower), *words)
    require_going_on(tmp_path, calm)


@pytest.mark.usefixtures("calm")  # What every build loads is in memory by then.
def test_too_little_memory_for_one_clip_finishes_the_others_and_names_it(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 3)
    light.write_video(tmp_path, "v00001", points=6_000_000)
    code, told = forked.build(tmp_path, before=few_addresses)
    require_clean_end(tmp_path, code, told, "not enough memory", "v00001", "engine.workers")
    done = [e for _, e in journal_lines(tmp_path / "out" / ".share-data" / "journal.jsonl") if e["e"] == "done"]
    assert sum(event["step"] == "reconstruct" for event in done) == 2, "the others are not held up"
    light.write_video(tmp_path, "v00001", points=20)
    assert forked.build(tmp_path) == (0, "")


# Folders.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory with room for 300 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small file system: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize(("which", "how"), [("cache", "full"), ("out", "full"), ("cache", "read-only")])
def test_a_disk_that_gives_up_in_the_middle_is_named(
    tmp_path: Path, small_disk: Path, calm: dict[str, str], which: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    light.make_videos(root, **CLIPS)
    (root / which).symlink_to(small_disk)
    reconstruct = light.LightStages.reconstruct

    def then_break(self: Any, clip: Any, pooled: Any) -> str:
        if how == "full":
            (small_disk / "other").write_bytes(bytes(shutil.disk_usage(small_disk).free))
        else:
            subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        return reconstruct(self, clip, pooled)

    with monkeypatch.context() as patch:
        patch.setattr(light.LightStages, "reconstruct", then_break)
        code, told = forked.build(root)
    require_clean_end(root, code, told, f"{root}/{which}", {"full": "no space", "read-only": "only be read"}[how])
    subprocess.run(["mount", "-o", "remount,rw,size=64m", str(small_disk)], check=True)
    (small_disk / "other").unlink(missing_ok=True)
    require_going_on(root, calm)


@pytest.mark.parametrize("verb", ["build", "plan", "validate", "report"])
def test_a_working_folder_that_is_gone_is_one_message(tmp_path: Path, verb: str) -> None:
    (tmp_path / "gone").mkdir()
    ending = run_verb(tmp_path / "told", verb, "recipe.yaml", cwd=tmp_path / "gone", enter=lose_the_working_folder)
    assert_ended_well(ending, codes=(1, 2))
    assert "working folder has been deleted" in ending.text


def test_no_folder_for_temporary_files_is_one_message() -> None:
    error = FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/scratch', '/tmp']")
    assert "Set TMPDIR" in (explained(error) or "")


def test_another_mistake_is_not_explained_away() -> None:
    assert explained(ValueError("a bug")) is None


def test_a_build_that_the_system_ended_for_want_of_memory_is_held_against_no_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six times: five interruptions would give up the clip."""
    light.make_videos(tmp_path, 1)
    for kills in range(6):
        with monkeypatch.context() as patch:
            patch.setattr(building, "kills_for_memory", lambda kills=kills: kills)
            patch.setattr(light.LightStages, "reconstruct", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            assert forked.build(tmp_path)[0] == -signal.SIGKILL
    monkeypatch.setattr(building, "kills_for_memory", lambda: 6)
    assert forked.build(tmp_path) == (0, "")
    assert charged(tmp_path) == []

"""A loader run on a hostile file in a fork of its own: how it ended, and by how much its memory grew."""

import os
import pickle
import resource
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from share_data.errors import ShareDataError

SECONDS = 10


@dataclass(frozen=True, slots=True)
class Loaded:
    """error: the message of a ShareDataError, empty where the loader returned; bad: how else it ended."""

    error: str
    bad: str
    megabytes: float


def load(loader: Callable[[Path], Any], path: Path) -> Loaded:
    """Run `loader(path)` in a fork, killed after `SECONDS`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS)
        error = bad = ""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            loader(path)
        except ShareDataError as told:
            error = str(told) or "without a word"
        except BaseException:
            bad = traceback.format_exc()[-2000:]
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
        os.write(writing, pickle.dumps((error[:20_000], bad, grown)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as handle:
        told = handle.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Loaded("", f"killed by {signal.Signals(os.WTERMSIG(status)).name}", 0.0)
    return Loaded(*pickle.loads(told))


def assert_refused(loader: Callable[[Path], Any], path: Path, *parts: str) -> None:
    """The loader says what is wrong, names the file, and stays within four times its size and 100 MB."""
    ended = load(loader, path)
    assert not ended.bad, ended.bad
    assert ended.error, "it was taken for a good file"
    assert path.name in ended.error
    for part in parts:
        assert part in ended.error, ended.error
    assert_small(ended, path)


def assert_small(ended: Loaded, path: Path) -> None:
    """Within four times the file's size and 100 MB."""
    size = path.stat().st_size / 1e6 if path.is_file() else 0
    assert ended.megabytes <= 4 * size + 100, f"grew by {ended.megabytes:.0f} MB for a file of {size:.1f}"

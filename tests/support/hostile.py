"""A verb run on hostile input, in a bounded process of its own, and what is asked of how it ended."""

import contextlib
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from fork_server import fork_server

from share_data.cli import main

SECONDS, MEGABYTES = 20, 1000
_TRACEBACK = 70
_CONTROL = tuple(chr(code) for code in (*range(9), 11, 12, *range(14, 32), *range(127, 160)))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a verb ended: its exit code, what it wrote to the terminal, and by how many MB its process grew."""

    code: int
    out: str
    err: str
    megabytes: float
    signal: int = 0

    @property
    def text(self) -> str:
        """All that the user was shown."""
        return self.out + self.err


def run_verb(
    folder: Path,
    *arguments: str,
    seconds: int = SECONDS,
    cwd: Path | None = None,
    enter: Callable[[], None] | None = None,
) -> Ending:
    """Run `share-data ARGUMENTS` in a process of its own, with this process' environment.

    It is forked from a server that has everything imported and no threads: from a process that has run Ray or torch,
    a fork may wait for ever for a lock whose owner it has not.

    Args:
        folder: An empty or missing folder for the files that hold its output.
        arguments: The verb and what follows.
        seconds: After these the process is killed by SIGALRM, which `Ending.signal` then names.
        cwd: Working folder of the verb.
        enter: Called there, in the verb's process, before the verb; it travels by its name.

    Returns:
        How it ended. A traceback that left the command has exit code 70.
    """
    folder.mkdir(parents=True, exist_ok=True)
    child = fork_server().Process(
        target=_become, args=(folder, arguments, seconds, cwd or Path.cwd(), dict(os.environ), enter)
    )
    child.start()
    child.join()
    code = child.exitcode or 0
    before, after = (int((folder / name).read_text() or 0) for name in ("before", "after"))
    out, err = ((folder / name).read_bytes().decode("utf-8", "replace") for name in ("out", "err"))
    return Ending(max(code, -1), out, err, max(after - before, 0) / 1000, max(-code, 0))


def _become(
    folder: Path,
    arguments: Sequence[str],
    seconds: int,
    cwd: Path,
    environment: Mapping[str, str],
    enter: Callable[[], None] | None,
) -> NoReturn:
    """The child."""
    code = _TRACEBACK
    peak = folder / "after"
    peak.touch()
    try:
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115 - the process ends with it
        (folder / "before").write_text(_peak_kilobytes())
        os.environ.clear()
        os.environ.update(environment)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)
        os.chdir(cwd)
        if enter is not None:
            enter()
        sys.argv = ["share-data", *arguments]
        try:
            main()
            code = 0
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        except BaseException:
            traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            peak.write_text(_peak_kilobytes())
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _peak_kilobytes() -> str:
    return str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def lose_the_working_folder() -> None:
    """Delete the folder that this process works in."""
    Path.cwd().rmdir()


def assert_ended_well(ending: Ending, *, codes: Sequence[int] = (0, 1, 2), megabytes: float = MEGABYTES) -> None:
    """The verb ended in a result or in one clear error: no signal, traceback, hang, raw control sequence or hunger."""
    assert ending.signal == 0, f"killed by {signal.Signals(ending.signal).name}\n{ending.text[-2000:]}"
    assert "Traceback (most recent call last)" not in ending.text, ending.text[-3000:]
    assert ending.code in codes, f"exit code {ending.code}\n{ending.text[-2000:]}"
    assert ending.code == 0 or ending.text.strip(), f"exit code {ending.code} without a word"
    raw = sorted({c for c in ending.text if c in _CONTROL})
    assert not raw, f"control characters {raw!r} on the terminal:\n{ending.text[-2000:]!r}"
    assert ending.megabytes <= megabytes, f"grew by {ending.megabytes:.0f} MB"


def tree(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder by its relative path: files' bytes, links' targets, the kind of all else."""

    def what(path: Path) -> bytes | str:
        if path.is_symlink():
            return f"link to {path.readlink()}"
        return path.read_bytes() if path.is_file() else "folder" if path.is_dir() else "special"

    return {str(path.relative_to(folder)): what(path) for path in sorted(folder.rglob("*"))}

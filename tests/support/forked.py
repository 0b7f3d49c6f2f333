"""A build with light stages in a fork of this process: cheap to start, free to be limited, signalled or killed."""

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import light

_TRACEBACK = 70


@dataclass(frozen=True, slots=True)
class Fork:
    """A build that runs in a fork. folder: where it says what it has to say."""

    pid: int
    folder: Path

    def end(self, seconds: float = 60) -> tuple[int, str]:
        """Wait for it; returns its exit code (of a killed one: minus the signal) and what it told the user."""
        deadline = time.monotonic() + seconds
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status), (self.folder / "err").read_text(errors="replace")
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                return _TRACEBACK, f"HANGS: not ended after {seconds:.0f} s\n{(self.folder / 'err').read_text()}"
            time.sleep(0.02)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)


def start(root: Path, *arguments: str, before: Callable[[], None] = lambda: None) -> Fork:
    """Begin a build of ROOT. before: called in the fork first, to limit it or to break something for it alone."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "err").touch()
    child = os.fork()
    if child == 0:
        _become(root, arguments, before)
    return Fork(child, root)


def build(root: Path, *arguments: str, before: Callable[[], None] = lambda: None) -> tuple[int, str]:
    """The whole of a build of ROOT: exit code and message."""
    return start(root, *arguments, before=before).end()


def _become(root: Path, arguments: tuple[str, ...], before: Callable[[], None]) -> None:
    """The child: never returns."""
    code = _TRACEBACK
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(root / "err", os.O_WRONLY | os.O_TRUNC | os.O_APPEND), 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        sys.argv = ["light.py", str(root), *arguments]
        try:
            before()
            code = light.main()
        except BaseException:
            traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)

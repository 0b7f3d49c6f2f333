"""Politeness across the processes of a machine: requests spaced out, downloads bounded. Held by file locks (flock).

The locks lie in this machine's temporary folder, one set a user: address and bandwidth belong to a machine, while
SHARE_DATA_HOME may be shared by many. A lock goes with the process that holds it.
"""

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from share_data.errors import SourceError

_POLL_S = 0.2


def lock_folder() -> Path:
    """The folder of the locks of this user on this machine, made when it is missing.

    Raises SourceError where something else has its name: anybody may write to a temporary folder.
    """
    folder = Path(tempfile.gettempdir()) / f"share-data-youtube-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise SourceError(
            f"youtube: the locks belong in {folder}, which is no folder of yours. Have it removed, or set TMPDIR to a "
            "folder of your own."
        )
    return folder


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold an exclusive lock on the file, which is made when it is missing; yields its descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Politeness:
    """gap_s: seconds between two requests; places: downloads at a time; sleep: waits that many seconds."""

    gap_s: float
    places: int
    sleep: Callable[[float], None] = time.sleep

    def pace(self) -> None:
        """Wait until `gap_s` have passed since any process' last request, and count this one."""
        if not self.gap_s:
            return
        with locked(lock_folder() / "last-request") as descriptor:
            due = _number(os.pread(descriptor, 64, 0)) + self.gap_s
            # A clock that was set back must not make anybody wait for long.
            early = min(due - time.time(), self.gap_s)
            if early > 0:
                self.sleep(early)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, repr(time.time()).encode(), 0)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places for downloads; waits until one is free."""
        while True:
            for number in range(self.places):
                descriptor = os.open(lock_folder() / f"place-{number}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                    continue
                try:
                    yield
                finally:
                    os.close(descriptor)
                return
            self.sleep(_POLL_S)


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0

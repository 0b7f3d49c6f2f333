"""The journal: one JSON line an event, on disk before anything is done about it. The only state a build has.

A single writer, which holds the workspace's lock. A line that a crash cut off is dropped when the file is next opened.
"""

import contextlib
import errno
import itertools
import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from share_data.errors import CorpusError
from share_data.store.atomic import fsync_folder, own_file
from share_data.store.hashing import canonical_json
from share_data.store.outside import open_regular, parse_json

_CHUNK = 1 << 16
_LINE = 1 << 12
_BALLAST = 1 << 18


class Journal:
    """An append-only file of JSON lines, open for writing. Offsets returned by `append` and `lines` stay valid."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path.with_suffix(".ballast")
        self._behind = False
        self._lock = threading.Lock()
        self._unsure = False
        path.parent.mkdir(parents=True, exist_ok=True)
        with own_file(path):
            self._descriptor = open_regular(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
            self.size = _whole_lines(self._descriptor)
            os.ftruncate(self._descriptor, self.size)
            os.fsync(self._descriptor)
            fsync_folder(path.parent)
            self._fill_ballast()

    def append(self, *events: Mapping[str, Any], durable: bool = True) -> list[int]:
        """Write events, one line each, and wait until they are on disk; returns where each line begins.

        durable: False leaves the waiting to the next `append` or `sync`, before which nothing may rest on these lines.
        Raises DiskFullError or MachineError, with the file as it was.
        """
        lines = [canonical_json(dict(event)) + b"\n" for event in events]
        with self._lock:
            starts = [self.size + sum(map(len, lines[:number])) for number in range(len(lines))]
            self._append(b"".join(lines), durable)
        return starts

    def _append(self, data: bytes, durable: bool) -> None:
        if self._unsure:  # Ctrl-C fell into the last one: what it left must not show behind a shorter line.
            os.ftruncate(self._descriptor, self.size)
        self._unsure = True
        with own_file(self.path, self.size + len(data)):
            try:
                self._write(data, durable)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not self._ballast.exists():
                    raise
                self._ballast.unlink()  # Room for the lines that say how the build ended.
                self._write(data, durable)
        self.size += len(data)
        self._unsure = False

    def read(self, offset: int) -> dict[str, Any]:
        """The event whose line begins at `offset`."""
        return read_line(self._descriptor, offset)

    def lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(offset, event) of every line so far."""
        return journal_lines(self.path)

    def close(self) -> None:
        """Release the file; events after this are lost."""
        os.close(self._descriptor)

    def sync(self) -> None:
        """Wait until every line is on disk."""
        if self._behind:
            with own_file(self.path, self.size):
                os.fsync(self._descriptor)
            self._behind = False

    def _write(self, data: bytes, durable: bool) -> None:
        try:
            view, position = memoryview(data), self.size
            while view:
                written = os.pwrite(self._descriptor, view, position)
                view, position = view[written:], position + written
            if durable:
                os.fsync(self._descriptor)
            self._behind = not durable
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise

    def _fill_ballast(self) -> None:
        """A file that is given up when the disk is full, so that the journal can be closed in good order."""
        with contextlib.suppress(OSError):
            if not self._ballast.exists():
                self._ballast.write_bytes(bytes(_BALLAST))


class JournalReader:
    """A journal as far as it went when this was made. Takes no lock and changes nothing: a build may be writing it.

    A journal that is not there has no lines.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self.size = 0
        with contextlib.suppress(FileNotFoundError):
            self._descriptor = open_regular(path)
            self.size = _whole_lines(self._descriptor)

    def read(self, offset: int) -> dict[str, Any]:
        """The event whose line begins at `offset`. Raises ValueError where there is none."""
        if self._descriptor is None:
            raise ValueError(f"{self.path}: no line at {offset}")
        return read_line(self._descriptor, offset)

    def lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(offset, event) of every line. Raises CorpusError (see `journal_lines`)."""
        if self._descriptor is not None:
            yield from itertools.takewhile(lambda line: line[0] < self.size, journal_lines(self.path))

    def close(self) -> None:
        """Release the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)


def journal_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(offset, event) of every whole line of a journal, also of one that is being written.

    Raises CorpusError for a line that is not an event: the file was changed by something else, or is somebody else's.
    What the fields of an event are is for `events.checked`.
    """
    offset = 0
    with os.fdopen(open_regular(path), "rb") as handle:
        for line in handle:
            if not line.endswith(b"\n"):
                return
            try:
                event = parse_json(line.decode())
            except ValueError as error:
                raise CorpusError(
                    f"{path}: damaged at byte {offset} ({error}). Move this file away and build again: what is "
                    "stored is not computed again."
                ) from error
            yield offset, event
            offset += len(line)


def read_line(descriptor: int, offset: int) -> dict[str, Any]:
    """The JSON line that begins at `offset`."""
    parts: list[bytes] = []
    while True:
        part = os.pread(descriptor, _LINE, offset)
        end = part.find(b"\n")
        if end >= 0:
            event: dict[str, Any] = json.loads(b"".join([*parts, part[:end]]).decode())
            return event
        if not part:
            raise ValueError(f"no line at {offset}")
        parts.append(part)
        offset += len(part)


def _whole_lines(descriptor: int) -> int:
    """Length of the file up to the end of its last whole line."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - _CHUNK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0

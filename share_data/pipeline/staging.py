"""Replacing a corpus as a whole: files are written aside, then moved in; after a crash the move is finished.

Everything is staged in a folder inside the corpus. The staged manifest is written last and marks the staging as
complete: from then on publishing can be repeated from any point, before it nothing of the old corpus has changed.
"""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from typing_extensions import Buffer

from share_data.atomic import atomic_write, disk_full_named, fsync_folder
from share_data.corpus.layout import (
    MANIFEST,
    RECORD_FOLDER,
    SHARD_FOLDER,
    STAGING_FOLDER,
    is_data_file,
    is_numbered_file,
)
from share_data.corpus.manifest import Manifest, manifest_bytes, read_manifest
from share_data.errors import CorpusError

_REPLACED = "replaced.json"


class HashingFile(io.RawIOBase):
    """A file that is only appended to, and knows the SHA-256 and the number of bytes written."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file = path.open("wb")
        self._hasher = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Hex digest of everything written so far."""
        return self._hasher.hexdigest()

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Bytes written so far."""
        return self.size

    def write(self, data: Buffer, /) -> int:
        """Append `data`, all of it. Raises DiskFullError."""
        with disk_full_named(self._path, self.size + memoryview(data).nbytes):
            written = self._file.write(data)
        self._hasher.update(data)
        self.size += written
        return written

    def close(self) -> None:
        """Flush to disk and close. Raises DiskFullError."""
        try:
            if not self.closed:
                with disk_full_named(self._path, self.size), self._file:
                    self._file.flush()
                    os.fsync(self._file.fileno())
        finally:
            super().close()


def check_target(out: Path) -> list[str]:
    """The data files in folder `out`, all of which its manifest must list: a rebuild replaces what it wrote, no more.

    Raises CorpusError when `out` holds a file that a corpus would overwrite but no build wrote.
    """
    try:
        listed = {entry.path for entry in read_manifest(out).files} if (out / MANIFEST).exists() else set()
    except CorpusError as error:
        raise CorpusError(f"{error} Its files cannot be told from yours: move {out} away first.") from error
    folders = (out, out / SHARD_FOLDER, out / RECORD_FOLDER)
    found = [path.relative_to(out).as_posix() for folder in folders for path in folder.glob("*")]
    foreign = sorted(path for path in found if is_data_file(path) and path not in listed)
    if foreign:
        raise CorpusError(
            f"{out}: {foreign[0]} was not written by a build. Move it away, or choose another output.path."
        )
    return sorted(listed)


class Staging:
    """A corpus being written. Leaving the block without `publish` discards it; the corpus in `out` is unchanged.

    Entering finishes or discards what a killed build left. Only one process may build into `out` at a time.
    Raises CorpusError (see `check_target`).
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._root = out / STAGING_FOLDER

    def __enter__(self) -> Self:
        recover(self._out)
        self._previous = check_target(self._out)
        for folder in (SHARD_FOLDER, RECORD_FOLDER):
            (self._root / folder).mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        if not (self._root / MANIFEST).exists():
            shutil.rmtree(self._root, ignore_errors=True)

    @contextmanager
    def file(self, path: str) -> Iterator[HashingFile]:
        """A staged file for `path`, relative to the corpus; durable when the block ends."""
        with HashingFile(self._root / path) as handle:
            yield handle

    def publish(self, manifest: Manifest) -> None:
        """Make the staged files the corpus: data, then manifest, then removal of files that only the old one listed."""
        atomic_write(self._root / _REPLACED, json.dumps(self._previous).encode())
        for folder in (SHARD_FOLDER, RECORD_FOLDER):
            fsync_folder(self._root / folder)
        atomic_write(self._root / MANIFEST, manifest_bytes(manifest))
        recover(self._out)


def recover(out: Path) -> None:
    """Finish publishing a completely staged corpus in `out`, discard an incomplete one; nothing to do otherwise."""
    staging = out / STAGING_FOLDER
    if (staging / MANIFEST).exists():
        _move_in(out, staging)
        (staging / MANIFEST).unlink()
    if staging.exists():
        shutil.rmtree(staging)


def _move_in(out: Path, staging: Path) -> None:
    manifest = read_manifest(staging)
    for entry in manifest.files:
        (out / entry.path).parent.mkdir(exist_ok=True)
        if (staging / entry.path).exists():
            (staging / entry.path).replace(out / entry.path)
    folders = sorted({(out / entry.path).parent for entry in manifest.files})
    for folder in folders:
        fsync_folder(folder)
    atomic_write(out / MANIFEST, (staging / MANIFEST).read_bytes())
    kept = {entry.path for entry in manifest.files}
    for path in json.loads((staging / _REPLACED).read_bytes()):
        if is_numbered_file(path) and path not in kept:
            (out / path).unlink(missing_ok=True)
    records = out / RECORD_FOLDER
    if records.is_dir() and not any(records.iterdir()):
        records.rmdir()

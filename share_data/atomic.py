"""Files that appear whole or not at all: temporary file, fsync, rename, fsync of the folder."""

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from share_data.errors import DiskFullError

TEMPORARY_SUFFIX = ".tmp"


def fsync_folder(folder: Path) -> None:
    """Make the renames done in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_full_named(path: Path, needed: int | None = None) -> Iterator[None]:
    """Turn "no space left" and "quota exceeded" inside the block into a DiskFullError about `path`.

    needed: bytes the file takes in all, where known.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        size = "" if needed is None else f" (at least {needed} bytes)"
        raise DiskFullError(f"{path}: no space left to write it{size}. Free some space and run again.") from error


@contextmanager
def atomic_file(path: Path, needed: int | None = None) -> Iterator[BinaryIO]:
    """A file open for writing that becomes `path` when the block ends well, and vanishes when it does not.

    The temporary name is unique, so writers of the same path do not disturb each other: the last one wins.
    Raises DiskFullError (see `disk_full_named`).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}{TEMPORARY_SUFFIX}")
    with disk_full_named(path, needed):
        try:
            with temporary.open("xb") as handle:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        fsync_folder(path.parent)


def atomic_write(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all. Raises DiskFullError."""
    with atomic_file(path, len(data)) as handle:
        handle.write(data)

"""Files that appear whole or not at all: temporary file, fsync, rename, fsync of the folder."""

import os
import re
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from share_data.machine import disk_fault, machine_fault

TEMPORARY_SUFFIX = ".tmp"
_HOST = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())
_PARTS = 5  # "", host, process, random part, suffix
_FORGOTTEN_S = 24 * 3600.0


def fsync_folder(folder: Path) -> None:
    """Make the renames done in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_full_named(path: Path, needed: int | None = None) -> Iterator[None]:
    """Turn what a machine lacks ("no space left", a limit on files) inside the block into an error about `path`.

    needed: bytes the file takes in all, where known. Raises DiskFullError, MachineError.
    """
    try:
        yield
    except OSError as error:
        if machine_fault(error) is None:
            raise
        raise disk_fault(error, str(path), needed) from error


@contextmanager
def own_file(path: Path, needed: int | None = None) -> Iterator[None]:
    """The same for a file that is ours alone: every OSError is the machine's. Raises DiskFullError, MachineError."""
    try:
        yield
    except OSError as error:
        raise disk_fault(error, str(path), needed) from error


@contextmanager
def atomic_file(path: Path, needed: int | None = None, partial: Path | None = None) -> Iterator[BinaryIO]:
    """A file open for writing that becomes `path` when the block ends well, and vanishes when it does not.

    The temporary name is unique, so writers of the same path do not disturb each other: the last one wins.
    partial: folder for the unfinished file, on the same file system; default: that of `path`.
    Raises DiskFullError, MachineError (see `disk_full_named`, `own_file`).
    """
    temporary = temporary_name(partial or path.parent)
    with disk_full_named(path, needed):
        with own_file(path, needed):
            handle = _opened(temporary)
        try:
            with handle:
                yield handle
                with own_file(path, needed):
                    handle.flush()
                    os.fsync(handle.fileno())
            with own_file(path, needed):
                _renamed(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        with own_file(path, needed):
            fsync_folder(path.parent)


def _opened(path: Path) -> BinaryIO:
    """A new file; folders are made when they turn out to be missing, which is rare."""
    try:
        return path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")


def _renamed(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(path)


def atomic_write(path: Path, data: bytes, partial: Path | None = None) -> None:
    """Write `data` to `path`, whole or not at all; partial: see `atomic_file`. Raises as that."""
    with atomic_file(path, len(data), partial) as handle:
        handle.write(data)


def temporary_name(folder: Path) -> Path:
    """A unique name in `folder` that tells whose it is: host, process, and a random part."""
    return folder / f".{_HOST}.{os.getpid()}.{uuid.uuid4().hex}{TEMPORARY_SUFFIX}"


def collect_temporary(folder: Path) -> int:
    """Remove the temporary files in `folder` (not below) whose writer is gone; returns how many.

    On this host the process tells; of another host's writer only the file's age does: a day.
    """
    if not folder.is_dir():
        return 0
    removed = 0
    for path in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        if _abandoned(path):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _abandoned(path: Path) -> bool:
    parts = path.name.split(".")
    if len(parts) == _PARTS and parts[1] == _HOST and parts[2].isdecimal():
        return not _alive(int(parts[2]))
    try:
        return time.time() - path.stat().st_mtime > _FORGOTTEN_S
    except FileNotFoundError:
        return False


def _alive(process: int) -> bool:
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True

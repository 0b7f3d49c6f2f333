"""Files that somebody else may have made: regular ones of a size they can have, and JSON that is plain data.

A pipe has no end, a device may have none, and a link may lead anywhere: none of them is ever opened to see.
"""

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

LARGEST_JSON = 256 << 20
"""Bytes of a JSON file that is read at once: the manifest of a million shards."""
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
}


def require_regular(path: Path) -> int:
    """Bytes of the regular file at `path`, or behind the link there. Raises OSError that says what stands there."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise _not_regular(path, found.st_mode)
    return found.st_size


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """A descriptor of the regular file at `path`; it never waits for a pipe's other end. Raises OSError.

    flags: of `os.open`; with O_NOFOLLOW a link is refused, too.
    """
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EISDIR, errno.ELOOP) and os.path.lexists(path):
            raise _not_regular(path, path.lstat().st_mode) from error
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise _not_regular(path, mode)
    return descriptor


@contextmanager
def regular_file(path: Path) -> Iterator[BinaryIO]:
    """The regular file at `path`, or behind the link there, open for reading. Raises OSError."""
    with os.fdopen(open_regular(path), "rb") as handle:
        yield handle


def read_regular(path: Path, most: int = LARGEST_JSON) -> bytes:
    """The content of the regular file at `path`. Raises OSError, also for one of more than `most` bytes."""
    with regular_file(path) as handle:
        size = os.fstat(handle.fileno()).st_size
        if size > most:
            raise OSError(errno.EFBIG, f"has {size} bytes, more than {most}", str(path))
        return handle.read()


def parse_json(data: bytes | str) -> Any:
    """The value of a JSON text. Raises ValueError for what is none, NaN, or nested too deeply to be plain data."""
    try:
        return _PLAIN.decode(data if isinstance(data, str) else data.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def strangers(folder: Path) -> Iterator[tuple[Path, str]]:
    """What lies below a folder, itself included, and is neither a folder nor a regular file: where, and what it is.

    No link is followed. A folder that is not there has nothing in it.
    """
    if not os.path.lexists(folder):
        return
    mode = folder.lstat().st_mode
    if not stat.S_ISDIR(mode):
        yield folder, kind_of(mode)
        return
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            mode = path.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                yield path, kind_of(mode)


def kind_of(mode: int) -> str:
    """What a file of this mode is, in words."""
    return _KINDS.get(stat.S_IFMT(mode), "a regular file")


def _not_regular(path: Path, mode: int) -> OSError:
    return OSError(errno.EINVAL, f"is {kind_of(mode)}, not a regular file", str(path))


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


_PLAIN = json.JSONDecoder(parse_constant=_no_number)

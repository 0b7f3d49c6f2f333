"""Big files that are asked for again and again, such as weights and videos: whether they are there, what is in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from share_data.errors import MissingDependencyError
from share_data.store.hashing import file_sha256


def content_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read once a process as long as its size and time of change stay.

    Raises OSError when it cannot be read.
    """
    stat = path.stat()
    return _sha256(path.absolute(), stat.st_size, stat.st_mtime_ns)


@contextmanager
def unreadable_named(what: str) -> Iterator[None]:
    """Turn an OSError inside the block into a MissingDependencyError about `what`."""
    try:
        yield
    except OSError as error:
        raise MissingDependencyError(f"{what}: cannot be read ({error}).") from error


def is_file(path: Path) -> bool:
    """Whether this is a file: no error for a name that is too long, or a folder that may not be entered."""
    try:
        return path.is_file()
    except OSError:
        return False


@lru_cache(maxsize=1 << 14)
def _sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    return file_sha256(path)

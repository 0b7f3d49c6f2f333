"""SHA-256 of big files that are asked for again and again: weights, depth videos."""

from functools import lru_cache
from pathlib import Path

from share_data.hashing import file_sha256


def content_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read once a process as long as its size and time of change stay.

    Raises OSError when it cannot be read.
    """
    stat = path.stat()
    return _sha256(path.absolute(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4096)
def _sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    return file_sha256(path)

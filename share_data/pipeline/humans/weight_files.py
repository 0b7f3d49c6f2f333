"""Hashes of weight files of gigabytes: what makes a result, and read no more often than it has to be."""

from functools import lru_cache
from pathlib import Path

from share_data.hashing import file_sha256


def weight_sha256(path: Path) -> str:
    """Hex SHA-256 of a file, read once a process while its size and time stay the same. Raises OSError."""
    stat = path.stat()
    return _sha256(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=32)
def _sha256(path: Path, size: int, mtime_ns: int) -> str:
    return file_sha256(path)

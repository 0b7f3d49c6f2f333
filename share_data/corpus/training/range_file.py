"""A file of a corpus that is read in parts, for libraries that want a file: of a large table, its columns alone."""

import io
import os

from share_data.corpus.storage import Storage


class RangeFile(io.RawIOBase):
    """Read access with one request a read.

    Args:
        storage: of the corpus.
        path: relative to it.

    Raises:
        FileNotFoundError: it is not there.
    """

    def __init__(self, storage: Storage, path: str) -> None:
        super().__init__()
        size = storage.size(path)
        if size is None:
            raise FileNotFoundError(2, os.strerror(2), path)
        self._storage, self._path, self._size, self._position = storage, path, size, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next read begins, bytes."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set where the next read begins; returns it."""
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """The next `size` bytes, or all that are left."""
        left = max(self._size - self._position, 0)
        count = left if size is None or size < 0 else min(size, left)
        if not count:
            return b""
        [data] = self._storage.read_parts(self._path, [(self._position, count)])
        self._position += count
        return data

    def size(self) -> int:
        """Bytes of the file."""
        return self._size

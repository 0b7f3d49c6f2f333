"""A remote file, read block by block as the reader asks for it, and gone on with by the next process."""

import io
import os
from collections.abc import Callable
from pathlib import Path

from share_data.sources.youtube.errors import BadMediaError
from share_data.store.atomic import atomic_write

BLOCK = 1 << 20


class RemoteFile(io.RawIOBase):
    """A remote file to read and seek in. Blocks that have been read stay in `folder`, also for the next process.

    Reading raises what `fetch` raises, and BadMediaError when the file's length changes.
    fetch: (first byte, end) to (those bytes, fewer at the file's end; the file's length); block: bytes.
    """

    def __init__(self, folder: Path, fetch: Callable[[int, int], tuple[bytes, int]], block: int = BLOCK) -> None:
        self._folder = folder
        self._fetch = fetch
        self._block = block
        self._length: int | None = None
        self._place = 0
        self._current: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As every file."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: 0}[whence]
        self._place = offset + (self._size() if whence == os.SEEK_END else origin)
        return self._place

    def tell(self) -> int:
        """As every file."""
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Up to the end of the block at hand, as a read of a file may return less than was asked for."""
        if self._place >= self._size():
            return b""
        number, first = divmod(self._place, self._block)
        data = self._read_block(number)[first:]
        data = data if size < 0 else data[:size]
        self._place += len(data)
        return data

    def _read_block(self, number: int) -> bytes:
        if self._current[0] != number:
            path = self._folder / f"{number:07d}-{self._size()}"
            if not path.exists():
                data, length = self._fetch(number * self._block, (number + 1) * self._block)
                if length != self._size():
                    raise BadMediaError(f"it changed while it was read: {length} bytes, not {self._size()}")
                atomic_write(path, data)
            self._current = (number, path.read_bytes())
        return self._current[1]

    def _size(self) -> int:
        if self._length is None:
            kept = sorted(self._folder.glob("0000000-*"))
            if kept:
                self._length = int(kept[0].name.partition("-")[2])
            else:
                data, self._length = self._fetch(0, self._block)
                atomic_write(self._folder / f"0000000-{self._length}", data)
        return self._length

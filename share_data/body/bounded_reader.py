"""A file read no further than it goes: a declared length is believed only as far as there are bytes."""

from typing import IO


class BoundedReader:
    """Reads of a file no more than there is: a length that its bytes declare takes no memory by itself."""

    def __init__(self, handle: IO[bytes], size: int) -> None:
        self._handle, self._left = handle, size

    def read(self, count: int) -> bytes:
        """`count` bytes, fewer only at the end. Raises ValueError where that many cannot be left."""
        if count < 0 or count > max(self._left, 1):
            raise ValueError(f"a step declares {count:,} bytes where {self._left:,} are left")
        data = self._handle.read(count)
        self._left -= len(data)
        return data

    def readline(self) -> bytes:
        """The rest of a line."""
        data = self._handle.readline()
        self._left -= len(data)
        return data

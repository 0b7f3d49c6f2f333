"""A dictionary from digests to whole numbers in a tenth of a dictionary's memory: what a build knows of every clip."""

from array import array

_KEY = 16
_EMPTY, _GONE = -1, -2
_SMALLEST = 1024


class DigestTable:
    """16-byte digests → numbers from 0 on. Some 50 bytes an entry, all in two arrays (open addressing).

    Digests are hashes already, so their first bytes say where to look.
    """

    def __init__(self) -> None:
        self._used = 0
        self._keys = bytearray()
        self._values = array("q")
        self._clear(_SMALLEST)

    def __contains__(self, digest: bytes) -> bool:
        return self._values[self._slot(digest)] >= 0

    def get(self, digest: bytes) -> int | None:
        """The number of a digest, or None."""
        value = self._values[self._slot(digest)]
        return value if value >= 0 else None

    def set(self, digest: bytes, value: int) -> None:
        """Set the number of a digest."""
        slot = self._slot(digest)
        if self._values[slot] == _EMPTY:
            self._used += 1
            self._keys[_KEY * slot : _KEY * (slot + 1)] = digest
        self._values[slot] = value
        if 3 * self._used > 2 * len(self._values):
            self._grow()

    def remove(self, digest: bytes) -> None:
        """Forget a digest; one that is not there is no error."""
        slot = self._slot(digest)
        if self._values[slot] >= 0:
            self._values[slot] = _GONE

    def _slot(self, digest: bytes) -> int:
        """Where the digest is, or would be put."""
        size, keys, values = len(self._values), self._keys, self._values
        slot = int.from_bytes(digest[:8], "little") % size
        while values[slot] != _EMPTY and keys[_KEY * slot : _KEY * (slot + 1)] != digest:
            slot = (slot + 1) % size
        return slot

    def _clear(self, size: int) -> None:
        self._used = 0
        self._keys = bytearray(_KEY * size)
        self._values = array("q", [_EMPTY]) * size

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._clear(2 * len(values))
        for slot, value in enumerate(values):
            if value >= 0:
                self.set(bytes(keys[_KEY * slot : _KEY * (slot + 1)]), value)

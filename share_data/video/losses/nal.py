"""H.264 and HEVC packets as the units they are made of, and the bits of their headers."""

from collections.abc import Iterator

_START = b"\0\0\1"


def length_size(extradata: bytes | None, codec: str) -> int:
    """Bytes of the length before each unit, 0 where start codes divide them. extradata: the stream's."""
    if not extradata or extradata[0] != 1:
        return 0
    at = 4 if codec == "h264" else 21
    return (extradata[at] & 3) + 1 if len(extradata) > at else 0


def spans(data: bytes, size: int) -> Iterator[tuple[int, int]]:
    """Where the units of a packet begin and end, empty ones left out. size: see `length_size`."""
    if not size:
        yield from _between_start_codes(data)
        return
    at = 0
    while at + size < len(data):
        end = at + size + int.from_bytes(data[at : at + size], "big")
        if end > at + size:
            yield at + size, min(end, len(data))
        at = end


def _between_start_codes(data: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(_START)
    while at >= 0:
        after = data.find(_START, at + 3)
        end = len(data) if after < 0 else after
        if end > at + 3:
            yield at + 3, end
        at = after


class Bits:
    """Reads a unit's header bit by bit. Raises ValueError where it ends too early."""

    def __init__(self, unit: bytes) -> None:
        plain = unit.replace(b"\0\0\3", b"\0\0")
        self._value = int.from_bytes(plain, "big")
        self._left = 8 * len(plain)

    def take(self, count: int) -> int:
        """`count` bits as a number."""
        self._left -= count
        if self._left < 0:
            raise ValueError("the unit ends within its header")
        return self._value >> self._left & (1 << count) - 1

    def code(self) -> int:
        """An unsigned Exp-Golomb code."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """A signed Exp-Golomb code."""
        code = self.code()
        return (code + 1) // 2 if code % 2 else -(code // 2)

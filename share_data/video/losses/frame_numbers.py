"""H.264 numbers the pictures that others refer to: a number left out is a picture that has been lost on the way."""

from typing import NamedTuple

from av.packet import Packet
from av.video.stream import VideoStream

from share_data.video.losses.nal import Bits, length_size, spans

_HEAD = 4096
"""A picture's first slice nearly always begins within so many bytes of its packet."""
_SLICES = (1, 2, 5)
_INSTANT, _SETTINGS = 5, 7
_WITH_CHROMA = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)


class _Settings(NamedTuple):
    """bits: of a frame number; planes_apart: three colour planes coded apart; fields: pictures may be single fields."""

    bits: int
    planes_apart: bool
    fields: bool


class FrameNumbers:
    """Follows the numbers from packet to packet.

    reference: whether others may refer to the latest packet's picture; second_field: whether that is the other half of
    the picture before it.
    """

    def __init__(self, extradata: bytes | None) -> None:
        self._size = length_size(extradata, "h264")
        self._settings: dict[bytes, _Settings | None] = {}
        self._current: _Settings | None = None
        self._latest: int | None = None
        self._next: int | None = None
        self._field = (-1, -1)
        self.reference = True
        self.second_field = False
        for unit in _stored(extradata, self._size):
            self._learn(unit)

    def forget(self) -> None:
        """Begin anew: the next number may be any."""
        self._latest = None

    def accept(self) -> None:
        """The packet asked about has been decoded."""
        self._latest = self._next

    def skipped(self, packet: "Packet[VideoStream]") -> int:
        """How many numbers were left out before this packet's picture: at least so many pictures are missing.

        It counts once it is accepted: what a damaged packet says is not to be believed.
        """
        self._next, self.second_field = self._latest, False
        try:
            return self._skipped(packet)
        except (ValueError, IndexError):  # Its decoder will tell what is wrong with it.
            return 0

    def _skipped(self, packet: "Packet[VideoStream]") -> int:
        view = memoryview(packet)
        unit = self._slice(bytes(view[:_HEAD])) or self._slice(bytes(view))
        if unit is None or self._current is None:
            return 0
        self.reference = bool(unit[0] & 0x60)
        bits = Bits(unit[1:24])
        for _ in range(3):  # where in the picture, type, picture settings
            bits.code()
        whole = 1 << self._current.bits
        number = bits.take(self._current.bits + 2 * self._current.planes_apart) & whole - 1
        if self._current.fields:
            self._pair(number, bits)
        if unit[0] & 31 == _INSTANT:
            self._next = 0
            return 0
        ahead = 0 if self._latest is None else (number - self._latest) % whole
        if self.reference or ahead > 1 or self._latest is None:
            self._next = number if self.reference else number - 1
        return max(0, ahead - 1)

    def _pair(self, number: int, bits: Bits) -> None:
        """Tell whether a packet holds the second of two fields."""
        parity = bits.take(1) and 1 + bits.take(1)
        self.second_field = parity > 0 and self._field == (number, 3 - parity)
        self._field = (-1, -1) if self.second_field else (number, parity)

    def _slice(self, data: bytes) -> bytes | None:
        for start, end in spans(data, self._size):
            kind = data[start] & 31
            if kind == _SETTINGS:
                self._learn(data[start:end])
            elif kind in _SLICES:
                return data[start : start + 32]
        return None

    def _learn(self, unit: bytes) -> None:
        """Take the settings of a sequence, once; those of which nothing can be told end the watch."""
        if unit not in self._settings:
            try:
                self._settings[unit] = _settings(Bits(unit[1:]))
            except ValueError:
                self._settings[unit] = None
        self._current = self._settings[unit]


def _stored(extradata: bytes | None, size: int) -> list[bytes]:
    """The sequence settings among a stream's extradata."""
    if not extradata:
        return []
    if not size:
        return [extradata[a:b] for a, b in spans(extradata, 0) if extradata[a] & 31 == _SETTINGS]
    found, at = [], 6
    for _ in range(extradata[5] & 31):
        length = int.from_bytes(extradata[at : at + 2], "big")
        found.append(extradata[at + 2 : at + 2 + length])
        at += 2 + length
    return found


def _settings(bits: Bits) -> _Settings | None:
    """The settings of a sequence; None where numbers may be left out by design."""
    profile = bits.take(8)
    bits.take(16)
    bits.code()
    three_planes = False
    if profile in _WITH_CHROMA:
        chroma = bits.code()
        three_planes = chroma == 3 and bool(bits.take(1))
        bits.code(), bits.code(), bits.take(1)
        if bits.take(1):
            for place in range(12 if chroma == 3 else 8):
                if bits.take(1):
                    _skip_scaling(bits, 16 if place < 6 else 64)
    width = bits.code() + 4
    _skip_order(bits)
    bits.code()
    gaps = bits.take(1)
    bits.code(), bits.code()
    return None if gaps else _Settings(width, three_planes, not bits.take(1))


def _skip_scaling(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_order(bits: Bits) -> None:
    kind = bits.code()
    if kind == 0:
        bits.code()
    elif kind == 1:
        bits.take(1)
        bits.signed(), bits.signed()
        for _ in range(bits.code()):
            bits.signed()

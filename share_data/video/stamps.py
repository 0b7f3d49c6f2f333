"""When pictures are shown: by the file's own times, or in order where its container stores those of decoding alone."""

from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_REORDERING = ("h264", "hevc", "vvc")
_NO_STAMPS = ("h264", "hevc", "m4v", "mpegvideo")
"""Bare streams: whatever stamps their packets get are made up by the reader."""


@dataclass(frozen=True, slots=True)
class _Ticket:
    """What a packet's pictures are told by.

    An object of its own for each packet, not a number: PyAV 18.1 keeps what a packet carries by the object's identity,
    and Python's small numbers are one object for all, so that another reader's last picture 1 would take ours along.
    """

    number: int


@dataclass(slots=True)
class Clock:
    """Turns a stream's timestamps into strictly increasing seconds.

    True timestamps pass unchanged. A missing one is the previous plus a nominal frame. A repeated or slightly early one
    (by at most a nominal frame) is the previous plus half a frame, so that the next true one still fits. A larger step
    back (files joined end to end) continues one frame after the previous. guessed: how many frames had none.
    """

    nominal: float
    previous: float | None = None
    offset: float = 0.0
    guessed: int = 0

    def tick(self, stamp: float | None) -> float:
        """Seconds of the next frame; `stamp`: its own timestamp in seconds, None where it has none."""
        own = None if stamp is None else stamp + self.offset
        self.guessed += stamp is None
        if self.previous is None:
            time = own or 0.0
        elif own is None:
            time = self.previous + self.nominal
        elif own > self.previous:
            time = own
        elif own >= self.previous - self.nominal:
            time = self.previous + self.nominal / 2
        else:
            time = self.previous + self.nominal
            self.offset += time - own
        self.previous = time
        return time


class Stamps:
    """The stamps of a stream's packets and pictures. nominal: the file has none, so that pictures are only counted.

    AVI, ASF and MXF keep packets in decoding order and store one time each, which is not that of the packet's picture
    where pictures are reordered: the next picture shown gets the earliest stamp that is waiting. Elsewhere each
    picture's own stamp stands.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        codec, formats = stream.codec_context.name, container.format.name.split(",")
        self.nominal = any(name in formats for name in _NO_STAMPS)
        self.by_order = self.nominal or ("asf" in formats) or (codec in _REORDERING and formats[0] in ("avi", "mxf"))
        self.by_order = self.by_order and not stream.codec_context.codec.intra_only
        self._shown_first = "mxf" in formats
        # Of the others a decoder holds back one picture at most; packets beyond it have none.
        self._most = 16 if codec in _REORDERING else 1
        base = stream.time_base or Fraction(0)
        self._numerator, self._denominator = base.numerator, base.denominator
        self._waiting: list[int] = []
        self._count = 0
        if self.by_order:
            stream.codec_context.copy_opaque = True

    def sent(self, packet: "Packet[VideoStream]") -> int | None:
        """A packet goes to the decoder; returns its place among the pictures, see `place`."""
        if not self.by_order:
            return packet.pts
        self._count += 1
        packet.opaque = _Ticket(self._count)
        stamp = self._stamp(packet)
        if stamp is not None and not self.nominal:
            heappush(self._waiting, stamp)
        return self._count

    def place(self, frame: VideoFrame) -> int | None:
        """A number that orders pictures and tells whose packet is whose: when shown, or when decoded."""
        if not self.by_order:
            return frame.pts
        return frame.opaque.number if isinstance(frame.opaque, _Ticket) else None

    def withdraw(self, packet: "Packet[VideoStream]") -> None:
        """A packet that was sent gives no picture."""
        stamp = self._stamp(packet)
        if self.by_order and stamp in self._waiting:
            self._waiting.remove(stamp)
            heapify(self._waiting)

    def _stamp(self, packet: "Packet[VideoStream]") -> int | None:
        return packet.pts if self._shown_first or packet.dts is None else packet.dts

    def without(self, count: int) -> None:
        """So many packets that were sent first have given no picture."""
        for _ in range(min(count, len(self._waiting)) if self.by_order else 0):
            heappop(self._waiting)

    def forget(self) -> None:
        """The decoder holds no picture any more."""
        self._waiting.clear()

    def seconds(self, frame: VideoFrame) -> float | None:
        """When a picture is shown; None where nothing tells. To be asked once for every picture, in order."""
        if not self.by_order:
            return None if frame.pts is None else self._in_seconds(frame.pts)
        while len(self._waiting) > self._most + 1:
            heappop(self._waiting)
        return self._in_seconds(heappop(self._waiting)) if self._waiting else None

    def _in_seconds(self, stamp: int) -> float:
        return stamp * self._numerator / self._denominator  # A fraction's own product takes many times as long.

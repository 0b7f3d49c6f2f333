"""Sound pictures only: what is damaged, missing or rests on such is left out, and every picture left out is counted.

Damage shows as an error of the decoder, as a transport stream's packet marked corrupt, as H.264 numbers left out, or,
in a transport stream of an older codec, as a hole in its times. Then the decoder begins anew: of H.264 it hands out
nothing until a key picture, or until a recovery point's refresh is through; of others the next key picture is awaited.
Damage that still parses as valid codec data cannot be seen here, nor, in other containers and codecs, a missing packet.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from share_data.video.beside_pictures import silence_messages
from share_data.video.frame_numbers import FrameNumbers
from share_data.video.problem import problem, reason
from share_data.video.stamps import Stamps
from share_data.video.tally import Tally

Stamped = tuple[VideoFrame, float | None]
_WITHOUT_A_SIGN = ("mpeg1video", "mpeg2video", "mpeg4", "vc1")
_REGULAR = 25
"""So many packets must have come in step before a hole in their times is a loss."""
_LATE = 18
"""Packets after the first picture that may still be shown before it; a decoder reorders 16 at most."""


class SoundFrames:
    """One pass over a stream."""

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream, tally: Tally) -> None:
        self._path, self._container, self._stream, self._tally = path, container, stream, tally
        self._codec = stream.codec_context
        self._own_recovery = self._codec.name == "h264"
        self._numbers = FrameNumbers(self._codec.extradata) if self._own_recovery else None
        self._stamps = Stamps(container, stream)
        self._holes = _Holes(container, stream)
        self.nominal = self._stamps.nominal
        # Places of packets sent since the beginning or the latest damage, until a sound picture has come.
        self._waiting: list[int] = []
        self._sound = False
        self._key: int | None = None
        self._hidden_key: int | None = None
        self._floor: int | None = None
        self._late = self._hole = 0
        self._failed: set[int] = set()

    def __iter__(self) -> Iterator[Stamped]:
        """Sound frames in display order, with their stamps in seconds."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, OSError):  # The file is cut off: it ends with what came before.
                yield from self._out(self._attempt(lambda: self._codec.decode(None)) or [])
                self._tally.missed += 1
                break
            if packet is None:
                break
            yield from self._of(packet)
        if self._waiting and self._tally.frames:
            self._tally.missed += len(self._waiting)

    def _of(self, packet: "Packet[VideoStream]") -> Iterator[Stamped]:
        """What a packet gives."""
        if not packet.size:
            if packet.dts is not None:  # It stands for the picture before it, shown on.
                return
            yield from self._out(self._attempt(packet.decode) or [])
            return
        missing = self._missing(packet)
        if missing:
            yield from self._begin_anew()
            self._tally.missed += missing
            self._hole = 0
        place = self._sent(packet)
        frames = None if packet.is_corrupt else self._decoded(packet)
        if frames is None:
            yield from self._failing(packet, place)
            return
        if packet.is_keyframe:
            self._key = place
            self._hidden_key = place if packet.is_discard else self._hidden_key
        yield from self._out(frames)

    def _failing(self, packet: "Packet[VideoStream]", place: int | None) -> Iterator[Stamped]:
        """A packet that gives no sound picture: what else it spoils goes with it."""
        self._stamps.withdraw(packet)
        if self._alone(place, packet):
            return
        if place is not None and place in self._waiting:
            self._waiting.remove(place)
        yield from self._begin_anew()
        self._tally.missed += self._hole
        if place is None:
            self._tally.missed += 1
        elif not packet.is_discard:
            self._waiting.append(place)

    def _missing(self, packet: "Packet[VideoStream]") -> int:
        """How many pictures are missing before this packet, as far as can be told."""
        self._hole = self._holes.before(packet)
        if self._numbers is None:
            return self._hole if self._holes.telling else 0
        skipped = self._numbers.skipped(packet)
        return max(skipped, self._hole) if skipped else 0

    def _sent(self, packet: "Packet[VideoStream]") -> int | None:
        place = self._stamps.sent(packet)
        if place is None or packet.is_discard:
            return place
        if not self._sound:
            self._waiting.append(place)
        elif self._late:
            self._late -= 1
            if self._floor is not None and place < self._floor:
                self._tally.missed += 1
        return place

    def _decoded(self, packet: "Packet[VideoStream]") -> list[VideoFrame] | None:
        frames = self._attempt(packet.decode)
        if frames is None and silence_messages(packet, self._codec.name, self._codec.extradata):
            frames = self._attempt(packet.decode)
        return frames

    def _alone(self, place: int | None, packet: "Packet[VideoStream]") -> bool:
        """Whether a packet that fails harms no other picture; then it is counted here."""
        if place is None:
            return False
        self._failed.add(place)
        if not self._sound:  # Counted with those that come before the first sound picture.
            return self._key is None or place < self._key or self._harmless()
        if self._floor is not None and self._late and place < self._floor:
            return True
        if self._harmless():
            self._tally.missed += not packet.is_discard
            return True
        return False

    def _harmless(self) -> bool:
        return self._numbers is not None and not self._numbers.reference

    def _begin_anew(self) -> Iterator[Stamped]:
        """Hand out what was decoded before the damage, and let the decoder forget it."""
        yield from self._out(self._attempt(lambda: self._codec.decode(None)) or [])
        self._codec.flush_buffers()
        self._stamps.forget()
        if self._numbers is not None:
            self._numbers.forget()
        self._tally.missed += len(self._waiting)
        self._waiting, self._sound = [], False
        self._key = self._hidden_key = self._floor = None
        self._failed.clear()

    def _out(self, frames: list[VideoFrame]) -> Iterator[Stamped]:
        for frame in frames:
            place = self._stamps.place(frame)
            if place in self._failed or frame.is_corrupt:
                self._tally.missed += self._sound and place not in self._failed
                continue
            if not self._sound and not self._resume(frame, place):
                continue
            yield frame, self._stamps.seconds(frame)

    def _resume(self, frame: VideoFrame, place: int | None) -> bool:
        """Whether a picture is the first sound one; what should have come before it is counted."""
        hidden = self._hidden_key is not None and place is not None and place >= self._hidden_key
        if not (self._own_recovery or frame.key_frame or hidden):
            return False
        before = [] if place is None else [other for other in self._waiting if other < place]
        self._tally.missed += len(before)
        self._stamps.without(len(set(before) - self._failed))
        self._waiting, self._sound, self._floor, self._late = [], True, place, _LATE
        return True

    def _attempt(self, decoding: Callable[[], list[VideoFrame]]) -> list[VideoFrame] | None:
        try:
            return decoding()
        except (av.error.DecoderNotFoundError, av.error.NotImplementedError, av.error.PatchWelcomeError) as error:
            cause = f"no decoder here for its codec ({reason(error)})"
            raise problem(self._path, cause, "Convert it to H.264.") from error
        except av.error.FFmpegError:
            return None


class _Holes:
    """How many pictures would fit between packets.

    telling: whether that many are lost. A transport stream's pictures come regularly, and of its older codecs nothing
    else tells of a loss; H.264 has numbers, and decoders of later ones miss what is referred to.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        rate = stream.guessed_rate or stream.average_rate
        self._step = float(1 / rate / stream.time_base) if rate and stream.time_base else 0.0
        self._told = container.format.name in ("mpegts", "mpeg") and stream.codec_context.name in _WITHOUT_A_SIGN
        self._previous: int | None = None
        self._regular = 0
        self.telling = False

    def before(self, packet: "Packet[VideoStream]") -> int:
        """Pictures that fit between the packet before and this one."""
        now = packet.pts if packet.dts is None else packet.dts
        before, self._previous = self._previous, now
        if now is None or before is None or not self._step or now - before <= 1.75 * self._step:
            self._regular += 1
            return 0
        self.telling = self._told and self._regular >= _REGULAR
        self._regular = 0
        return round((now - before) / self._step) - 1

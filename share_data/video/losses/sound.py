"""Sound pictures only: what is damaged, missing or rests on such is left out, and every picture left out is counted.

Damage shows as an error of the decoder or its mark on a picture, as a transport stream's packet marked corrupt, as
H.264 numbers left out, or, in a transport stream of an older codec, as a hole in its times. Then the decoder begins
anew: of H.264 it hands out nothing until a key picture, or until a recovery point's refresh is through; of others the
next key picture is awaited.

Not to be seen here: damage that still parses as valid codec data; packets of VP8, VP9 or MPEG-4 that are missing where
a hole in the times may as well be a variable rate, which is outside transport streams; a missing slice of HEVC. Of AV1
one picture behind a loss, and of H.264 the reordered ones shown before a picture that lacks a slice, have gone out when
it shows.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from share_data.video.losses.beside_pictures import silence_messages
from share_data.video.losses.decoder_words import harms_no_picture, listening
from share_data.video.losses.due import Due
from share_data.video.losses.frame_numbers import FrameNumbers
from share_data.video.problem import problem, reason
from share_data.video.stamps import Stamps
from share_data.video.tally import Tally

Stamped = tuple[VideoFrame, float | None]
_ONE_EACH = ("h264", "hevc")
_WITHOUT_A_SIGN = ("mpeg1video", "mpeg2video", "mpeg4", "vc1")
_REGULAR = 25
"""So many packets must have come in step before a hole in their times is a loss."""


class SoundFrames:
    """One pass over a stream."""

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream, tally: Tally) -> None:
        self._path, self._container, self._stream, self._tally = path, container, stream, tally
        self._codec = stream.codec_context
        self._own_recovery = self._codec.name == "h264"
        self._numbers = FrameNumbers(self._codec.extradata) if self._own_recovery else None
        self._stamps = Stamps(container, stream)
        self._holes = _Holes(container, stream)
        # One packet, one picture, and each has its time: those that have not come yet are known by it.
        self._one_each = self._codec.name in _ONE_EACH and not self._stamps.by_order
        self._due = Due(tally, self._one_each, 0.0 if self._stamps.by_order else _step(stream))
        self._keys = 0
        self._key: int | None = None
        self._hidden_key: int | None = None
        self._failed: set[int | None] = set()
        self._spoilt = False

    def __iter__(self) -> Iterator[Stamped]:
        """Sound frames in display order, with their stamps in seconds."""
        with listening():
            yield from self._all()

    def _all(self) -> Iterator[Stamped]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, OSError):  # The file is cut off: it ends with what came before.
                yield from self._drained()
                self._tally.missed += 1
                break
            if packet is None:
                break
            if packet.size:
                yield from self._of(packet)
            elif packet.dts is None:  # The end; elsewhere nothing says that the picture before is shown on.
                yield from self._drained()
        if self._tally.frames:
            self._due.end()

    def _of(self, packet: "Packet[VideoStream]") -> Iterator[Stamped]:
        """What a packet gives."""
        missing = self._holes.before(packet) if self._numbers is None else self._numbers.skipped(packet)
        place = self._sent(packet)
        frames = self._decoded(packet)
        if frames is not None and missing:
            # Its own picture may rest on what is missing; to the decoder begun anew it may be a place to recover from.
            yield from self._out([frame for frame in frames if self._stamps.place(frame) != place])
            self._failed.add(place)
            yield from self._begin_anew(place)
            self._tally.missed += missing
            place = self._sent(packet)
            frames = self._decoded(packet)
        if frames is None:
            yield from self._failing(packet, place)
            return
        if self._numbers is not None:
            self._numbers.accept()
        if packet.is_keyframe:
            self._keys += 1
            self._key = place
            if (
                packet.is_discard and self._hidden_key is None
            ):  # What follows the first one is sound, to the next and on.
                self._hidden_key = place
        yield from self._out(frames)
        if self._spoilt:  # What has been decoded since may rest on the spoilt picture: none of it is handed out.
            yield from self._begin_anew(None)
            self._spoilt = False

    def _sent(self, packet: "Packet[VideoStream]") -> int | None:
        place = self._stamps.sent(packet)
        second = self._numbers is not None and self._numbers.second_field
        if place is not None and not packet.is_discard and not second:
            self._due.add(place)
        return place

    def _decoded(self, packet: "Packet[VideoStream]") -> list[VideoFrame] | None:
        """The pictures that a packet brings forth; None where it is damaged."""
        if packet.is_corrupt:
            return None
        frames = self._attempt(packet.decode)
        if frames is None and silence_messages(packet, self._codec.name, self._codec.extradata):
            frames = self._attempt(packet.decode)
        return frames

    def _failing(self, packet: "Packet[VideoStream]", place: int | None) -> Iterator[Stamped]:
        """A damaged packet: what else it spoils goes with it."""
        self._stamps.withdraw(packet)
        self._failed.add(place)
        harmless = self._numbers is not None and not self._numbers.reference
        if self._numbers is not None and not harmless:
            self._numbers.forget()
        leading = not self._due.sound and (self._key is None or place is None or place < self._key)
        if leading:  # It is counted once the first sound picture has come.
            return
        if harmless:
            self._tally.missed += not (packet.is_discard or self._one_each) and self._due.sound
            return
        yield from self._begin_anew(place)
        self._failed.add(place)
        if place is None:
            self._tally.missed += 1
        elif not packet.is_discard:
            self._due.add(place)

    def _begin_anew(self, place: int | None) -> Iterator[Stamped]:
        """Hand out what was decoded before the packet of this place, and let the decoder forget it."""
        self._due.remove(place)
        yield from self._drained()
        self._codec.flush_buffers()
        self._stamps.forget()
        if self._numbers is not None:
            self._numbers.forget()
        self._due.give_up()
        self._keys, self._key, self._hidden_key = 0, None, None
        self._failed.clear()

    def _drained(self) -> Iterator[Stamped]:
        return self._out(self._attempt(lambda: self._codec.decode(None)) or [])

    def _out(self, frames: list[VideoFrame]) -> Iterator[Stamped]:
        for frame in frames:
            place = self._stamps.place(frame)
            if place in self._failed and place is not None:
                continue
            self._spoilt |= frame.is_corrupt and self._due.sound
            if frame.is_corrupt or self._spoilt:
                self._tally.missed += self._due.sound and not self._one_each
                continue
            if not self._due.sound:
                if not self._resumes(frame, place):
                    continue
                self._stamps.without(len(set(self._due.before(place or 0)) - self._failed))
            self._due.came(place)
            yield frame, self._stamps.seconds(frame)

    def _resumes(self, frame: VideoFrame, place: int | None) -> bool:
        """Whether a picture is the first sound one since the beginning or the latest damage."""
        hidden = self._hidden_key is not None and place is not None and place >= self._hidden_key
        return self._own_recovery or frame.key_frame or hidden

    def _attempt(self, decoding: Callable[[], list[VideoFrame]]) -> list[VideoFrame] | None:
        try:
            return decoding()
        except (av.error.DecoderNotFoundError, av.error.NotImplementedError, av.error.PatchWelcomeError) as error:
            if self._tally.frames:  # It can decode this: a flipped bit asks for what nobody makes.
                return None
            cause = f"no decoder here for its codec ({reason(error)})"
            raise problem(self._path, cause, "Convert it to H.264.") from error
        except av.error.FFmpegError as error:
            # What came before the beginning is asked after until the next key picture.
            return [] if self._keys == 1 and harms_no_picture(error) else None


class _Holes:
    """How many pictures are missing between packets, for the older codecs in transport streams.

    There pictures come regularly, and nothing else tells of a loss. H.264 has numbers, and decoders of later codecs
    miss what is referred to.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        told = container.format.name in ("mpegts", "mpeg") and stream.codec_context.name in _WITHOUT_A_SIGN
        self._step = _step(stream) if told else 0.0
        self._previous: int | None = None
        self._regular = 0

    def before(self, packet: "Packet[VideoStream]") -> int:
        """Pictures that are missing between the packet before and this one."""
        now = packet.pts if packet.dts is None else packet.dts
        before, self._previous = self._previous, now
        if now is None or before is None or not self._step or now - before <= 1.75 * self._step:
            self._regular += 1
            return 0
        regular, self._regular = self._regular >= _REGULAR, 0
        return round((now - before) / self._step) - 1 if regular else 0


def _step(stream: VideoStream) -> float:
    """Ticks from one picture to the next at the nominal rate, 0 where there is none."""
    rate = stream.guessed_rate or stream.average_rate
    return float(1 / rate / stream.time_base) if rate and stream.time_base else 0.0

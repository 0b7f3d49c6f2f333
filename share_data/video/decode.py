"""From a media file to single decoded frames (PyAV): opening, choosing the stream, clock repair, damage, RGB.

One decoder and one conversion thread, so that frames do not depend on the number of cores. Nothing a container's header
claims about counts, durations or rates is believed.
"""

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from share_data.errors import VideoError
from share_data.footage import PLAIN, Footage, Span

Image = NDArray[np.uint8]

MIN_SIDE, MAX_SIDE = 64, 8192
# Only self-contained media files: playlists (hls, dash, concat) and devices let a file name other files and hosts.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,mxf,flv,asf,ogg,nut,ivf,h264,hevc,m4v,dv,gif,"
    "yuv4mpegpipe"
)


def problem(path: Path, cause: str, remedy: str) -> VideoError:
    """The one shape of a video's error: the file's name (never its folder), the cause, the remedy."""
    return VideoError(f"{path.name}: {cause}. {remedy}")


@dataclass(frozen=True, slots=True)
class Decoded:
    """One decoded frame, not yet RGB. time: seconds; aspect: width / height of one stored pixel."""

    time: float
    frame: VideoFrame
    aspect: Fraction

    @property
    def rotation(self) -> int:
        """Degrees counter-clockwise, a multiple of 90 in [0, 270], that make the stored image upright."""
        return round(self.frame.rotation / 90) % 4 * 90

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the upright image with square pixels."""
        width, height = max(1, round(self.frame.width * self.aspect)), self.frame.height
        return (height, width) if self.rotation % 180 else (width, height)

    def rgb(self) -> Image:
        """(height, width, 3) uint8 RGB, C-contiguous, upright, square pixels."""
        image: Any = self.frame.to_ndarray(format="rgb24", threads=1)
        width = max(1, round(self.frame.width * self.aspect))
        if width != self.frame.width:
            image = cv2.resize(image, (width, self.frame.height), interpolation=cv2.INTER_LINEAR)
        return np.ascontiguousarray(np.rot90(image, self.rotation // 90))


@dataclass(slots=True)
class Tally:
    """What a pass over a video has met so far.

    frames: delivered; pictures: what they are, less losses; spans: where frames were lost; missed: lost since the
    latest frame.
    """

    codec: str = ""
    frames: int = 0
    pictures: Footage = PLAIN
    spans: list[Span] = field(default_factory=list)
    missed: int = 0

    @property
    def lost(self) -> int:
        """Frames left out so far."""
        return self.missed + sum(span.frames for span in self.spans)

    @property
    def footage(self) -> Footage:
        """What the pictures are, with all losses so far."""
        return self.pictures.losing(self.spans)

    def came(self, before: float, now: float) -> None:
        """A frame has come at `now` seconds after one at `before`: what was missed lies between the two."""
        if self.missed:
            self.spans.append(Span(before, now, self.missed))
            self.missed = 0


@dataclass(slots=True)
class Clock:
    """Turns a stream's timestamps into strictly increasing seconds.

    True timestamps pass unchanged. A missing one is the previous plus a nominal frame. A repeated or slightly early one
    (by at most a nominal frame) is the previous plus half a frame, so that the next true one still fits. A larger step
    back (files joined end to end) continues one frame after the previous.
    """

    nominal: float
    previous: float | None = None
    offset: float = 0.0

    def tick(self, stamp: float | None) -> float:
        """Seconds of the next frame; `stamp`: its own timestamp in seconds, None where it has none."""
        own = None if stamp is None else stamp + self.offset
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


def decode(path: Path, tally: Tally) -> Generator[Decoded, None, None]:
    """Every frame that decodes, in display order; damaged packets and frames are left out and counted in `tally`.

    How many may be lost is for the caller to judge. Raises VideoError: at once for a file that is not a video, on the
    way when the frames change size, and at the end when no frame decodes.
    """
    with open_container(path) as container:
        stream = video_stream(path, container)
        tally.codec = stream.codec_context.codec.name
        clock = Clock(_nominal(stream))
        size: tuple[int, int] | None = None
        for frame in sound_frames(path, container, stream, tally):
            stamp = None if frame.pts is None else float(frame.pts * (frame.time_base or stream.time_base or 0))
            before = clock.previous
            decoded = Decoded(clock.tick(stamp), frame, stream.sample_aspect_ratio or Fraction(1))
            tally.came(min(before or 0.0, decoded.time), decoded.time)
            size = _same_size(path, decoded.size, size)
            tally.frames += 1
            yield decoded
        tally.came(clock.previous or 0.0, clock.previous or 0.0)
    if tally.frames == 0:
        raise problem(path, "no frame of its video stream decodes", "Re-encode or download it again.")


def open_container(path: Path) -> InputContainer:
    """A media file that names no other files and hosts. Raises VideoError."""
    if not path.exists():
        raise problem(path, "no such file", "Check the path, or fetch the video again.")
    if not path.is_file():
        raise problem(path, "is not a regular file", "Name a video file; a folder belongs in `root` of a local source.")
    if not os.access(path, os.R_OK):
        raise problem(path, "may not be read (permission denied)", "Give this user read permission.")
    if path.stat().st_size == 0:
        raise problem(path, "is empty (0 bytes)", "Copy or download it again.")
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        return av.open(str(path.absolute()), mode="r", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        cause = f"is not a readable video ({_reason(error)}): unknown format, or cut off before its index"
        raise problem(path, cause, "Convert it to MP4, MKV, WebM or AVI, or download it again.") from error


def video_stream(path: Path, container: InputContainer) -> VideoStream:
    """The largest moving picture, set to be decoded on one thread, with damage told. Raises VideoError."""
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        raise problem(path, "has no video stream (audio or cover picture only)", "Give a file with moving pictures.")
    stream = max(streams, key=lambda s: (s.width * s.height, -s.index))
    if stream.codec_context is None:
        raise problem(path, "its codec is unknown to this FFmpeg", "Convert it to H.264.")
    stream.codec_context.thread_count = 1
    # Without this the decoder paints over damage and hands the smeared frames out as good ones.
    stream.codec_context.options = {"err_detect": "explode"}
    return stream


def sound_frames(path: Path, container: InputContainer, stream: VideoStream, tally: Tally) -> Iterator[VideoFrame]:
    """Sound frames in display order. After damage everything up to the next keyframe is smeared, so it is left out.

    Damage that still parses as valid codec data cannot be seen here.
    """
    sound = True
    for frames in _batches(path, container, stream):
        if frames is None:
            tally.missed += 1
            sound = False
        for frame in frames or ():
            sound = not frame.is_corrupt and (sound or frame.key_frame)
            if sound:
                yield frame
            else:
                tally.missed += 1


def _batches(path: Path, container: InputContainer, stream: VideoStream) -> Iterator[list[VideoFrame] | None]:
    """What each packet decodes to, None for a damaged packet; a file that is cut off ends with what came before."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.error.FFmpegError, OSError):
            yield _attempt(path, lambda: stream.decode(None))
            yield None
            return
        if packet is None:
            return
        yield _attempt(path, packet.decode)


def _attempt(path: Path, decoding: Callable[[], list[VideoFrame]]) -> list[VideoFrame] | None:
    try:
        return decoding()
    except (av.error.DecoderNotFoundError, av.error.NotImplementedError, av.error.PatchWelcomeError) as error:
        raise problem(path, f"no decoder here for its codec ({_reason(error)})", "Convert it to H.264.") from error
    except av.error.FFmpegError:
        return None


def _nominal(stream: VideoStream) -> float:
    """Seconds a frame lasts where a timestamp is missing: only repairs, 1/30 s where the header is silent."""
    rate = stream.guessed_rate or stream.average_rate
    return float(1 / rate) if rate and 1 <= rate <= 1000 else 1 / 30


def _same_size(path: Path, size: tuple[int, int], first: tuple[int, int] | None) -> tuple[int, int]:
    if first is None:
        if min(size) < MIN_SIDE or max(size) > MAX_SIDE:
            cause = f"is {size[0]} x {size[1]} pixels; sides must lie between {MIN_SIDE} and {MAX_SIDE}"
            raise problem(path, cause, "Scale the video first.")
    elif size != first:
        cause = f"changes from {first[0]} x {first[1]} to {size[0]} x {size[1]} pixels on the way"
        raise problem(path, cause, "Split it where the size changes, or re-encode it at one size.")
    return size


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__

"""One picture out of the middle of a video, without decoding all that comes before it."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from share_data.video.decode import MAX_SIDE, Decoded, Image, open_container, video_stream
from share_data.video.problem import problem
from share_data.video.sound import SoundFrames, Stamped
from share_data.video.tally import Tally


def middle_picture(path: Path) -> Image:
    """(H, W, 3) uint8 RGB, upright, with square pixels: the first sound frame after half of the claimed length.

    For uses that ask for no frame number: a seek is inexact, and a header may claim anything. It is the same picture
    each time all the same. Where the length is not claimed, or the file ends before its half, it is the first frame
    that is sound, or the last one. Raises VideoError when none is.
    """
    with open_container(path) as container:
        stream = video_stream(path, container)
        half = _seek_half(container, stream)
        frame = _first_from(half, SoundFrames(path, container, stream, Tally()))
        if frame is None:
            raise problem(path, "no frame from its middle on decodes", "Re-encode or download it again.")
        decoded = Decoded(0.0, frame, stream.sample_aspect_ratio or Fraction(1))
        if max(decoded.size) > MAX_SIDE:
            raise problem(path, f"is larger than {MAX_SIDE} pixels", "Scale the video first.")
        return decoded.rgb()


def _seek_half(container: InputContainer, stream: VideoStream) -> int | None:
    """Go to the keyframe before half of the length; returns that half, in the stream's time base, if there is one."""
    length = stream.duration
    if length is None and container.duration is not None and stream.time_base:
        length = int(container.duration / (av.time_base * stream.time_base))
    if not length or length < 0:
        return None
    half = (stream.start_time or 0) + length // 2
    try:
        container.seek(half, stream=stream)
    except (av.error.FFmpegError, OSError):
        return None
    return half


def _first_from(half: int | None, frames: Iterable[Stamped]) -> VideoFrame | None:
    """The first frame that is not before `half`, else the last."""
    found = None
    for frame, _ in frames:
        found = frame
        if half is None or frame.pts is None or frame.pts >= half:
            break
    return found

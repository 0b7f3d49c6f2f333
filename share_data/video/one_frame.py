"""One picture out of the middle of a video, without decoding all that comes before it."""

from collections.abc import Iterable
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from share_data.video.decode import MAX_SIDE, open_container, video_stream
from share_data.video.display import DisplayReader
from share_data.video.interlaced import deinterlaced
from share_data.video.losses.sound import SoundFrames
from share_data.video.picture import Decoded, Framing, Image
from share_data.video.problem import problem
from share_data.video.tally import Tally


def middle_picture(path: Path, track: int | None = None) -> Image:
    """(H, W, 3) uint8 RGB, upright, with square pixels: the first sound frame after half of the claimed length.

    For uses that ask for no frame number: a seek is inexact, and a header may claim anything. It is the same picture
    each time all the same. Where the length is not claimed, or the file ends before its half, it is the first frame
    that is sound, or the last one. track: the video track, see `choose_track`. Raises VideoError when none is.
    """
    with open_container(path) as container:
        stream, _ = video_stream(path, container, track)
        half = _seek_half(container, stream)
        framing, displays = Framing.of(path, stream), DisplayReader()
        frames = SoundFrames(path, container, stream, Tally())
        pictures = (Decoded(0.0, frame, framing, displays.of(frame)) for frame, _ in frames)
        decoded = _first_from(half, deinterlaced(pictures))
        if decoded is None:
            raise problem(path, "no frame from its middle on decodes", "Re-encode or download it again.")
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


def _first_from(half: int | None, pictures: Iterable[Decoded]) -> Decoded | None:
    """The first that is not before `half`, else the last."""
    found = None
    for found in pictures:
        if half is None or found.frame.pts is None or found.frame.pts >= half:
            break
    return found

"""From a media file to single decoded frames (PyAV): opening, choosing the stream, clock repair, damage, RGB.

One decoder and one conversion thread, so that frames do not depend on the number of cores. Nothing a container's header
claims about counts, durations or rates is believed.
"""

import os
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from share_data.video.describing import described, ended, met_interlaced
from share_data.video.display import DisplayReader
from share_data.video.interlaced import deinterlaced
from share_data.video.losses.sound import SoundFrames
from share_data.video.picture import Decoded, Framing
from share_data.video.problem import problem, reason
from share_data.video.stamps import Clock
from share_data.video.tally import Tally
from share_data.video.tracks import choose_track

MIN_SIDE, MAX_SIDE = 64, 8192
# Only self-contained media files: playlists (hls, dash, concat) and devices let a file name other files and hosts.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,mxf,flv,asf,ogg,nut,ivf,h264,hevc,m4v,dv,gif,"
    "yuv4mpegpipe"
)


def decode(
    path: Path, tally: Tally, track: int | None = None, begin: float | None = None
) -> Generator[Decoded, None, None]:
    """Every frame that decodes, in display order, deinterlaced; damaged ones are left out and counted in `tally`.

    track: the video track to take, see `choose_track`; begin: seconds to seek to first, which is inexact: it is for the
    caller to find out which frame came first, see `frames_from`. How many frames may be lost is for the caller to
    judge. Raises VideoError: at once for a file that is not a video, on the way when the frames change size, and at the
    end when no frame decodes.
    """
    yield from deinterlaced(_decoded(path, tally, track, begin))


def _decoded(path: Path, tally: Tally, track: int | None, begin: float | None) -> Iterator[Decoded]:
    """The frames as they are stored."""
    with open_container(path) as container:
        stream, words = video_stream(path, container, track)
        tally.codec = stream.codec_context.codec.name
        clock, framing, displays = Clock(_nominal(stream)), Framing.of(path, stream), DisplayReader()
        size: tuple[int, int] | None = None
        frames = SoundFrames(path, container, stream, tally)
        if begin is not None:
            _seek(path, container, stream, begin)
        for frame, stamp in frames:
            before = clock.previous
            decoded = Decoded(clock.tick(stamp), frame, framing, displays.of(frame))
            tally.came(min(before or 0.0, decoded.time), decoded.time)
            if size is None:
                tally.pictures = described(tally.pictures, decoded, words)
            if frame.interlaced_frame:
                tally.pictures = met_interlaced(tally.pictures)
            size = _same_size(path, decoded.size, size)
            tally.frames += 1
            yield decoded
        tally.came(clock.previous or 0.0, clock.previous or 0.0)
        if clock.guessed * 2 > tally.frames:
            tally.pictures = replace(tally.pictures, times="nominal")
        tally.pictures = ended(tally.pictures, stream.codec_context.field_order)
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
        cause = f"is not a readable video ({reason(error)}): unknown format, or cut off before its index"
        raise problem(path, cause, "Convert it to MP4, MKV, WebM or AVI, or download it again.") from error


def video_stream(path: Path, container: InputContainer, track: int | None = None) -> tuple[VideoStream, str]:
    """The film among the video tracks, to be decoded on one thread with damage told, and which among which in words.

    Raises VideoError.
    """
    stream, words = choose_track(path, container, track)
    if stream.codec_context is None:
        raise problem(path, "its codec is unknown to this FFmpeg", "Convert it to H.264.")
    stream.codec_context.thread_count = 1
    # Without this the decoder paints over damage and hands the smeared frames out as good ones.
    stream.codec_context.options = {"err_detect": "explode"}
    return stream, words


def _seek(path: Path, container: InputContainer, stream: VideoStream, seconds: float) -> None:
    """Go to a key frame at these seconds or before. Raises VideoError where the container cannot."""
    try:
        container.seek(int(seconds / stream.time_base) if stream.time_base else 0, stream=stream)
    except (av.error.FFmpegError, OSError, OverflowError) as error:
        raise problem(path, f"has no way to its middle ({reason(error)})", "Re-encode it.") from error


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

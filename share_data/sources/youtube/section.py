"""A time range of a video without the rest of it: the packets that hold it, copied into an MP4 of their own.

yt-dlp hands time ranges to an `ffmpeg` program, which need not be installed and cannot resume. PyAV brings FFmpeg's
libraries: they find the range by the file's index, and read no more than it through `RemoteFile`.
"""

import heapq
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer, OutputContainer

from share_data.sources.youtube.edit_list import end_showing
from share_data.sources.youtube.errors import BadMediaError
from share_data.sources.youtube.remote_file import RemoteFile
from share_data.sources.youtube.targets import seconds

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

    VideoPacket = Packet[VideoStream]
    Floored = tuple[VideoPacket, float]
    """A packet, and a time that all later ones are shown after."""

VERSION = 2
"""Raise it when other frames or times come out for the same range of the same file."""
# No picture is shown after more than so many that are decoded later.
_REORDERED = 16
_IN_ORDER = ("av1", "vp8", "vp9")
_WITHOUT_DTS = "matroska,"
_INDEXED = ("mov,", _WITHOUT_DTS)


@dataclass(frozen=True, slots=True)
class _Range:
    """Presentation times [start, end) in ticks of a stream, end None: to its end; tick: seconds."""

    start: int
    end: int | None
    tick: Fraction

    def before_end(self, pts: int) -> bool:
        return self.end is None or pts < self.end


def cut(source: Path | RemoteFile, target: Path, start_ms: int, end_ms: int | None) -> None:
    """Copy the frames of a video's picture with times in [start_ms, end_ms) into an MP4, without re-encoding.

    Times count from the video's first frame on, those of the MP4 from its own. Pictures outside the range that others
    refer to are copied, and hidden by the MP4's edit list. Raises BadMediaError when nothing lies in the range, for
    what is no self-contained media file, and for one that does not say when its pictures are shown.
    """
    from share_data.video.decode import FORMATS

    # What came from the site must not name other files of this machine.
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        with av.open(source if isinstance(source, RemoteFile) else str(source), "r", options=options) as container:
            stream = container.streams.video[0]
            wanted = _wanted(stream, start_ms, end_ms)
            # The edit list counts in the movie's time scale: in the stream's own, no frame falls on a rounded edge.
            written = {"fflags": "+bitexact", "movie_timescale": str(wanted.tick.denominator)}
            with av.open(str(target), "w", format="mp4", container_options=written) as output:
                shown = _copy(_packets(container, stream, source, wanted.start), output, wanted)
    except (av.error.FFmpegError, IndexError) as error:
        raise BadMediaError(f"its time range cannot be cut out ({error})") from error
    if shown is None:
        until = "its end" if end_ms is None else f"{seconds(end_ms)} s"
        raise BadMediaError(f"no frame between {seconds(start_ms)} s and {until}")
    end_showing(target, shown * wanted.tick.numerator)


def _wanted(stream: "VideoStream", start_ms: int, end_ms: int | None) -> _Range:
    tick, first = stream.time_base or Fraction(1, 1000), stream.start_time or 0
    end = None if end_ms is None else first + math.ceil(Fraction(end_ms, 1000) / tick)
    return _Range(first + math.ceil(Fraction(start_ms, 1000) / tick), end, tick)


def _copy(packets: "Iterator[VideoPacket]", output: OutputContainer, wanted: _Range) -> int | None:
    """Copies the packets; returns the ticks from the first frame shown to the end of the last, None where none is."""
    head = next(packets, None)
    if head is None:
        return None
    copy = output.add_stream_from_template(head.stream, opaque=True)
    depth = 0 if head.stream.codec_context.codec.canonical_name in _IN_ORDER else _REORDERED
    lead, rest = _from_keyframe(_with_floor(chain((head,), packets), depth), wanted.start)
    first = min((p.pts for p, _ in lead if p.pts is not None and p.pts >= wanted.start), default=None)
    if first is None or not wanted.before_end(first):
        return None
    end = first
    for packet, dts in _with_dts(_until(chain(lead, rest), wanted), depth):
        pts = packet.pts or 0
        if pts >= first and wanted.before_end(pts) and not packet.is_discard:
            until = pts + max(packet.duration or 0, 1)
            end = max(end, until if wanted.end is None else min(until, wanted.end))
        packet.pts, packet.dts = pts - first, dts - first
        packet.stream = copy
        output.mux(packet)
    return end - first


def _packets(
    container: InputContainer, stream: "VideoStream", source: Path | RemoteFile, start: int
) -> "Iterator[VideoPacket]":
    """Packets from a keyframe shown at or before `start` on, found by the index of a remote file that has one.

    Its index may go by decoding times, and point at a keyframe that is shown later.
    """
    if not isinstance(source, RemoteFile) or not container.format.name.startswith(_INDEXED):
        return _timed(container.demux(stream))
    place = start
    while True:
        container.seek(place, stream=stream)
        packets = _timed(container.demux(stream))
        head = next(packets, None)
        if head is None:
            return iter(())
        pts = head.pts or 0
        if pts <= start or place <= (stream.start_time or 0):
            return chain((head,), packets)
        place = min(place, pts, pts if head.dts is None else head.dts) - 1


def _timed(packets: "Iterable[VideoPacket]") -> "Iterator[VideoPacket]":
    for packet in packets:
        if packet.pts is not None:
            yield packet
        elif packet.size:
            raise BadMediaError("it does not say when its pictures are shown, so that no range of it can be cut out")


def _with_floor(packets: "Iterable[VideoPacket]", depth: int) -> "Iterator[Floored]":
    """MKV stores no decoding times: there FFmpeg guesses them, and the order of what has been seen tells as much."""
    waiting: list[int] = []
    for packet in packets:
        heapq.heappush(waiting, packet.pts or 0)
        floor = heapq.heappop(waiting) if len(waiting) > depth else -math.inf
        guessed = packet.dts is None or packet.stream.container.format.name.startswith(_WITHOUT_DTS)
        yield packet, floor if guessed else max(floor, packet.dts or 0)


def _from_keyframe(packets: "Iterator[Floored]", start: int) -> "tuple[list[Floored], Iterator[Floored]]":
    """The packets from the last keyframe shown at or before `start` on: those until all up to the start are there, and
    the rest.

    Pictures that follow a keyframe and are shown before it may refer to what is not copied (an open GOP): they go.
    """
    lead: list[Floored] = []
    for packet, floor in packets:
        if packet.is_keyframe and (packet.pts or 0) <= start:
            lead.clear()
        lead.append((packet, floor))
        if floor >= start:
            break
    first = lead[0][0].pts or 0 if lead else 0
    return [each for each in lead if (each[0].pts or 0) >= first], (
        each for each in packets if (each[0].pts or 0) >= first
    )


def _until(packets: "Iterator[Floored]", wanted: _Range) -> "Iterator[VideoPacket]":
    """The packets up to the last one shown before the end; what is shown later is kept where it is decoded before."""
    later: list[VideoPacket] = []
    for packet, floor in packets:
        later.append(packet)
        if wanted.before_end(packet.pts or 0):
            yield from later
            later.clear()
        if wanted.end is not None and floor >= wanted.end - 1:
            return


def _with_dts(packets: "Iterator[VideoPacket]", depth: int) -> "Iterator[tuple[VideoPacket, int]]":
    """Each packet, and its decoding time: increasing, never after the time it is shown.

    packets: none is shown before the first.
    """
    waiting: list[int] = []
    for number, packet in enumerate(packets):
        pts = packet.pts or 0
        heapq.heappush(waiting, pts)
        if number == 0:
            frame = max(packet.duration or 0, 1)
            dts = pts - (depth + 1) * frame
        dts = dts + frame if number < depth else max(dts + 1, heapq.heappop(waiting))
        yield packet, dts

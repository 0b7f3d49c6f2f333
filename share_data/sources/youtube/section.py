"""A time range of a remote video without the rest of it: the blocks that hold it, copied into an MP4 of their own.

yt-dlp hands time ranges to an `ffmpeg` program, which need not be installed and cannot resume. PyAV brings FFmpeg's
libraries: they find the range by the file's index, and read no more than it through `RemoteFile`.
"""

import io
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer, OutputContainer

from share_data.sources.youtube.errors import BadMediaError
from share_data.sources.youtube.targets import seconds
from share_data.store.atomic import atomic_write

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

    VideoPacket = Packet[VideoStream]

BLOCK = 1 << 20


class RemoteFile(io.RawIOBase):
    """A remote file to read and seek in. Blocks that have been read stay in `folder`, also for the next process.

    Reading raises what `fetch` raises, and BadMediaError when the file's length changes.
    fetch: (first byte, end) to (those bytes, fewer at the file's end; the file's length); block: bytes.
    """

    def __init__(self, folder: Path, fetch: Callable[[int, int], tuple[bytes, int]], block: int = BLOCK) -> None:
        self._folder = folder
        self._fetch = fetch
        self._block = block
        self._length: int | None = None
        self._place = 0
        self._current: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As every file."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: 0}[whence]
        self._place = offset + (self._size() if whence == os.SEEK_END else origin)
        return self._place

    def tell(self) -> int:
        """As every file."""
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Up to the end of the block at hand, as a read of a file may return less than was asked for."""
        if self._place >= self._size():
            return b""
        number, first = divmod(self._place, self._block)
        data = self._read_block(number)[first:]
        data = data if size < 0 else data[:size]
        self._place += len(data)
        return data

    def _read_block(self, number: int) -> bytes:
        if self._current[0] != number:
            path = self._folder / f"{number:07d}-{self._size()}"
            if not path.exists():
                data, length = self._fetch(number * self._block, (number + 1) * self._block)
                if length != self._size():
                    raise BadMediaError(f"it changed while it was read: {length} bytes, not {self._size()}")
                atomic_write(path, data)
            self._current = (number, path.read_bytes())
        return self._current[1]

    def _size(self) -> int:
        if self._length is None:
            kept = sorted(self._folder.glob("0000000-*"))
            if kept:
                self._length = int(kept[0].name.partition("-")[2])
            else:
                data, self._length = self._fetch(0, self._block)
                atomic_write(self._folder / f"0000000-{self._length}", data)
        return self._length


def cut(source: Path | RemoteFile, target: Path, start_ms: int, end_ms: int | None) -> None:
    """Copy the packets of a video's picture from `start_ms` to `end_ms` into an MP4, without re-encoding.

    Times count from the video's first frame on. Packets before the start that later ones refer to are kept, and hidden
    by the MP4's edit list: the first frame shown is the first at or after the start, and the start is time 0. The copy
    stops before the first packet at or after the end; where the codec reorders frames, the last few before the end may
    be missing. Raises BadMediaError when nothing lies between, and for what is no self-contained media file.
    """
    from share_data.video.decode import FORMATS

    start, end = Fraction(start_ms, 1000), None if end_ms is None else Fraction(end_ms, 1000)
    remote = isinstance(source, RemoteFile)
    # What came from the site must not name other files of this machine.
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        with (
            av.open(source if isinstance(source, RemoteFile) else str(source), "r", options=options) as container,
            av.open(str(target), "w", format="mp4", container_options={"fflags": "+bitexact"}) as output,
        ):
            shown = _copy(container, output, start, end, remote)
    except (av.error.FFmpegError, IndexError) as error:
        raise BadMediaError(f"its time range cannot be cut out ({error})") from error
    if not shown:
        until = "its end" if end_ms is None else f"{seconds(end_ms)} s"
        raise BadMediaError(f"no frame between {seconds(start_ms)} s and {until}")


def _copy(container: InputContainer, output: OutputContainer, start: Fraction, end: Fraction | None, seek: bool) -> int:
    """Copies the packets; returns how many frames will be shown. start, end: seconds.

    seek: look the start up in the file's index, which files that come in segments have none of.
    """
    stream = container.streams.video[0]
    copy = output.add_stream_from_template(stream, opaque=True)
    tick = stream.time_base or Fraction(1, 1000)
    first = stream.start_time or 0
    offset = first + round(start / tick)
    if seek:
        container.seek(offset, stream=stream)
    shown = 0
    for packet in _from_keyframe(container.demux(stream), offset):
        pts, dts = packet.pts or 0, packet.dts or 0
        if end is not None and (pts - first) * tick >= end:
            break
        packet.pts, packet.dts = pts - offset, dts - offset
        packet.stream = copy
        shown += pts >= offset
        output.mux(packet)
    return shown


def _from_keyframe(packets: "Iterator[VideoPacket]", offset: int) -> "Iterator[VideoPacket]":
    """The timed packets from the last keyframe at or before `offset` on."""
    timed = (packet for packet in packets if packet.pts is not None and packet.dts is not None)
    lead: list[VideoPacket] = []
    for packet in timed:
        if packet.is_keyframe and (packet.pts or 0) <= offset:
            lead.clear()
        lead.append(packet)
        if (packet.dts or 0) > offset:
            break
    yield from lead
    yield from timed

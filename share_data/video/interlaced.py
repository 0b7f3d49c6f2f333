"""Interlaced pictures: two moments woven into one. FFmpeg's `bwdif` makes one picture, of the first moment, of each."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from share_data.video.picture import Decoded


def deinterlaced(pictures: Iterable[Decoded]) -> Iterator[Decoded]:
    """The same in order, one out for each one in, times unchanged; those marked as interlaced are deinterlaced.

    From the first of these on, each comes once the next one is known: the fields about a moment tell what is between.
    """
    weaver: _Weaver | None = None
    for decoded in pictures:
        if weaver is None:
            if not decoded.frame.interlaced_frame:
                yield decoded
                continue
        elif weaver.shape != _shape(decoded.frame):
            yield from weaver.rest()
            weaver = None
        weaver = weaver or _Weaver(decoded.frame)
        yield from weaver.put(decoded)
    if weaver is not None:
        yield from weaver.rest()


class _Weaver:
    """The filter, for frames of one size and format, and what is still in it."""

    def __init__(self, first: VideoFrame) -> None:
        self.shape = _shape(first)
        self._waiting: deque[Decoded] = deque()
        self._graph = Graph()
        self._graph.threads = 1
        size, pixels = f"video_size={first.width}x{first.height}", f"pix_fmt={first.format.name}"
        colours = f"colorspace={first.colorspace}:range={first.color_range}"
        source = self._graph.add("buffer", f"{size}:{pixels}:time_base=1/1:{colours}")
        weave = self._graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
        self._graph.link_nodes(source, weave, self._graph.add("buffersink")).configure()

    def put(self, decoded: Decoded) -> Iterator[Decoded]:
        """What is ready once this one is known."""
        self._waiting.append(decoded)
        self._graph.vpush(decoded.frame)
        return self._ready()

    def rest(self) -> Iterator[Decoded]:
        """What is still in the filter."""
        self._graph.vpush(None)
        return self._ready()

    def _ready(self) -> Iterator[Decoded]:
        while True:
            try:
                made = self._graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            decoded = self._waiting.popleft()
            made.pts = decoded.frame.pts  # The filter counts in halves.
            yield replace(decoded, frame=made)


def _shape(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name

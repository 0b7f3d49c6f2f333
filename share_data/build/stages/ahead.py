"""Clips decoded ahead: while one is reconstructed, the frames of the next are read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields

from share_data.build.stages.measuring import frames_of
from share_data.records import Clip
from share_data.video.frames import ClipFrames
from share_data.video.prefetch import FrameBuffer, PrefetchedFrames

_BUFFERS = 2
"""Clips decoded ahead at most: the one being begun and the one after it."""


class Ahead:
    """The buffers of one process."""

    def __init__(self) -> None:
        self._buffers: dict[str, FrameBuffer] = {}

    def begin(self, clip: Clip, first: Sequence[int] = ()) -> None:
        """Begin to decode a clip, unless that has begun. first: frames that will be read before all others."""
        if clip.key not in self._buffers:
            self._buffers[clip.key] = FrameBuffer(frames_of(clip), first=first)

    @contextmanager
    def frames(self, clip: Clip) -> Iterator[ClipFrames]:
        """The clip's frames, as far as they are decoded ahead from there. Buffers nobody came for are dropped."""
        while len(self._buffers) > _BUFFERS:
            self._buffers.pop(next(key for key in self._buffers if key != clip.key)).cancel()
        buffer = self._buffers.pop(clip.key, None)
        try:
            yield _prefetched(clip, buffer)
        finally:
            if buffer is not None:
                buffer.cancel()


def _prefetched(clip: Clip, buffer: FrameBuffer | None) -> ClipFrames:
    frames = frames_of(clip)
    if buffer is None:
        return frames
    return PrefetchedFrames(*(getattr(frames, part.name) for part in fields(frames)), buffer=buffer)

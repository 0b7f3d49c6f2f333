"""Decoding ahead: the frames of the clip that comes next are decoded while the clip before it is being computed."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from share_data.video.frames import ClipFrames
from share_data.video.picture import Image

LIMIT_BYTES = 96 * 2**20
"""A decoder waits once this many bytes of frames lie ready: some 16 frames of 1080p. More only costs memory: decoding
is many times as fast as whoever takes the frames."""


class FrameBuffer:
    """A thread that decodes a clip into memory, up to `limit` bytes ahead of whoever takes the frames.

    first: numbers of a few frames that will be asked for before all others; they are kept until then.
    """

    def __init__(self, frames: ClipFrames, limit: int = LIMIT_BYTES, first: Sequence[int] = ()) -> None:
        self._limit = limit
        self._first = list(first)
        self._first_images: list[Image] | None = None
        self._images: deque[Image] = deque()
        self._bytes = 0
        self._error: BaseException | None = None
        self._ended = False
        self._taken = False
        self._changed = threading.Condition()
        threading.Thread(target=self._decode, args=(frames,), daemon=True, name="prefetch").start()

    def take(self) -> Iterator[Image] | None:
        """The clip's frames in order, once; None when they have been taken. The iteration raises what decoding did."""
        if self._taken:
            return None
        self._taken = True
        return self._handed()

    def first(self, indices: Sequence[int]) -> list[Image] | None:
        """The frames that were to be kept, once, if these are they; None where they are others, or cannot be had."""
        if not self._first or list(indices) != self._first:
            return None
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._first_images is not None)
            images, self._first_images, self._first = self._first_images, None, []
        return images

    @property
    def held(self) -> int:
        """Bytes of frames that lie ready."""
        return self._bytes

    def cancel(self) -> None:
        """Stop decoding and drop what lies ready."""
        with self._changed:
            self._ended = True
            self._images.clear()
            self._first_images = None
            self._bytes = 0
            self._changed.notify_all()

    def _decode(self, frames: ClipFrames) -> None:
        try:
            if self._first:
                images = ClipFrames.read(frames, self._first)
                with self._changed:
                    self._first_images = None if self._ended else images
                    self._changed.notify_all()
                del images
            for image in ClipFrames.__iter__(frames):
                with self._changed:
                    self._changed.wait_for(lambda: self._ended or self._bytes < self._limit)
                    if self._ended:
                        return
                    self._images.append(image)
                    self._bytes += image.nbytes
                    self._changed.notify_all()
        except Exception as error:
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _handed(self) -> Iterator[Image]:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._images or self._ended)
                    if not self._images:
                        break
                    image = self._images.popleft()
                    self._bytes -= image.nbytes
                    self._changed.notify_all()
                yield image
            if self._error is not None:
                raise self._error
        finally:
            self.cancel()  # Whoever stops in the middle leaves no decoder behind.


@dataclass(frozen=True, slots=True)
class PrefetchedFrames(ClipFrames):
    """A clip whose first pass comes from a buffer, as do the frames that were to be read before it; every other access
    decodes as `ClipFrames` does.
    """

    buffer: FrameBuffer = field(kw_only=True, compare=False, repr=False)

    def __iter__(self) -> Iterator[Image]:
        """The clip's (height, width, 3) uint8 RGB images in order."""
        return self.buffer.take() or ClipFrames.__iter__(self)

    def read(self, indices: Sequence[int]) -> list[Image]:
        """Some images, see `ClipFrames.read`."""
        return self.buffer.first(indices) or ClipFrames.read(self, indices)

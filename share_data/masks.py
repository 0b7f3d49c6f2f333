"""Masks of the person in a clip: a window about him, one bit a pixel; whole pictures would take ten times as much."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cut = tuple[tuple[int, int, int, int], NDArray[np.uint8]]
"""A mask's window, see `MaskStack.windows`, and its rows, packed, one after another."""


def cut_out(packed: NDArray[np.uint8]) -> Cut:
    """The window of one mask. packed: (H, ceil(W / 8)) uint8, the mask's rows by `np.packbits`."""
    rows = np.flatnonzero(packed.any(axis=1))
    if not len(rows):
        return (0, 0, 0, 0), np.zeros(0, np.uint8)
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(packed[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    return (top, bottom, left, right), packed[top:bottom, left:right].ravel()


def nearest(known: NDArray[np.integer], frames: NDArray[np.integer]) -> NDArray[np.integer]:
    """(M,) ascending numbers, without repeats: those of `known` (N,), ascending, that are nearest to `frames`."""
    after = np.searchsorted(known, frames).clip(1, max(len(known) - 1, 1))
    before = known[after - 1]
    after = known[after.clip(max=len(known) - 1)]
    return np.unique(np.where(frames - before < after - frames, before, after))


@dataclass(frozen=True, slots=True)
class MaskStack:
    """N person masks of a clip.

    packed: (B,) uint8, the windows' rows, each of whole bytes, one after another; windows: (N, 4) int32, first and last
    row and byte of a row that hold the person, the last ones exclusive, all 0 where nobody is seen; height, width: of
    the picture, pixels; frames: (N,) ascending numbers of the frames they are of, the only ones in which the person was
    looked for pixel by pixel; None where that is every frame of the clip. The mask of another frame is not known, and
    asking is an error.
    """

    packed: NDArray[np.uint8]
    windows: NDArray[np.int32]
    height: int
    width: int
    frames: NDArray[np.integer] | None = None

    @classmethod
    def pack(cls, masks: Iterable[NDArray[np.bool_]], frames: NDArray[np.integer] | None = None) -> "MaskStack":
        """From N masks of (height, width) bool, all the same size, at least one."""
        cuts, shape = [], (0, 0)
        for mask in masks:
            cuts.append(cut_out(np.packbits(mask, axis=1)))
            shape = mask.shape
        return cls.of(cuts, *shape, frames)

    @classmethod
    def of(cls, cuts: list[Cut], height: int, width: int, frames: NDArray[np.integer] | None = None) -> "MaskStack":
        """From N windows that are cut out already."""
        windows = np.array([window for window, _ in cuts], np.int32).reshape(-1, 4)
        packed = np.concatenate([np.zeros(0, np.uint8), *(bits for _, bits in cuts)])
        return cls(packed, windows, height, width, frames)

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, frame: int) -> NDArray[np.bool_]:
        """(height, width) bool: the person in this frame. Raises IndexError for one that has no mask."""
        place = self._place(frame)
        top, bottom, left, right = self.windows[place].tolist()
        mask = np.zeros((self.height, self.width), np.bool_)
        mask[top:bottom, 8 * left : 8 * right] = self._bits(place)
        return mask

    def extent(self, frame: int) -> tuple[int, int, int, int] | None:
        """The person's pixels in this frame are x1 <= x < x2, y1 <= y < y2; None where there are none.

        Raises IndexError for a frame that has no mask.
        """
        place = self._place(frame)
        columns = np.flatnonzero(self._bits(place).any(axis=0))
        if not len(columns):
            return None
        top, bottom, left, _ = self.windows[place].tolist()
        return 8 * left + int(columns[0]), top, 8 * left + int(columns[-1]) + 1, bottom

    def __iter__(self) -> Iterator[NDArray[np.bool_]]:
        """The masks one after another, each unpacked when it is its turn."""
        return (self[frame] for frame in (range(len(self)) if self.frames is None else self.frames.tolist()))

    def at(self, frames: Iterable[int]) -> "MaskStack":
        """The masks of these frames alone, numbered from 0. Raises IndexError for a frame that has no mask."""
        return MaskStack.of([self._cut(self._place(int(frame))) for frame in frames], self.height, self.width)

    def near(self, frames: NDArray[np.integer]) -> NDArray[np.integer]:
        """(M,) ascending numbers, without repeats, of the frames with a mask that are nearest to `frames`."""
        return nearest(np.arange(len(self)) if self.frames is None else self.frames, frames)

    def known(self, count: int) -> NDArray[np.bool_]:
        """(count,) bool: which of a clip's frames have a mask."""
        return np.ones(count, bool) if self.frames is None else np.isin(np.arange(count), self.frames)

    def _place(self, frame: int) -> int:
        place = frame if self.frames is None else int(np.searchsorted(self.frames, frame))
        if self.frames is not None and self.frames[min(place, len(self.frames) - 1)] != frame:
            raise IndexError(f"nobody was looked for pixel by pixel in frame {frame}")
        return range(len(self))[place]

    def _bits(self, place: int) -> NDArray[np.bool_]:
        """(rows, columns) bool of a mask's window, without the columns that fill the last byte."""
        (top, bottom, left, right), packed = self._cut(place)
        count = min(8 * right, self.width) - 8 * left
        return np.unpackbits(packed.reshape(bottom - top, right - left), axis=1, count=count).astype(bool)

    def _cut(self, place: int) -> Cut:
        heights, breadths = np.diff(self.windows[: place + 1]).T[::2].astype(np.int64)
        stop = int(heights @ breadths)
        top, bottom, left, right = self.windows[place].tolist()
        return (top, bottom, left, right), self.packed[stop - int(heights[-1] * breadths[-1]) : stop]

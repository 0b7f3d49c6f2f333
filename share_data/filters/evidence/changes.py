"""How every frame differs from the one before: the cheapest thing to keep of all frames.

Two differences answer two questions. Is it the same picture again? Pixel by pixel, in the place that differs most. How
far has something moved? By the means of large blocks: a difference of means grows with the distance, where one of
pixels is full after one pixel at an edge.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats

VERSION = 1
"""Raise it when other numbers come out of the same frames."""
BLOCKS = 16
"""Blocks along the longer side of the picture."""
STEP = 0.25
"""Grey values that one unit of `Changes.coarse` stands for."""


@dataclass(frozen=True, slots=True)
class Changes:
    """T frames, each against the one before; the first against nothing: 0.

    fine: (T,) float32, mean absolute difference of pixels in the block that differs most, grey values of 0 to 255;
    coarse: (T, rows, columns) uint8, difference of each block's mean, in units of `STEP` grey values, less what a
    change of exposure explains; saturates at 63.75.
    """

    fine: Floats
    coarse: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.fine)

    def within(self, start: int, stop: int) -> Self:
        """Those of frames [start, stop); the first of them again against nothing."""
        fine, coarse = self.fine[start:stop].copy(), self.coarse[start:stop].copy()
        fine[:1], coarse[:1] = 0, 0
        return type(self)(fine, coarse)

    @property
    def blocks(self) -> Floats:
        """(T, rows, columns) float32: `coarse` in grey values."""
        return self.coarse.astype(np.float32) * np.float32(STEP)


class ChangeMeter:
    """Fed with every frame in turn; holds one picture, and 150 bytes a frame."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._means: Floats = np.zeros((1, 1), np.float32)
        self._fine: list[float] = []
        self._coarse: list[NDArray[np.uint8]] = []

    def add(self, grey: NDArray[np.uint8]) -> None:
        """The next frame: (h, w) uint8, reduced by area to about 256 pixels on its longer side, always the same."""
        import cv2

        columns, rows = grid_of(grey.shape)
        means = cv2.resize(grey.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        fine, coarse = 0.0, np.zeros((rows, columns), np.float32)
        if self._before is not None:
            apart = cv2.absdiff(grey, self._before).astype(np.float32)
            fine = float(cv2.resize(apart, (columns, rows), interpolation=cv2.INTER_AREA).max())
            coarse = _moved(self._means, means)
        self._before, self._means = grey, means
        self._fine.append(fine)
        self._coarse.append(np.clip(np.rint(coarse / STEP), 0, 255).astype(np.uint8))

    def changes(self) -> Changes:
        """Of all frames added so far. Raises ValueError where there was none."""
        return Changes(np.array(self._fine, np.float32), np.stack(self._coarse))


def grid_of(shape: tuple[int, ...]) -> tuple[int, int]:
    """Columns and rows of blocks of a picture of (h, w) pixels: as square as can be, 16 along the longer side."""
    longer = max(shape)
    columns, rows = (max(2, round(BLOCKS * side / longer)) for side in (shape[1], shape[0]))
    return columns, rows


def _moved(before: Floats, now: Floats) -> Floats:
    """(rows, columns) |now - before| once `before` has been given the exposure of `now`: the usual ratio of blocks."""
    lit = before > 1
    gain = float(np.median(now[lit] / before[lit])) if lit.any() else 1.0
    return np.abs(now - gain * before)

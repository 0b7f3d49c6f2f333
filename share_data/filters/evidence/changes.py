"""How every frame differs from the one before: the cheapest thing to keep of all frames.

Two differences answer two questions. Is it the same picture again? Pixel by pixel. How far has something moved? By the
means of large cells: their difference grows with the distance, where that of pixels is full after a pixel at an edge.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats

VERSION = 4
"""Raise it when other numbers come out of the same frames."""
CELLS = (9, 16)
"""Rows and columns."""
STEP = 0.25
"""Grey values that one unit of `Changes.coarse` stands for."""

_ENCODED = 1.0
"""From one frame to the next, all of it: an encoder may let a plain wall follow the exposure a frame late."""
_WHITE = 225.0
"""Mean grey value from which on a part of a cell is as white as it can be: it takes no part in the change."""


@dataclass(frozen=True, slots=True)
class Changes:
    """T frames, each against the one before; the first against nothing: 0.

    fine: (T, 9, 16) float16, mean absolute difference of the pixels of each cell, grey values of 0 to 255;
    coarse: (T, 9, 16) uint8, difference of each cell's mean, in units of `STEP` grey values, less what a change of
    exposure explains; saturates at 63.75.
    """

    fine: NDArray[np.float16]
    coarse: NDArray[np.uint8]


class ChangeMeter:
    """Fed with every frame in turn; holds one picture, and 432 bytes a frame."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._means: Floats = np.zeros(CELLS, np.float32)
        self._fine: list[NDArray[np.float16]] = []
        self._coarse: list[NDArray[np.uint8]] = []

    def add(self, grey: NDArray[np.uint8]) -> None:
        """The next frame: (h, w) uint8, reduced by area to about 256 pixels on its longer side, all of one size."""
        import cv2

        size = CELLS[::-1]
        means = np.asarray(cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
        fine, coarse = np.zeros(CELLS, np.float16), np.zeros(CELLS, np.float32)
        if self._before is not None:
            apart = cv2.absdiff(grey, self._before).astype(np.float32)
            fine = cv2.resize(apart, size, interpolation=cv2.INTER_AREA).astype(np.float16)
            coarse = unlike(self._means, means, _ENCODED)
        self._before, self._means = grey, means
        self._fine.append(fine)
        self._coarse.append(np.clip(np.rint(coarse / STEP), 0, 255).astype(np.uint8))

    @property
    def means(self) -> Floats:
        """(9, 16) float32: mean grey value of each cell of the last frame."""
        return self._means

    def changes(self) -> Changes:
        """Of all frames added so far. Raises ValueError where there was none."""
        return Changes(np.stack(self._fine), np.stack(self._coarse))


def unlike(before: Floats, now: Floats, lags: float = 0.15) -> Floats:
    """(9, 16) by how many grey values the means of cells differ once `before` has been given the exposure of `now`.

    before, now: (9, 16); lags: share of a change of exposure that a cell may not have followed: a camera's answer to
    light is no straight line. The exposure is the usual ratio of the cells.
    """
    gain = gain_of(before, now)
    allowed = np.where(np.maximum(before, now) > _WHITE, 1.0, lags) * abs(gain - 1) * before
    return np.asarray(np.maximum(np.abs(now - gain * before) - allowed, 0))


def gain_of(before: Floats, now: Floats) -> float:
    """The usual ratio of the means of cells, (9, 16) each, that are not black: by how much it got lighter."""
    lit = before > 1
    return _median(now[lit] / before[lit]) if lit.any() else 1.0


def _median(values: Floats) -> float:
    """Of (n,) values, without the checks that make up most of the time of np.median on so few."""
    half = len(values) // 2
    ranked = np.partition(values, (half - 1, half))
    return float(ranked[half] if len(values) % 2 else (ranked[half - 1] + ranked[half]) / 2)

"""Soft cuts on a tripod: the person fades from one place to another, and the room stands.

A pixel that a body moves over shows the body or what is behind it: it steps from one to the other. Where an editor
blends two pictures, every pixel that differs passes evenly. Of what changes in a walk a tenth is halfway in the middle
of a quarter of a second, in a blend a third to two thirds.
"""

from collections import deque
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence.changes import CELLS, gain_of
from share_data.filters.evidence.runs import joined, runs, widened
from share_data.records import Bools, Ints

VERSION = 1
"""Raise it when other frames are found."""
_HALF_S, _EVERY_S = 0.13, 0.1
"""Seconds from the first of three pictures to the second, and on to the third; and from one look to the next."""
_NTH = 2
"""Of the pixels, of the rows and of the columns: it is a count, for which a quarter of them does."""
_LOPSIDED = 0.1
"""Share of those seconds by which the halves may differ."""
_CHANGED, _OFF = 12, 0.15
"""Grey values by which a pixel changes from the first to the third; and how far from halfway it may be, in shares."""
_LEAST, _TIMES = 0.18, 2.5
"""Area that passes evenly, as a share of the person's box, and as so many times what is usual: at one look at least,"""
_LEAST_BESIDE, _TIMES_BESIDE = 0.12, 1.6
"""and at one beside it."""
_USUAL_S = 1.5
"""Seconds before and after that tell what is usual, the median: blends of up to a second are not."""
_QUIET = 0.1
"""The room changes less, by the cell, than this share of what the person's cells do."""
_RAMP = 0.04
"""Where the picture gets lighter by more, or darker, before the middle as well as after it, all of it passes evenly."""
_ALLOWED = np.array([int(_OFF * span) + 1 if span > _CHANGED else 0 for span in range(256)], np.uint8)


class _Past(NamedTuple):
    number: int
    time: float
    grey: NDArray[np.uint8]
    means: Floats


class FadeMeter:
    """Fed with every frame in turn; holds the pictures of a quarter of a second, and 144 bytes a frame."""

    def __init__(self) -> None:
        self._past: deque[_Past] = deque()
        self._even: list[NDArray[np.uint8]] = []
        self._known: list[bool] = []
        self._next = -np.inf

    def add(self, time: float, grey: NDArray[np.uint8], means: Floats) -> None:
        """The next frame. time: seconds; grey, means: see `changes.ChangeMeter`."""
        now = _Past(len(self._even), time, np.ascontiguousarray(grey[::_NTH, ::_NTH]), means)
        self._even.append(np.zeros(CELLS, np.uint8))
        self._known.append(True)
        self._past.append(now)
        while time - self._past[0].time > 3 * _HALF_S:
            self._past.popleft()
        if time < self._next:
            return
        middle = min(self._past, key=lambda each: abs(time - each.time - _HALF_S))
        half = time - middle.time
        first = min(self._past, key=lambda each: abs(middle.time - each.time - half))
        if half > 0 and abs(middle.time - first.time - half) <= _LOPSIDED * half:
            self._next = time + _EVERY_S
            # It goes for the frames after the middle one too, until the next look.
            even = _passing(first, middle, now)
            after = len(self._even) - middle.number
            self._even[middle.number :] = [np.zeros(CELLS, np.uint8) if even is None else even] * after
            self._known[middle.number :] = [even is not None] * after

    def even(self) -> NDArray[np.uint8]:
        """(T, 9, 16) pixels of each cell that pass evenly around each frame, 255 being all of them."""
        return np.stack(self._even)

    def known(self) -> Bools:
        """(T,) False where the exposure changes so fast that nothing can be told."""
        return np.array(self._known, bool)


def _passing(first: _Past, middle: _Past, last: _Past) -> NDArray[np.uint8] | None:
    """(9, 16) see `FadeMeter.even`; exposure taken out. None where it changes fast."""
    gains = [gain_of(each.means, middle.means) for each in (first, last)]
    if min(abs(gain - 1) for gain in gains) > _RAMP:
        return None
    before, after = (_exposed(each.grey, gain) for each, gain in zip((first, last), gains, strict=True))
    off = cv2.absdiff(cv2.addWeighted(before, 0.5, after, 0.5, 0), middle.grey)
    even = cv2.compare(off, cv2.LUT(cv2.absdiff(before, after), _ALLOWED), cv2.CMP_LT)
    return np.asarray(cv2.resize(even, CELLS[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def _exposed(grey: NDArray[np.uint8], gain: float) -> NDArray[np.uint8]:
    """A picture in another one's exposure."""
    return grey if abs(gain - 1) < 0.01 else np.asarray(cv2.convertScaleAbs(grey, alpha=gain), np.uint8)


def soft_cuts(even: NDArray[np.uint8], known: Bools, times: Floats, main: Bools, others: Bools, area: Floats) -> Ints:
    """(n, 2) frames [start, stop) in which the person fades from one place to another.

    Args:
        even: (T, 9, 16), see `FadeMeter.even`.
        known: (T,), see `FadeMeter.known`.
        times: (T,) seconds.
        main: (T, 9, 16) cells that the main person may be in, see `jumps.zones_of`.
        others: (T, 9, 16) cells that others may be in: a screen may fade as it likes.
        area: (T,) of the main person's box, in cells.
    """
    whole, room = main & ~others, ~(main | others)
    own = even.sum(axis=(1, 2), where=whole, dtype=np.int64) / 255
    density = own / np.maximum(whole.sum(axis=(1, 2)), 1)
    around = even.sum(axis=(1, 2), where=room, dtype=np.int64) / 255 / np.maximum(room.sum(axis=(1, 2)), 1)
    share = own / np.maximum(area, 1e-6)
    found = (share >= _LEAST_BESIDE) & (around <= _QUIET * density) & (area > 0) & known
    surely = found & (share >= _LEAST)
    for k in np.flatnonzero(found).tolist():
        low, high = np.searchsorted(times, [times[k] - _USUAL_S, times[k] + _USUAL_S])
        usual = np.median(share[low:high][known[low:high]])
        found[k], surely[k] = share[k] >= _TIMES_BESIDE * usual, surely[k] and share[k] >= _TIMES * usual
    spans = joined(runs(found), times, _EVERY_S)
    lasts = times[spans[:, 1] - 1] - times[spans[:, 0]] >= 0.9 * _EVERY_S  # Two looks at least.
    sure = np.array([bool(surely[start:stop].any()) for start, stop in spans.tolist()], dtype=bool)
    return widened(spans[lasts & sure], times, _HALF_S)

"""Frames that show the picture before them once more: frozen seconds, and pictures doubled to reach another rate."""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.records import Bools, Ints

VERSION = 2
"""Raise it when other frames are found."""
_SAME = 0.5
"""Grey values: the cell that changes most changes less than this between two copies of a picture, encoded."""
_LIVE = 0.2
"""A copy changes less than this share of what frames around it change."""
_AROUND, _LIVELY = 8, 0.75
"""Frames before and after, that tell what is usual, and their quantile: half of them may be copies."""
_ALONE = 0.1
"""A copy between two live frames changes less than this share of either: encoders draw copies a little anew."""
_POP, _STILL = 4.0, 1
"""A key picture draws a frozen one anew: its pixels change by up to so many grey values, the cells' means by a unit."""
FREEZE_S = 0.25
"""From this long on, copies in a row are a freeze; shorter ones come of rates that are converted."""


def repeated(fine: Floats, coarse: NDArray[np.uint8]) -> Bools:
    """(T,) whether each frame repeats the one before. fine, coarse: (T, 9, 16), see `changes.Changes`."""
    most, means = fine.astype(np.float64).max(axis=(1, 2)), coarse.max(axis=(1, 2))
    usual = np.array([np.quantile(most[max(0, k - _AROUND) : k + _AROUND + 1], _LIVELY) for k in range(len(most))])
    live = np.quantile(most[1:], _LIVELY) if len(most) > 1 else 0.0
    same = most < np.minimum(_SAME, _LIVE * np.maximum(usual, live))
    around = np.concatenate([[np.inf], most[1:], [np.inf]])  # Nothing came before the first, nor after the last.
    same[1:] |= (most[1:] < _POP) & (most[1:] < _ALONE * np.minimum(around[:-2], around[2:]))
    same[:1] = False
    # Between two copies, one that was only encoded anew is a copy too.
    anew = (most < _POP) & (means <= _STILL)
    same[1:-1] |= anew[1:-1] & same[:-2] & same[2:]
    return np.asarray(same)


def freezes(same: Bools, times: Floats) -> Ints:
    """(n, 2) frames [start, stop) in which the picture stands for `FREEZE_S` or longer, the first one with it.

    same: (T,), see `repeated`; times: (T,) seconds.
    """
    found, at = [], 0
    for stands, run in groupby(same.tolist()):
        length = len(list(run))
        if stands and times[at + length - 1] - times[at - 1] >= FREEZE_S:
            found.append((at - 1, at + length))
        at += length
    return np.array(found, dtype=np.int64).reshape(-1, 2)

"""Frames that show the picture before them once more: frozen seconds, and pictures doubled to reach another rate."""

from itertools import groupby, pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence.changes import Changes
from share_data.filters.evidence.runs import runs
from share_data.records import Bools, Ints

VERSION = 5
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
_EDGE = 2
"""Frames at either end of which one must: the first copy may carry what its encoder still owed the picture."""
_SUDDEN = 0.5
"""Share of the usual change that the last frame before a freeze has, or the first one after it."""
FREEZE_S = 0.25
"""From this long on, copies in a row are a freeze; shorter ones come of rates that are converted."""
_STRETCH_S, _ROUNDING_S = 2.0, 1e-3
"""Seconds in which copies are counted, and by how much files round their timestamps."""


def repeated(fine: Floats, coarse: NDArray[np.uint8]) -> Bools:
    """(T,) whether each frame repeats the one before. fine, coarse: (T, 9, 16), see `changes.Changes`."""
    most, means = fine.astype(np.float64).max(axis=(1, 2)), coarse.max(axis=(1, 2))
    usual = usual_change(most)
    live = np.quantile(most[1:], _LIVELY) if len(most) > 1 else 0.0
    same = most < np.minimum(_SAME, _LIVE * np.maximum(usual, live))
    around = np.concatenate([[np.inf], most[1:], [np.inf]])  # Nothing came before the first, nor after the last.
    same[1:] |= (most[1:] < _POP) & (most[1:] < _ALONE * np.minimum(around[:-2], around[2:]))
    same[:1] = False
    # Between two copies, one that was only encoded anew is a copy too.
    anew = (most < _POP) & (means <= _STILL)
    same[1:-1] |= anew[1:-1] & same[:-2] & same[2:]
    return np.asarray(same)


def usual_change(most: Floats) -> Floats:
    """(T,) the upper quartile of each frame's change and those of up to 8 frames before and after it.

    most: (T,) change of each frame's cell that changes most, grey values.
    """
    wide = 2 * _AROUND + 1
    ends = [k for k in range(len(most)) if k < _AROUND or k >= len(most) - _AROUND]
    made = np.zeros(len(most))
    if len(most) >= wide:  # All at once: frame by frame it takes a hundred times as long.
        made[_AROUND:-_AROUND] = np.quantile(sliding_window_view(most, wide), _LIVELY, axis=1)
    made[ends] = [np.quantile(most[max(0, k - _AROUND) : k + _AROUND + 1], _LIVELY) for k in ends]
    return made


def freezes(fine: Floats, same: Bools, times: Floats) -> Ints:
    """(n, 2) frames [start, stop) in which the picture stands for `FREEZE_S` or longer, the first one with it.

    It stands at once, or goes on at once: who stops walking, and is filmed so that noise does not show, comes to rest
    over some frames and gets going over some. fine: (T, 9, 16), see `changes.Changes`; same: (T,), see `repeated`;
    times: (T,) seconds.
    """
    found, at = [], 0
    most = fine.astype(np.float64).max(axis=(1, 2))
    for stands, run in groupby(same.tolist()):
        start, at = at, at + len(list(run))
        if stands and times[at - 1] - times[start - 1] >= FREEZE_S and _at_once(most, start, at):
            found.append((start - 1, at))
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def doubled(fine: Floats, same: Bools) -> Bools:
    """(T,) the frames that repeat the one before while the picture lives on both sides; who comes to rest, and is
    filmed so that noise does not show, changes as little for a while. fine: (T, 9, 16); same: (T,), see `repeated`."""
    most, made = fine.astype(np.float64).max(axis=(1, 2)), same.copy()
    for start, stop in runs(same).tolist():
        edges = [most[k] for k in (start - 1, stop) if 0 < k < len(most)]
        made[start:stop] = bool(edges) and most[start:stop].max() < _LIVE * min(edges)
    return made


def busiest(copies: Bools, times: Floats) -> float:
    """Share of the frames that are copies, 0 to 1, in the `_STRETCH_S` that have most; of all where they last less.

    copies: (T,) bool, see `doubled`; times: (T,) seconds. A clip's first frame has nothing to be a copy of.
    """
    if len(times) < 2:
        return 0.0
    first = np.maximum(np.searchsorted(times, times - _STRETCH_S + _ROUNDING_S), 1)
    ends = np.arange(1, len(times) + 1)
    whole = (times - times[0] >= _STRETCH_S - _ROUNDING_S) | (ends == len(times))
    counts = np.concatenate([[0], np.cumsum(copies)])
    return float(((counts[ends] - counts[first]) / np.maximum(ends - first, 1))[whole].max())


def standing(seen: Changes, shots: Ints, times: Floats) -> Bools:
    """(N,) the frames of a whole video that show a picture which stands, but for the first one of each.

    A piece of a video that is cut out of a freeze has nothing to compare it with.

    Args:
        seen: how each frame differs from the one before.
        shots: ascending numbers of frames that begin a new shot; without 0.
        times: (N,) seconds.
    """
    made = np.zeros(len(times), dtype=bool)
    for start, stop in pairwise([0, *shots.tolist(), len(times)]):
        fine, coarse = seen.fine[start:stop].copy(), seen.coarse[start:stop].copy()
        fine[0], coarse[0] = 0, 0  # The first frame differs from another shot's.
        for first, last in freezes(fine, repeated(fine, coarse), times[start:stop]).tolist():
            made[start + first + 1 : start + last] = True
    return made


def _at_once(most: Floats, start: int, stop: int) -> bool:
    """Whether a frame just before or just after some that repeat one changes as much as is usual around them.

    Around them is on both sides: after who has come to rest, noise alone is usual. most: (T,) change of each frame's
    cell that changes most.
    """
    before, after = most[max(1, start - _AROUND) : start], most[stop : stop + _AROUND]
    usual = max((float(np.quantile(frames, _LIVELY)) for frames in (before, after) if len(frames)), default=0.0)
    edges = [*before[-_EDGE:].tolist(), *after[:_EDGE].tolist()]
    return not edges or max(edges) >= _SUDDEN * usual

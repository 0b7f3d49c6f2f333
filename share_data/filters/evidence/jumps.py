"""Jump cuts on a tripod: the person is elsewhere from one frame to the next, and the room is not.

A body is never at rest, at speed for one frame, and at rest: the frame at a cut changes several times as much as those
around it, where the person was and where he is, and nowhere else. The means of cells grow with the distance, but swing
with every step; the pixels that change are steadier, and few more at a cut: a third of a second that is missing from a
walk shows in both, a little.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence.changes import STEP, Changes
from share_data.records import Bools, Ints

VERSION = 5
"""Raise it when other cuts are found."""
_TIMES, _TIMES_SECOND = 1.8, 2.6
"""A cut changes so many times as much as the frame around it that changes most, and as the one that changes second
most: a body gathers speed, and loses it, over more than one frame."""
_BOTH, _PIXELS, _PIXELS_SECOND = 1.5, 1.5, 1.6
"""The same where pixels stand out as well: of the means, both; and of the pixels' change, the most and the second."""
_LEAST_BOTH = 3.0
"""Grey values by which the means must then change: he walks, and is not jolted."""
_CHANGED, _WHOLE = 6.0, 0.25
"""Grey values by which the pixels of so large a share of the person's cells change: all of him, not an arm."""
_AROUND = 3
"""Frames on each side that it is compared with, copies not counted."""
_FEWER = 1.3
"""So many times as much again where there are fewer, at the ends of a shot: the most of few says less."""
_LEAST = 1.5
"""Grey values by which the mean of a person's cells must change."""
_ELSEWHERE, _STRONGEST = 0.5, 3
"""What the cells without people may change at the cut, of what the main person's change; the strongest of each."""
_NEAR_S = 0.6
"""Seconds around a frame within which samples tell where people are."""
_MARGIN = 2
"""Cells around others that they may change too: a screen is wider than whom it shows."""


def jump_cuts(seen: Changes, same: Bools, times: Floats, main: Bools, others: Bools) -> Ints:
    """Ascending numbers of frames that come after a jump cut.

    Args:
        seen: how each of T frames differs from the one before.
        same: (T,) frames that repeat the one before, see `stillness.repeated`.
        times: (T,) seconds.
        main: (T, 9, 16) cells that the main person may be in, see `zones_of`.
        others: (T, 9, 16) cells that others may be in, on a screen too: what they do is no matter of the room's.
    """
    grey = seen.coarse.astype(np.float64) * STEP
    live = np.flatnonzero(~same)
    live = live[live > 0]
    # A frame after a gap shows the motion of the whole gap.
    usual = np.median(np.diff(times)) if len(times) > 1 else 1.0
    gaps = np.maximum((times[live] - times[np.maximum(live - 1, 0)]) / usual, 1)
    people, alone = main | others, main & ~_widened(others)
    stands_out, own = (_sudden(seen, cells, live, gaps) for cells in (main, alone))
    found = []
    for k in np.flatnonzero(stands_out).tolist():
        frame = live[k]
        least = _ELSEWHERE * _strongest(grey[frame][main[frame]])
        quiet = _strongest(grey[frame][~people[frame]]) < least
        # Where others change as well, a screen beside him may be what was cut.
        if quiet and (own[k] or _strongest(grey[frame][others[frame]]) < least):
            found.append(frame)
    return np.array(found, dtype=np.int64)


def _mean(grey: Floats, cells: Bools) -> Floats:
    """(T,) change of some cells of each frame, by the cell: of their usual number, for it varies with what is known of
    the person, and the cells around him do not change. grey, cells: (T, 9, 16)."""
    counts = cells.sum(axis=(1, 2))
    usual = np.median(counts[counts > 0]) if counts.any() else 1.0
    return np.asarray(np.where(cells, grey, 0).sum(axis=(1, 2)) / usual)


def _sudden(seen: Changes, cells: Bools, live: Ints, gaps: Floats) -> Bools:
    """(n,) whether some cells, (T, 9, 16), change suddenly. live: (n,) frames; gaps: (n,) frames that each spans."""
    means, pixels = (_mean(change.astype(np.float64), cells)[live] / gaps for change in (seen.coarse, seen.fine))
    means *= STEP
    changed = ((seen.fine > _CHANGED) & cells).sum(axis=(1, 2))[live]
    usual = np.median(cells.sum(axis=(1, 2)))
    both = (means >= _LEAST_BOTH) & _stands_out(means, _BOTH, _BOTH) & _stands_out(pixels, _PIXELS, _PIXELS_SECOND)
    return np.asarray(_stands_out(means, _TIMES, _TIMES_SECOND) | (both & (changed >= _WHOLE * usual)))


def _stands_out(pace: Floats, over_most: float, over_second: float) -> Bools:
    """(n,) whether each frame changes so many times as much as those around it, on both sides: of what changes with
    the last frame nobody knows how it goes on. pace: (n,) grey values a frame."""
    found = np.zeros(len(pace), dtype=bool)
    for k in range(1, len(pace) - 1):
        around = np.concatenate([pace[max(0, k - _AROUND) : k], pace[k + 1 : k + 1 + _AROUND]])
        if len(around) >= 2:
            second, most = np.sort(around)[-2:]
            times = 1.0 if len(around) == 2 * _AROUND else _FEWER
            found[k] = pace[k] >= max(_LEAST, times * over_most * most, times * over_second * second)
    return found


def _widened(cells: Bools) -> Bools:
    """(T, 9, 16) with `_MARGIN` cells around."""
    high, wide = cells.shape[1:]
    padded = np.pad(cells, ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN)))
    shifts = range(2 * _MARGIN + 1)
    return np.asarray(np.logical_or.reduce([padded[:, y : y + high, x : x + wide] for y in shifts for x in shifts]))


def _strongest(cells: Floats) -> float:
    """Mean of the cells that change most. cells: (n,)."""
    return float(np.sort(cells)[-_STRONGEST:].mean()) if len(cells) else 0.0


def zones_of(
    frame_times: Floats, sample_times: Floats, people: Sequence[Floats], size: tuple[int, int], cells: tuple[int, int]
) -> NDArray[np.bool_]:
    """(T, rows, columns) cells that people cover in the samples around each frame, and the cells around those.

    Samples of up to `_NEAR_S` before and after, and at least the nearest on each side: a sample next to a cut may show
    where they are behind it.

    size: width, height of what the boxes are pixels of; cells: rows, columns.
    """
    covered = np.cumsum([np.zeros(cells, bool), *(_covered(b, size, cells) for b in people)], axis=0, dtype=np.int32)
    first = np.searchsorted(sample_times, frame_times)
    low = np.minimum(np.maximum(first - 1, 0), np.searchsorted(sample_times, frame_times - _NEAR_S))
    high = np.maximum(np.minimum(first + 1, len(people)), np.searchsorted(sample_times, frame_times + _NEAR_S, "right"))
    return np.asarray(covered[high] > covered[low])


def _covered(boxes: Floats, size: tuple[int, int], cells: tuple[int, int]) -> Bools:
    made = np.zeros(cells, dtype=bool)
    scale = np.array([cells[1] / size[0], cells[0] / size[1]] * 2)
    for x1, y1, x2, y2 in boxes[:, :4] * scale:
        made[max(0, int(y1) - 1) : int(y2) + 2, max(0, int(x1) - 1) : int(x2) + 2] = True
    return made

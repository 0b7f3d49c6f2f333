"""In which frames of a video the person fades from one place to another: shot by shot, and told by the whole of each,
for a window that is little but a fade has nothing to compare it with."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence.changes import CELLS
from share_data.filters.evidence.company import main_and_others
from share_data.filters.evidence.fades import soft_cuts
from share_data.filters.evidence.jumps import zones_of
from share_data.filters.evidence.tracks import areas
from share_data.records import Bools, Ints


def fading(
    even: NDArray[np.uint8],
    known: Bools,
    times: Floats,
    shots: Ints,
    frames: Ints,
    people: Sequence[tuple[Floats, Ints]],
    size: tuple[int, int],
) -> Bools:
    """(N,) bool.

    Args:
        even, known: (N, 9, 16) and (N,), see `fades.FadeMeter`.
        times: (N,) seconds.
        shots: ascending numbers of frames that begin a new shot; without 0.
        frames: (S,) ascending frame numbers of the samples in which people were looked for.
        people: of those, (n, 4 or more) boxes and (n,) tracks.
        size: width, height of what the boxes are pixels of.
    """
    made = np.zeros(len(times), dtype=bool)
    for start, stop in pairwise([0, *shots.tolist(), len(times)]):
        inside = np.flatnonzero((frames >= start) & (frames < stop)).tolist()
        main, others = main_and_others([people[k][0] for k in inside], [people[k][1] for k in inside])
        shown = [k for k, boxes in enumerate(main) if len(boxes)]
        if not shown:
            continue
        when, at = times[start:stop], times[frames[inside]]
        mine, theirs = (zones_of(when, at, boxes, size, CELLS) for boxes in (main, others))
        cells = np.concatenate([areas(main[k]) for k in shown]) * (CELLS[0] * CELLS[1] / (size[0] * size[1]))
        for first, last in soft_cuts(
            even[start:stop], known[start:stop], when, mine, theirs, np.interp(when, at[shown], cells)
        ).tolist():
            made[start + first : start + last] = True
    return made

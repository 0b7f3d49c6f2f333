"""Frames in which the camera pans, tilts, zooms or is knocked: the picture changes, and not only where people are.

Found from the cells' means of every frame, so to the frame; slower motion than that is left to the features of
`background`, which measure it.
"""

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence.changes import STEP
from share_data.filters.evidence.runs import joined, runs, widened
from share_data.records import Bools, Ints

VERSION = 1
"""Raise it when other frames are found."""
_CHANGED = 3 * STEP
"""Grey values by which the mean of a cell changes from frame to frame where something moves."""
_SHARE = 0.3
"""Share of the cells without people that change as the camera moves."""
_FEWEST = 2
"""Frames in a row: one alone is a cut, or a flash."""
_PAUSE_S, _EASE_S = 0.3, 0.2
"""A swing that turns round is one; motion begins and ends too slowly to be seen at once."""


def sweeps(coarse: NDArray[np.uint8], zones: Bools, times: Floats) -> Ints:
    """(n, 2) frames [start, stop) in which the camera moves.

    Args:
        coarse: (T, 9, 16), see `changes.Changes`.
        zones: (T, 9, 16) cells that people may be in, see `jumps.zones_of`.
        times: (T,) seconds.
    """
    changed = (coarse.astype(np.float32) * STEP >= _CHANGED) & ~zones
    share = changed.sum(axis=(1, 2)) / np.maximum((~zones).sum(axis=(1, 2)), 1)
    found = runs(share > _SHARE)
    found = found[found[:, 1] - found[:, 0] >= _FEWEST]
    return joined(widened(joined(found, times, _PAUSE_S), times, _EASE_S), times, _PAUSE_S)

"""When to look for people between two samples: something large is new that no known person explains.

Who crosses a doorway in 0.4 s falls between samples half a second apart. The frames' changes see him, a detector says
who he is.
"""

import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.changes import CELLS
from share_data.records import Bools

VERSION = 1
"""Raise it when other frames are looked at."""
_NEW = 6.0
"""Grey values by which the mean of a cell differs from when people were last looked for, exposure taken out."""
_CELLS = 2
"""Cells side by side that must be new: less is no person of size."""
_PAUSE_S = 0.2
"""Seconds between two looks at least."""
_REACH = 0.3
"""How far a known person may have got since, in heights of his box."""


class NoveltyWatch:
    """Fed with every frame, and told of every look at the people."""

    def __init__(self) -> None:
        self._means: Floats | None = None
        self._known: Bools = np.zeros(CELLS, dtype=bool)
        self._time = -np.inf

    def looked(self, time: float, means: Floats, boxes: Floats, size: tuple[int, int]) -> None:
        """People were looked for at `time`, seconds.

        means: (9, 16) of the frame's cells, `ChangeMeter.means`; boxes: (n, 4 or more) x1 y1 x2 y2 of whom was found,
        pixels of a picture of `size` (width, height).
        """
        self._time, self._means = time, means
        self._known = np.zeros(CELLS, dtype=bool)
        rows, columns = CELLS
        for x1, y1, x2, y2 in boxes[:, :4]:
            reach = _REACH * (y2 - y1)
            left, right = (x1 - reach) * columns / size[0], (x2 + reach) * columns / size[0]
            top, bottom = (y1 - reach / 2) * rows / size[1], (y2 + reach / 2) * rows / size[1]
            self._known[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1] = True

    def due(self, time: float, means: Floats) -> bool:
        """Whether to look at this frame: something is there that was not when last looked."""
        if self._means is None or time - self._time < _PAUSE_S:
            return False
        lit = self._means > 1
        gain = float(np.median(means[lit] / self._means[lit])) if lit.any() else 1.0
        new = (np.abs(means - gain * self._means) > _NEW) & ~self._known
        return bool(new.mean() < 0.5 and _side_by_side(new) >= _CELLS)


def _side_by_side(cells: Bools) -> int:
    """Cells of the largest connected group."""
    import cv2

    counts = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=4)[2][1:, cv2.CC_STAT_AREA]
    return int(counts.max(initial=0))

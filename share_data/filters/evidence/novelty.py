"""When to look for people between two samples: something large is new that no known person explains.

Who crosses a doorway in 0.4 s falls between samples half a second apart. The frames' changes see him, a detector says
who he is. Who is suddenly there where somebody else is known to be shows as a frame that changes much more than those
before it; he is looked for a little later, when the two have come apart.
"""

from collections import deque

import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.changes import CELLS, unlike
from share_data.records import Bools

VERSION = 3
"""Raise it when other frames are looked at."""
_NEW = 6.0
"""Grey values by which the mean of a cell differs from when people were last looked for, exposure taken out."""
_STANDS_OUT = 16.0
"""So many times as much as the usual cell: a camera that sways changes them all, edges more than plain walls."""
_CELLS = 2
"""Cells side by side that must be new: less is no person of size."""
_STIRS = 2.0
"""Grey values by which the mean of a cell differs where anything at all has moved: noise is a tenth of that."""
_PAUSE_S = 0.2
"""Seconds between two looks at least."""
_SUDDEN, _LEAST, _BEFORE, _STRONGEST = 2.0, 10.0, 3, 3
"""A sudden frame changes so many times as much as any of those before it, and by so many grey values, in the cells that
change most."""
_REACH = 0.3
"""How far a known person may have got since, in heights of his box."""


class NoveltyWatch:
    """Fed with every frame, and told of every look at the people. sudden: whether a frame since then came suddenly."""

    def __init__(self) -> None:
        self._means: Floats | None = None
        self._seen: Floats | None = None
        self._known: Bools = np.zeros(CELLS, dtype=bool)
        self._columns = 1
        self._time, self._alarm = -np.inf, np.inf
        self._last: Floats | None = None
        self.sudden = False
        self._paces: deque[float] = deque(maxlen=_BEFORE)

    def looked(self, time: float, means: Floats, boxes: Floats, size: tuple[int, int]) -> None:
        """People were looked for at `time`, seconds.

        means: (9, 16) of the frame's cells, `ChangeMeter.means`; boxes: (n, 4 or more) x1 y1 x2 y2 of whom was found,
        pixels of a picture of `size` (width, height).
        """
        self._time, self._means, self._seen = time, means, means
        self.sudden = False
        self._known = np.zeros(CELLS, dtype=bool)
        highest = float((boxes[:, 3] - boxes[:, 1]).max(initial=0))
        self._columns = 1 + int(_REACH * highest * CELLS[1] / size[0])
        for box in boxes:
            self._known |= cells_of(box[None], size, _REACH * float(box[3] - box[1]))

    def changed(self, means: Floats) -> Bools:
        """(9, 16) cells that are not as when people were last looked for; all where they never were."""
        return np.ones(CELLS, dtype=bool) if self._seen is None else unlike(self._seen, means) > _STIRS

    def assumed(self, time: float, means: Floats) -> None:
        """Nobody looks at this frame: what has changed is taken for the known person, who has moved on."""
        for row, column in np.argwhere(self.changed(means)).tolist():
            self._known[max(0, row - 1) : row + 2, max(0, column - self._columns) : column + self._columns + 1] = True
        self._time, self._means = time, means

    def due(self, time: float, means: Floats) -> bool:
        """Whether to look at this frame, which comes after the last that was asked about: something is there that was
        not when last looked."""
        self._note(time, means)
        if self._means is None or time - self._time < _PAUSE_S:
            return False
        if time >= self._alarm:
            self._alarm = np.inf
            return True
        apart = unlike(self._means, means)
        usual = float(np.median(apart[~self._known])) if not self._known.all() else 0.0
        new = (apart > max(_NEW, _STANDS_OUT * usual)) & ~self._known
        return bool(new.mean() < 0.5 and _side_by_side(new) >= _CELLS)

    def begins(self) -> None:
        """A new shot begins: nothing is known of it."""
        self._means = self._seen = self._last = None
        self._alarm, self.sudden = np.inf, False
        self._paces.clear()

    def _note(self, time: float, means: Floats) -> None:
        """Whether this frame comes suddenly."""
        if self._last is not None:
            pace = float(np.sort(unlike(self._last, means), axis=None)[-_STRONGEST:].mean())
            if len(self._paces) == _BEFORE and pace >= max(_LEAST, _SUDDEN * max(self._paces)):
                self._alarm, self.sudden = time + _PAUSE_S, True
            self._paces.append(pace)
        self._last = means


def cells_of(boxes: Floats, size: tuple[int, int], reach: float) -> Bools:
    """(9, 16) cells that boxes touch which are widened by `reach` on both sides, by half of it above and below.

    boxes: (n, 4 or more) x1 y1 x2 y2, pixels of a picture of `size` (width, height).
    """
    made = np.zeros(CELLS, dtype=bool)
    rows, columns = CELLS
    for x1, y1, x2, y2 in boxes[:, :4]:
        left, right = (x1 - reach) * columns / size[0], (x2 + reach) * columns / size[0]
        top, bottom = (y1 - reach / 2) * rows / size[1], (y2 + reach / 2) * rows / size[1]
        made[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1] = True
    return made


def _side_by_side(cells: Bools) -> int:
    """Cells of the largest connected group."""
    import cv2

    counts = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=4)[2][1:, cv2.CC_STAT_AREA]
    return int(counts.max(initial=0))

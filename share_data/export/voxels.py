"""Which small boxes of space a cloud fills, and the grid of 2 cm that TRUMANS and LINGO train on."""

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.export.rotations import Y_UP
from share_data.records import Bools

CELL_M = 0.04
"""Points are told apart no finer: a cloud has holes at 2 cm."""
FINE_M = 0.02
SHAPE = (300, 100, 400)
LOW_M = np.array([-3.0, 0.0, -4.0])
"""The grid's corner with the least coordinates; y is up, the floor at 0."""
_FLOOR_M = 0.05
"""Points below are the floor: it is in nobody's way."""

Cells = NDArray[np.int16]


def filled_cells(points: Floats) -> Cells:
    """(M, 3) cells of `CELL_M` with a point in them, y up, sorted, of points (N, 3), metres, z up."""
    above = points[np.abs(points[:, 2]) > _FLOOR_M].astype(np.float64) @ Y_UP.T
    near = above[(np.abs(above) < 100).all(axis=1) & (above[:, 1] > 0)]
    cells = np.floor(near / CELL_M).astype(np.int16)
    return np.unique(cells, axis=0) if len(cells) else np.zeros((0, 3), np.int16)


def centre_of(low: Floats, high: Floats) -> Floats:
    """(3,) metres: a whole number of cells to subtract, so that what lies from `low` to `high` is about the middle."""
    middle = np.rint((low + high) / 2 / CELL_M) * CELL_M
    return np.array([middle[0], 0.0, middle[2]])


def occupancy(cells: Cells, centre: Floats) -> Bools:
    """(300, 100, 400) bool along x, y, z: the boxes of 2 cm that the cells fill.

    Args:
        cells: see `filled_cells`.
        centre: see `centre_of`.
    """
    grid = np.zeros(SHAPE, bool)
    first = np.rint((cells * CELL_M - centre - LOW_M) / FINE_M).astype(np.int64)
    for step in np.ndindex(2, 2, 2):
        boxes = first + step
        inside = boxes[((boxes >= 0) & (boxes < SHAPE)).all(axis=1)]
        grid[tuple(inside.T)] = True
    return grid


def outside(places: Floats) -> Bools:
    """(T,) whether places (T, 3), metres, y up, centred, lie beyond the grid's walls."""
    high = LOW_M + np.array(SHAPE) * FINE_M
    across = [0, 2]
    return np.asarray(((places < LOW_M) | (places >= high))[:, across].any(axis=1))

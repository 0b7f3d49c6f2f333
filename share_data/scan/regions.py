"""Which part of a picture is looked at: where a person was, and where the picture has changed since."""

import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.changes import CELLS
from share_data.records import Bools

_MARGIN = 0.2
"""Around the person's last box, in heights."""
_WHOLE = 0.6
"""Share of the picture from which on it is as well looked at as a whole."""
_EDGE = 0.02
"""A box nearer to a border of the region than this, of the picture's longer side, may be cut by it."""


def region_of(box: Floats, changed: Bools, size: tuple[int, int]) -> Floats | None:
    """(4,) x1 y1 x2 y2, pixels; None where it is as well to look at the whole picture.

    Args:
        box: (4,) where the person was seen last.
        changed: (9, 16) cells that have changed since.
        size: width, height of the picture.
    """
    margin = _MARGIN * (box[3] - box[1])
    low, high = box[:2] - margin, box[2:] + margin
    if changed.any():
        cell = np.array(size) / CELLS[::-1]
        rows, columns = np.nonzero(changed)
        low = np.minimum(low, np.array([columns.min() - 1, rows.min() - 1]) * cell)
        high = np.maximum(high, np.array([columns.max() + 2, rows.max() + 2]) * cell)
    low, high = np.maximum(low, 0), np.minimum(high, size)
    return None if np.prod(high - low) > _WHOLE * np.prod(size) else np.concatenate([low, high])


def within(box: Floats, region: Floats, size: tuple[int, int]) -> bool:
    """Whether the region, (4,), does not cut the box, (4,), where the picture goes on. size: width, height."""
    edge = _EDGE * max(size)
    low = (box[:2] - region[:2] >= edge) | (region[:2] <= 0)
    high = (region[2:] - box[2:] >= edge) | (region[2:] >= size)
    return bool(low.all() and high.all())

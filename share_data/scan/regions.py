"""Which part of a picture is looked at: where a person was, and where the picture has changed since; and where people
are between two looks."""

import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.changes import CELLS
from share_data.filters.evidence.novelty import cells_of
from share_data.filters.evidence.tracks import link
from share_data.records import Bools, Ints

_MARGIN = 0.2
"""Around a person's last box, in heights."""
_WHOLE = 0.8
"""Share of the picture from which on it is as well looked at as a whole."""
_EDGE = 0.02
"""A box nearer to a border of the region than this, of the picture's longer side, may be cut by it."""

_STEP = 0.8
"""Heights of his box that a person may have moved between two looks, for his box to be interpolated."""
_REACH = 0.3
"""Heights around two boxes within which a change is the person's."""


def region_of(boxes: Floats, changed: Bools, size: tuple[int, int]) -> Floats | None:
    """(4,) x1 y1 x2 y2, pixels; None where it is as well to look at the whole picture.

    Args:
        boxes: (n, 4) where people were seen last, one at least.
        changed: (9, 16) cells that have changed since.
        size: width, height of the picture.
    """
    margin = _MARGIN * (boxes[:, 3:] - boxes[:, 1:2])
    low, high = (boxes[:, :2] - margin).min(axis=0), (boxes[:, 2:] + margin).max(axis=0)
    if changed.any():
        cell = np.array(size) / CELLS[::-1]
        rows, columns = np.nonzero(changed)
        low = np.minimum(low, np.array([columns.min() - 1, rows.min() - 1]) * cell)
        high = np.maximum(high, np.array([columns.max() + 2, rows.max() + 2]) * cell)
    low, high = np.maximum(low, 0), np.minimum(high, size)
    return None if np.prod(high - low) > _WHOLE * np.prod(size) else np.concatenate([low, high])


def within(boxes: Floats, region: Floats, size: tuple[int, int]) -> bool:
    """Whether the region, (4,), cuts none of the boxes, (n, 4), where the picture goes on. size: width, height."""
    edge = _EDGE * max(size)
    low = (boxes[:, :2] - region[:2] >= edge) | (region[:2] <= 0)
    high = (region[2:] - boxes[:, 2:] >= edge) | (region[2:] >= size)
    return bool(low.all() and high.all())


def paired(first: Floats, last: Floats, seconds: float) -> Ints | None:
    """(n,) which box of a later look shows the person of each box of an earlier one; None where they do not all agree.

    first, last: (n, 4 or more) x1 y1 x2 y2, pixels; seconds: between the looks.
    """
    before, after = (names.tolist() for names in link(np.array([0.0, seconds]), [first, last]))
    if sorted(before) != sorted(after) or -1 in before:
        return None
    order = np.array([after.index(name) for name in before], np.int64)
    apart = np.linalg.norm(first[:, :4] - last[order, :4], axis=1) / np.sqrt(2)
    return order if (apart <= _STEP * _heights(first, last[order])).all() else None


def paths(first: Floats, last: Floats, size: tuple[int, int]) -> Bools:
    """(9, 16) cells in which people may be who go from one box to another. first, last: (n, 4 or more), pixels."""
    low, high = np.minimum(first[:, :2], last[:, :2]), np.maximum(first[:, 2:4], last[:, 2:4])
    made = np.zeros(CELLS, dtype=bool)
    for hull, tall in zip(np.hstack([low, high]), _heights(first, last).tolist(), strict=True):
        made |= cells_of(hull[None], size, _REACH * tall)
    return made


def _heights(first: Floats, last: Floats) -> Floats:
    """(n,) of the higher of two boxes."""
    return np.asarray(np.maximum(first[:, 3] - first[:, 1], last[:, 3] - last[:, 1]))

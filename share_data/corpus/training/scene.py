"""Scene points of a sample: a few thousand of a record's, evenly from all of it, or from around the path.

Points lie in random order, so any block of them is a uniform sample: reading takes what is wanted and no more.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.corpus.training.record_file import RecordFile
from share_data.store.draws import below, hashes

_PATH_POINTS = 32


class ScenePoints:
    """The points of one record.

    Args:
        record: whose they are.
        shuffled: whether they lie in random order.
    """

    def __init__(self, record: RecordFile, shuffled: bool) -> None:
        self._read, self._stored, self._shuffled = record.read, record.stored, shuffled
        self._count = record.stored["points"].shape[0]

    def whole(self) -> NDArray[np.float32]:
        """(N, 3) metres, world frame: all of them."""
        points = np.empty((self._count, 3), np.float32)
        self._rows({"points": points}, 0, self._count)
        return points

    def fill(self, into: Mapping[str, NDArray[Any]], path: Floats | None, radius: float | None, draw: int) -> int:
        """Read points into the first rows of arrays.

        Args:
            into: `points` (N, 3) float32 metres, world frame; others of `Stored` by name, (N, ...), of their dtype.
            path: (F, 3) metres, world frame, for `radius`.
            radius: metres on the floor from the path, None for the whole scene.
            draw: 64 random bits.

        Returns:
            How many rows were filled.
        """
        wanted = len(into["points"])
        if radius is not None and path is not None and len(path):
            return self._around(into, path[:: -(-len(path) // _PATH_POINTS), :2], radius, draw)
        taken = min(wanted, self._count)
        if taken < self._count and not self._shuffled:
            chosen = np.sort(np.argpartition(hashes(draw, self._count), taken)[:taken])
            whole = {name: np.empty((self._count, *each.shape[1:]), each.dtype) for name, each in into.items()}
            self._rows(whole, 0, self._count)
            for name, target in into.items():
                target[:taken] = whole[name][chosen]
            return taken
        self._rows(into, below(self._count, draw) if taken < self._count else 0, taken)
        return taken

    def _around(self, into: Mapping[str, NDArray[Any]], path: Floats, radius: float, draw: int) -> int:
        """Block after block from a drawn place on, until enough points near the path are found, or all were seen."""
        wanted, filled, seen = len(into["points"]), 0, 0
        if not self._count:
            return 0
        first = below(self._count, draw)
        while filled < wanted and seen < self._count:
            size = min(max(2 * (wanted - filled), 1024), self._count - seen)
            block = {name: np.empty((size, *each.shape[1:]), each.dtype) for name, each in into.items()}
            self._rows(block, (first + seen) % self._count, size)
            apart = block["points"][:, None, :2] - path[None].astype(np.float32)
            near = np.flatnonzero((np.einsum("nfk,nfk->nf", apart, apart) < radius * radius).any(axis=1))
            near = near[: wanted - filled]
            for name, target in into.items():
                target[filled : filled + len(near)] = block[name][near]
            filled, seen = filled + len(near), seen + size
        return filled

    def _rows(self, into: Mapping[str, NDArray[Any]], first: int, count: int) -> None:
        """Rows from `first` on, from the beginning again after the last one."""
        parts: list[tuple[int, NDArray[Any]]] = []
        until_end = min(count, self._count - first)
        stored = self._stored["points"]
        steps = np.empty((count, 3), stored.dtype) if stored.dtype != np.float32 else into["points"][:count]
        scale, offset = np.empty(1, np.float32), np.empty(3, np.float32)
        for name, each in {**into, "points": steps}.items():
            place = self._stored[name]
            parts.append((place.start + first * place.row_bytes, each[:until_end]))
            if count > until_end:
                parts.append((place.start, each[until_end:count]))
        parts += [(self._stored["points_scale"].start, scale), (self._stored["points_offset"].start, offset)]
        self._read(parts)
        points = into["points"][:count]
        if stored.dtype != np.float32:
            np.multiply(steps, scale, out=points)
        elif scale[0] != 1:
            points *= scale
        if offset.any():
            points += offset


def occupied(points: NDArray[Any], low: Floats, voxel: float, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Which voxels of a box hold a point.

    Args:
        points: (N, 3) metres.
        low: (3,) metres, the box's corner of least coordinates.
        voxel: edge in metres.
        shape: voxels along x, y and z.

    Returns:
        `shape` uint8, 1 where a point lies. A single camera does not see all of a room: 0 is not "free".
    """
    cells = np.floor((points - low) / voxel).astype(np.int64)
    cells = cells[((cells >= 0) & (cells < shape)).all(axis=1)]
    box = np.zeros(shape, np.uint8)
    box[tuple(cells.T)] = 1
    return box

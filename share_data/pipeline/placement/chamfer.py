"""The Chamfer distance of SHARE's body loss (eq. 5) between points and a mesh that only translates."""

from typing import TYPE_CHECKING

import numpy as np

from share_data.camera import Floats
from share_data.records import Ints

if TYPE_CHECKING:
    from scipy.spatial import cKDTree


class Chamfer:
    """mean_p min_v |p - v| + mean_v min_p |p - v| between points and a mesh moved by x; |.|^2 when squared.

    Both trees are built once: moving the mesh by x is asking its tree for points - x.

    Args:
        vertices: (V, 3) metres.
        points: (P, 3) metres.
        squared: square the distances; the paper's (SHARE, eq. 5) are not.
    """

    def __init__(self, vertices: Floats, points: Floats, squared: bool = False) -> None:
        self.vertices = np.asarray(vertices, dtype=np.float64)
        self.points = np.asarray(points, dtype=np.float64)
        self.squared = squared
        # Surfaces leave most of a box empty: trees that halve the box answer the same, up to three times as fast.
        from scipy.spatial import cKDTree

        self._mesh_tree = cKDTree(self.vertices, leafsize=32, compact_nodes=False, balanced_tree=False)
        self._point_tree = cKDTree(self.points, leafsize=32, compact_nodes=False, balanced_tree=False)
        self._subsets: dict[int, tuple[Floats, Floats]] = {}

    def __call__(self, x: Floats, limit: int | None = None) -> tuple[float, Floats]:
        """The distance with the mesh translated.

        Args:
            x: (3,) metres.
            limit: ask for the neighbours of that many vertices and points only, always the same ones, among all of the
                other side. That is an unbiased estimate, unlike thinning both sides, which makes neighbours farther.

        Returns:
            Metres, or square metres, and the (3,) gradient.
        """
        vertices, points = self._queries(limit)
        vertices = vertices + x
        # Both point from the fixed point to the moving vertex.
        from_points = _nearest(self._mesh_tree, points - x, self.vertices, -1.0)
        from_vertices = _nearest(self._point_tree, vertices, self.points, 1.0)
        parts = [_mean(*side, self.squared) for side in (from_points, from_vertices)]
        return parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]

    def _queries(self, limit: int | None) -> tuple[Floats, Floats]:
        if limit is None:
            return self.vertices, self.points
        if limit not in self._subsets:
            self._subsets[limit] = _some(self.vertices, limit), _some(self.points, limit)
        return self._subsets[limit]


def _some(points: Floats, limit: int) -> Floats:
    """`limit` rows in their order: a stride would follow the rows of the image that the points were taken from."""
    if len(points) <= limit:
        return points
    return np.asarray(points[np.sort(np.random.default_rng(0).choice(len(points), limit, replace=False))])


def _nearest(tree: "cKDTree", queries: Floats, targets: Floats, sign: float) -> tuple[Floats, Floats]:
    distance, index = tree.query(queries)
    found: Ints = np.asarray(index)
    return np.asarray(distance), sign * (queries - targets[found])


def _mean(distance: Floats, difference: Floats, squared: bool) -> tuple[float, Floats]:
    if squared:
        return float((distance**2).mean()), 2 * difference.mean(axis=0)
    # A point that coincides with its neighbour has no direction: 0 is a subgradient there.
    direction = difference / np.maximum(distance, 1e-12)[:, None]
    return float(distance.mean()), np.asarray(direction.mean(axis=0))

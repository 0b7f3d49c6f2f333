"""Triangle rasteriser in vectorised numpy: exact at pixel centres, perspective-correct, near-plane safe."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics

Indices = NDArray[np.intp]

NEAR = 0.05  # metres; a surface closer than this to the lens is cut away
_CHUNK = 2_000_000  # fragments resolved at once: bounds the memory of a full-screen room at 4K


@dataclass(frozen=True, slots=True)
class Raster:
    """What each pixel's centre sees.

    depth: (H, W) float32 metres along z, 0 = nothing; face: (H, W) int32 index of the triangle, -1 = nothing.
    """

    depth: Floats
    face: NDArray[np.int32]


def rasterize(vertices: Floats, faces: NDArray[np.integer], intrinsics: Intrinsics) -> Raster:
    """The nearest triangle at every pixel centre. Both sides of a triangle are seen.

    vertices: (V, 3) metres, camera frame; faces: (F, 3) indices. Triangles crossing z = 0.05 m are clipped
    there. A pixel belongs to the triangle its centre lies in; the top and left edges are inclusive, so that
    two triangles sharing an edge neither overlap nor leave a gap.
    """
    height, width = intrinsics.height, intrinsics.width
    corners, owner = _clip_near(np.asarray(vertices, dtype=np.float64)[faces])
    nearness = np.zeros(height * width)
    face = np.full(height * width, -1, dtype=np.int32)
    for pixel, inverse, triangle in _fragments(corners, intrinsics):
        np.maximum.at(nearness, pixel, inverse)
        front = inverse == nearness[pixel]
        face[pixel[front]] = owner[triangle[front]]
    depth = np.divide(1.0, nearness, out=np.zeros_like(nearness), where=nearness > 0)
    return Raster(depth.astype(np.float32).reshape(height, width), face.reshape(height, width))


def barycentric(corners: Floats, points: Floats) -> Floats:
    """Weights of a triangle's corners at points on it (solved by areas in 3-D, hence perspective-correct).

    corners: (N, 3, 3) metres; points: (N, 3) metres. Returns (N, 3), non-negative, rows sum to 1.
    """
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    normal = np.cross(b - a, c - a)
    weights = np.stack(
        [
            np.einsum("ij,ij->i", normal, np.cross(c - b, points - b)),
            np.einsum("ij,ij->i", normal, np.cross(a - c, points - c)),
            np.einsum("ij,ij->i", normal, np.cross(b - a, points - a)),
        ],
        axis=-1,
    ).clip(min=0)
    total = weights.sum(axis=-1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / 3)


def _clip_near(corners: Floats) -> tuple[Floats, Indices]:
    """Triangles in front of the near plane, (N, 3, 3), and which input triangle each comes from."""
    index = np.arange(len(corners))
    inside = corners[..., 2] >= NEAR
    count = inside.sum(axis=1)
    parts, owners = [corners[count == 3]], [index[count == 3]]
    for kept in (1, 2):
        chosen = count == kept
        if not chosen.any():
            continue
        # Turn each triangle so that the odd corner out comes first; winding is kept.
        odd = np.argmax(inside[chosen] == (kept == 1), axis=1)
        order = (odd[:, None] + np.arange(3)) % 3
        a, b, c = np.moveaxis(np.take_along_axis(corners[chosen], order[..., None], axis=1), 1, 0)
        ab, ac = _cross_near(a, b), _cross_near(a, c)
        new = [(a, ab, ac)] if kept == 1 else [(ab, b, c), (ab, c, ac)]
        parts += [np.stack(triangle, axis=1) for triangle in new]
        owners += [index[chosen]] * len(new)
    return np.concatenate(parts), np.concatenate(owners)


def _cross_near(a: Floats, b: Floats) -> Floats:
    """Where the segments a-b meet the near plane; the same point whichever end comes first."""
    swap = (a[:, 2] > b[:, 2])[:, None]
    low, high = np.where(swap, b, a), np.where(swap, a, b)
    share = (NEAR - low[:, 2:]) / (high[:, 2:] - low[:, 2:])
    point = low + share * (high - low)
    point[:, 2] = NEAR
    return np.asarray(point)


def _fragments(corners: Floats, intrinsics: Intrinsics) -> Iterator[tuple[Indices, Floats, Indices]]:
    """Batches of (flat pixel, inverse depth, triangle): one entry per pixel centre inside a triangle."""
    row, left, right, triangle = _spans(corners, intrinsics)
    length = right - left
    inverse_of = _InverseDepth(corners, intrinsics)
    ends = np.cumsum(length)
    start = 0
    while start < len(length):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + _CHUNK, side="right")))
        n = length[start:stop]
        span = np.repeat(np.arange(start, stop), n)
        column = np.arange(len(span)) - np.repeat(np.cumsum(n) - n, n) + left[span]
        owner = triangle[span]
        yield row[span] * intrinsics.width + column, inverse_of(column, row[span], owner), owner
        start = stop


def _spans(corners: Floats, intrinsics: Intrinsics) -> tuple[Indices, ...]:
    """Per triangle and image row: row, first and one-past-last column whose centre lies inside, triangle."""
    xy = corners[..., :2] / corners[..., 2:] * intrinsics.focal + (intrinsics.cx - 0.5, intrinsics.cy - 0.5)
    # Corners by height, so that a shared edge is walked from the same end in both of its triangles.
    order = np.lexsort((xy[..., 0], xy[..., 1]), axis=1)
    xy = np.take_along_axis(xy, order[..., None], axis=1)
    top = np.clip(np.ceil(xy[:, 0, 1]), 0, intrinsics.height).astype(np.intp)
    rows = np.clip(np.ceil(xy[:, 2, 1]), 0, intrinsics.height).astype(np.intp) - top
    triangle = np.repeat(np.arange(len(xy)), rows)
    row = np.arange(len(triangle)) - np.repeat(np.cumsum(rows) - rows, rows) + top[triangle]
    a, b, c = (xy[triangle, k] for k in range(3))
    upper = row < b[:, 1]
    long_edge = _edge_x(a, c, row)
    short_edge = np.where(upper, _edge_x(a, b, row), _edge_x(b, c, row))
    left = np.clip(np.ceil(np.minimum(long_edge, short_edge)), 0, intrinsics.width).astype(np.intp)
    right = np.clip(np.ceil(np.maximum(long_edge, short_edge)), 0, intrinsics.width).astype(np.intp)
    seen = right > left
    return row[seen], left[seen], right[seen], triangle[seen]


def _edge_x(upper: Floats, lower: Floats, row: Indices) -> Floats:
    """Column where the edge crosses each row; finite also for horizontal edges, whose value is not used."""
    rise = lower[:, 1] - upper[:, 1]
    slope = (lower[:, 0] - upper[:, 0]) / np.where(rise > 0, rise, 1)
    return np.asarray(upper[:, 0] + (row - upper[:, 1]) * slope)


class _InverseDepth:
    """1 / z on each triangle's plane: affine in the pixel, bounded by the triangle's own depths."""

    def __init__(self, corners: Floats, intrinsics: Intrinsics) -> None:
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        distance = np.einsum("ij,ij->i", normal, corners[:, 0])
        plane = normal / np.where(distance == 0, 1, distance)[:, None]
        self.gradient = plane[:, :2] / intrinsics.focal
        shift = np.array([0.5 - intrinsics.cx, 0.5 - intrinsics.cy])
        self.constant = plane[:, 2] + self.gradient @ shift
        # Seen edge-on the plane is ill-conditioned, but no triangle is nearer or farther than its corners.
        inverse = 1 / corners[..., 2]
        self.low, self.high = inverse.min(axis=1), inverse.max(axis=1)

    def __call__(self, column: Indices, row: Indices, triangle: Indices) -> Floats:
        gradient = self.gradient[triangle]
        value = gradient[:, 0] * column + gradient[:, 1] * row + self.constant[triangle]
        return np.asarray(np.clip(value, self.low[triangle], self.high[triangle]))

"""Surface normals of a depth map, and of sparse points."""

import numpy as np

from share_data.camera import Floats, Intrinsics
from share_data.records import Bools

# Neighbours are one surface unless their inverse depths jump by more than this share and by thrice either next jump:
# a surface that recedes steeply has equal jumps, an edge has one.
JUMP, JUMP_RATIO = 0.01, 3.0
NEIGHBOURS = 12
TINY = 1e-9


def depth_normals(depth: Floats, valid: Bools, intrinsics: Intrinsics) -> Floats:
    """Normals of an unprojected depth map.

    Differences of inverse depth, which is linear in pixels on a plane whatever its tilt: 1 / z = (n / d) . (X, Y, 1)
    for the plane n . x = d, so one-sided differences at an edge are as exact as central ones. They reach 1 pixel in
    640, at most 4, on the pixel's own surface.

    Args:
        depth: (H, W) metres along z.
        valid: (H, W) bool.
        intrinsics: of the depth map's size.

    Returns:
        (H, W, 3) float32, unit, camera frame, towards the camera; 0 where there is none: a pixel without a neighbour of
        its surface in its row or in its column has no normal.
    """
    inverse = np.divide(1, depth, out=np.zeros(depth.shape, np.float32), where=valid, dtype=np.float32)
    reach = int(np.clip(round(intrinsics.width / 640), 1, 4))
    across, known_across = _slope(inverse, valid, reach)
    down, known_down = _slope(inverse.T, valid.T, reach)
    u = np.arange(intrinsics.width, dtype=np.float32) + np.float32(0.5 - intrinsics.cx)
    v = np.arange(intrinsics.height, dtype=np.float32) + np.float32(0.5 - intrinsics.cy)
    normals = np.empty((*depth.shape, 3), np.float32)
    normals[..., 0] = across * np.float32(-intrinsics.focal)
    normals[..., 1] = down.T * np.float32(-intrinsics.focal)
    normals[..., 2] = across * u + down.T * v[:, None]
    normals[..., 2] -= inverse
    known = known_across & known_down.T
    length = np.sqrt(np.einsum("...i,...i->...", normals, normals))
    scale = np.divide(1, length, out=np.zeros_like(length), where=known & (length > 0))
    normals *= scale[..., None]
    return normals


def _slope(values: Floats, valid: Bools, reach: int) -> tuple[Floats, Bools]:
    """Least-squares slope at each pixel along the last axis over linked neighbours up to `reach`, and where any."""
    jumps = np.diff(values, axis=1)
    linked = _linked(values, jumps, valid)
    moment, weight = np.zeros_like(values), np.zeros_like(values)
    chain = linked
    for step in range(1, reach + 1):
        if step > 1:
            chain = chain[:, :-1] & linked[:, step - 1 :]
        rise = np.where(chain, (values[:, step:] - values[:, :-step]) * np.float32(step), np.float32(0))
        share = chain * np.float32(step * step)
        for side in (slice(None, -step), slice(step, None)):
            moment[:, side] += rise
            weight[:, side] += share
    known = weight > 0
    return np.divide(moment, weight, out=moment, where=known), known


def _linked(values: Floats, jumps: Floats, valid: Bools) -> Bools:
    """(H, W - 1) bool: which neighbours along the last axis are one surface."""
    both = valid[:, :-1] & valid[:, 1:]
    size = np.abs(jumps)
    known = np.where(both, size, np.float32(np.inf))
    least = np.full_like(size, np.inf)
    least[:, 1:] = known[:, :-1]
    least[:, :-1] = np.minimum(least[:, :-1], known[:, 1:])
    # At the rim of a hole or of the image a jump has no second neighbour to compare with.
    limit = np.maximum(
        np.where(np.isfinite(least), np.float32(JUMP_RATIO) * least, 0), np.float32(JUMP) * values[:, 1:]
    )
    return np.asarray(both & (size <= limit))


def fill_normals(points: Floats, normals: Floats) -> Floats:
    """Replace the normals that are 0.

    A missing one is the direction in which the 12 nearest points spread least; with fewer than 3 points, the viewing
    direction.

    Args:
        points: (N, 3) metres, camera frame.
        normals: (N, 3), any length, 0 for "none".

    Returns:
        (N, 3) float32 unit; those that were missing point towards the camera at the origin.
    """
    length = np.linalg.norm(normals, axis=1)
    missing = length < TINY
    out = np.divide(normals, length[:, None], out=np.zeros(normals.shape), where=~missing[:, None])
    if missing.any():
        view = points[missing] / np.maximum(np.linalg.norm(points[missing], axis=1, keepdims=True), TINY)
        least = view if len(points) < 3 else _least_spread(points, points[missing])
        facing = np.einsum("ni,ni->n", least, view)
        out[missing] = least * np.where(facing > 0, -1, 1)[:, None]
    return np.asarray(out, dtype=np.float32)


def _least_spread(points: Floats, at: Floats) -> Floats:
    """(M, 3) unit: last principal axis of the nearest of `points` around each of `at`: (M, 3)."""
    from scipy.spatial import cKDTree

    nearest = cKDTree(points).query(at, min(NEIGHBOURS, len(points)))[1]
    around = points[nearest].astype(np.float64)
    around -= around.mean(axis=1, keepdims=True)
    return np.asarray(np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))[1][..., 0])

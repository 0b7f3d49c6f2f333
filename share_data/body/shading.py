"""Colour for rasterised surfaces: one lamp, ambient light, textures evaluated at the seen point."""

from dataclasses import dataclass

import numpy as np

from share_data.body.render import Raster, barycentric
from share_data.camera import Floats, Intrinsics, pixel_grid, unproject

LIGHT = np.array([-0.35, -0.72, 0.6]) / np.linalg.norm([-0.35, -0.72, 0.6])
"""Direction towards the lamp, world frame: above and behind the camera, to its left."""

AMBIENT = 0.55


@dataclass(frozen=True, slots=True)
class Hits:
    """Seen surface points. pixel (N,) flat index; face (N,); point (N, 3) metres, camera frame."""

    pixel: np.ndarray
    face: np.ndarray
    point: Floats


def hits(raster: Raster, intrinsics: Intrinsics) -> Hits:
    """The surface points a raster saw."""
    pixel = np.flatnonzero(raster.face.ravel() >= 0)
    rays = pixel_grid(intrinsics.width, intrinsics.height).reshape(-1, 2)[pixel].astype(np.float64)
    depth = raster.depth.ravel()[pixel].astype(np.float64)
    return Hits(pixel, raster.face.ravel()[pixel], unproject(rays, depth, intrinsics))


def lambert(normals: Floats, light: Floats = LIGHT) -> Floats:
    """(N, 1) brightness of surfaces with unit `normals` (N, 3), in the frame of `light`."""
    facing = np.clip(normals @ light, 0, 1)
    # Light from above is a little stronger than from below, as in a room with a bright ceiling.
    return np.asarray((AMBIENT + 0.1 * normals[:, 2] + 0.5 * facing)[:, None])


def vertex_normals(vertices: Floats, faces: np.ndarray) -> Floats:
    """(V, 3) unit normals, weighted by area. vertices: (V, 3); faces: (F, 3)."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    total = np.stack(
        [
            sum(np.bincount(faces[:, k], weights=normal[:, axis], minlength=len(vertices)) for k in range(3))
            for axis in range(3)
        ],
        axis=-1,
    )
    length = np.linalg.norm(total, axis=-1, keepdims=True)
    return np.asarray(total / np.where(length > 0, length, 1))


def interpolate(values: Floats, vertices: Floats, faces: np.ndarray, seen: Hits) -> Floats:
    """Per-vertex `values` (V, K) at the seen points. vertices: (V, 3) metres in the camera frame. Returns (N, K)."""
    corners = faces[seen.face]
    weights = barycentric(np.asarray(vertices, dtype=np.float64)[corners], seen.point)
    return np.asarray(np.einsum("nk,nkd->nd", weights, values[corners]))

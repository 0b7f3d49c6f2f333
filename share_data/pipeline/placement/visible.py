"""Which vertices of a mesh the camera sees, and the human points can therefore show."""

import numpy as np

from share_data.body.render import rasterize
from share_data.camera import Floats, Intrinsics, project
from share_data.records import Bools, Ints

PIXELS = 384
DEPTH_TOLERANCE_M = 0.015
COVER_M = 0.10
MIN_SHARE = 0.05
CELLS = 24
"""Along the longer side of the body as the camera sees it, for `extent_share`."""


def visible_vertices(vertices: Floats, faces: Ints, points: Floats) -> Bools:
    """Vertices that face the camera, are not behind another part of the body, nor where no human points are.

    What lies more than 10 cm beside all human points as the camera sees it is hidden by furniture or cut off by the
    image; depth does not matter for that.

    Args:
        vertices: (V, 3) metres, camera frame, camera at the origin.
        faces: (F, 3) vertex numbers, counter-clockwise seen from outside.
        points: (P, 3) human points, same frame.

    Returns:
        (V,) bool. Everything is kept in case hardly a vertex remains, as when mesh and points do not meet.
    """
    mesh = np.asarray(vertices, dtype=np.float64)
    seen = _faces_camera(mesh, faces) & _in_front(mesh, faces)
    shown = seen & _near_points(mesh, np.asarray(points, dtype=np.float64))
    for chosen in (shown, seen):
        if chosen.sum() >= MIN_SHARE * len(mesh):
            return chosen
    return np.ones(len(mesh), dtype=bool)


def extent_share(vertices: Floats, points: Floats) -> float:
    """How much of the body as the camera would see it whole is shown, by the size of both in the image.

    Where they are does not matter, so that a body estimated beside its points loses nothing by it.

    Args:
        vertices: (V, 3) metres, camera frame, camera at the origin.
        points: (P, 3) human points, same frame.

    Returns:
        Cells of a grid that the points fall into over those that the body does: 1 for a person shown whole, 0 without
        points.
    """
    body, shown = (np.asarray(each, dtype=np.float64) for each in (vertices, points))
    body, shown = (each[each[:, 2] > 0.1] for each in (body, shown))
    if not len(body) or not len(shown):
        return 0.0 if len(body) else 1.0
    rays, seen = body[:, :2] / body[:, 2:], shown[:, :2] / shown[:, 2:]
    cell = max(float(np.ptp(rays, axis=0).max()) / CELLS, 1e-6)
    return _cells(seen, cell) / _cells(rays, cell)


def _cells(rays: Floats, cell: float) -> int:
    return len(np.unique(np.floor((rays - rays.min(axis=0)) / cell), axis=0))


def _faces_camera(mesh: Floats, faces: Ints) -> Bools:
    """Vertices with their normal towards the origin; a normal is the sum of those of the triangles around."""
    a, b, c = (mesh[faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    sums = np.stack(
        [sum(np.bincount(faces[:, k], normal[:, i], len(mesh)) for k in range(3)) for i in range(3)], axis=1
    )
    return np.asarray((sums * mesh).sum(axis=1) < 0)


def _in_front(mesh: Floats, faces: Ints) -> Bools:
    """Vertices not farther than the z-buffer of the mesh itself, by a camera of our own that just sees it whole."""
    ahead = mesh[:, 2] > 0.1
    if not ahead.any():
        return ahead
    rays = mesh[ahead, :2] / mesh[ahead, 2:]
    low, high = rays.min(axis=0), rays.max(axis=0)
    focal = PIXELS / max(float((high - low).max()), 1e-6)
    size = np.ceil((high - low) * focal).astype(int) + 2
    camera = Intrinsics(focal, float(1 - low[0] * focal), float(1 - low[1] * focal), int(size[0]), int(size[1]))
    depth = rasterize(mesh, faces, camera).depth
    pixel = np.floor(project(mesh[ahead], camera)).astype(int)
    front = depth[pixel[:, 1].clip(0, size[1] - 1), pixel[:, 0].clip(0, size[0] - 1)]
    result = ahead.copy()
    result[ahead] = (front == 0) | (mesh[ahead, 2] <= front + DEPTH_TOLERANCE_M)
    return result


def _near_points(mesh: Floats, points: Floats) -> Bools:
    """Vertices whose ray passes within 10 cm, at their depth, of the ray of a human point."""
    from scipy.spatial import cKDTree

    ahead, measured = mesh[:, 2] > 0.1, points[points[:, 2] > 0.1]
    if not len(measured):
        return ahead
    tree = cKDTree(measured[:, :2] / measured[:, 2:])
    distance = np.full(len(mesh), np.inf)
    distance[ahead] = tree.query(mesh[ahead, :2] / mesh[ahead, 2:])[0] * mesh[ahead, 2]
    return np.asarray(distance < COVER_M)

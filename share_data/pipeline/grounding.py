"""From the camera frame to the corpus world frame: z-up, floor at z = 0, origin under the camera, +y ahead."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.pipeline.gravity import Plane
from share_data.records import Bools

MAX_TILT_DEG = 20.0
INLIER_M = 0.03
MAX_FOOT_GAP_M = 0.15
MIN_INLIER_SHARE = 0.02
SAMPLE, HYPOTHESES = 8_000, 400
CONTACT_M = 0.03


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor in the camera frame, and whether the scene's points or the feet alone say so."""

    plane: Plane
    source: Literal["scene", "feet"]


def support_height(heights: Floats) -> float:
    """The height people stand at: the median of the lower half of per-frame lowest heights (T,), metres.

    Steps and jumps fill the upper half.
    """
    ordered = np.sort(heights)
    return float(np.median(ordered[: max(1, (len(ordered) + 1) // 2)]))


def fit_floor(points: Floats, up_hint: Floats, feet: Floats, seed: int = 0) -> Floor:
    """The floor plane by RANSAC on scene points, accepted only where the feet stand on it.

    points: (N, 3), feet: (T, 3) lowest body point of each frame, metres, camera frame; up_hint: (3,) unit. A plane
    qualifies within 20 degrees of the hint, 15 cm of the feet, below the camera, with 2 % of the points within 3 cm.
    Where none does, the plane under the feet across the hint is returned, source "feet".
    """
    by_feet = Floor(Plane(up_hint, -support_height(feet @ up_hint)), "feet")
    random = np.random.default_rng(seed)
    sample = np.asarray(points, dtype=np.float64)
    if len(sample) > SAMPLE:
        sample = sample[random.choice(len(sample), SAMPLE, replace=False)]
    # Table tops and ceilings cannot qualify: leave them out, so that three random points often lie on the floor.
    drift = 2 * MAX_FOOT_GAP_M + np.tan(np.radians(MAX_TILT_DEG)) * _flat_distance(sample, feet, up_hint)
    near = sample[np.abs(by_feet.plane.heights(sample)) < drift]
    if len(near) < 3:
        return by_feet
    candidates = [
        plane
        for plane in _hypotheses(near, up_hint, random)
        if abs(support_height(plane.heights(feet))) <= MAX_FOOT_GAP_M
    ]
    if not candidates:
        return by_feet
    best = max(candidates, key=lambda plane: _inliers(plane, near).sum())
    for _ in range(3):
        best = _least_squares(near[_inliers(best, near)], best)
    enough = _inliers(best, near).sum() >= MIN_INLIER_SHARE * len(sample)
    standing = abs(support_height(best.heights(feet))) <= MAX_FOOT_GAP_M
    return Floor(best, "scene") if enough and standing and best.offset > 0 else by_feet


def _flat_distance(points: Floats, feet: Floats, up: Floats) -> Floats:
    away = points - feet.mean(axis=0)
    return np.asarray(np.linalg.norm(away - (away @ up)[:, None] * up, axis=1))


def _inliers(plane: Plane, points: Floats) -> Bools:
    return np.asarray(np.abs(plane.heights(points)) < INLIER_M)


def _hypotheses(points: Floats, up_hint: Floats, random: np.random.Generator) -> list[Plane]:
    a, b, c = points[random.integers(0, len(points), (3, HYPOTHESES))]
    normals = np.cross(b - a, c - a)
    sizes = np.linalg.norm(normals, axis=1)
    normals = normals[sizes > 1e-9] / sizes[sizes > 1e-9, None]
    normals *= np.where(normals @ up_hint < 0, -1.0, 1.0)[:, None]
    near_up = normals @ up_hint > np.cos(np.radians(MAX_TILT_DEG))
    anchors = a[sizes > 1e-9]
    return [Plane(n, float(-(n @ p))) for n, p in zip(normals[near_up], anchors[near_up], strict=True)]


def _least_squares(points: Floats, fallback: Plane) -> Plane:
    if len(points) < 3:
        return fallback
    centre = points.mean(axis=0)
    normal = np.linalg.svd(points - centre, full_matrices=False)[2][2]
    normal = normal if normal @ fallback.normal > 0 else -normal
    return Plane(normal, float(-(normal @ centre)))


def world_from_camera(plane: Plane) -> Floats:
    """(4, 4) float64 T_world_cam of a floor given in the camera frame.

    z is the floor's normal, +y the viewing direction along the floor (the image's up where the camera looks straight
    down), the origin the camera's projection onto the floor.
    """
    up, ahead = plane.normal, plane.ahead()
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([np.cross(ahead, up), ahead, up])
    matrix[2, 3] = plane.offset
    return matrix


def transform_smpl(global_orient: Floats, transl: Floats, rest_pelvis: Floats, matrix: Floats) -> tuple[Floats, Floats]:
    """SMPL's global_orient and transl, (T, 3) each, after the rigid (4, 4) `matrix`; same dtype as given.

    SMPL turns about the rest pelvis p0 (3,), not the origin: orient' = R orient, transl' = R (transl + p0) + t - p0.
    """
    rotation = matrix[:3, :3]
    orient = (Rotation.from_matrix(rotation) * Rotation.from_rotvec(global_orient)).as_rotvec()
    pelvis = np.asarray(transl, dtype=np.float64) + rest_pelvis
    moved = pelvis @ rotation.T + matrix[:3, 3] - rest_pelvis
    return orient.astype(global_orient.dtype), moved.astype(transl.dtype)


def foot_scores(lowest: Floats) -> dict[str, float]:
    """How well a placed person stands on the floor, from the height (T,) of its lowest vertex in each frame, metres.

    foot_height_m: median over contact-like frames (within 3 cm of the height the person stands at);
    floor_penetration_m: mean depth below the floor over all frames.
    """
    level = support_height(lowest)
    contact = lowest[np.abs(lowest - level) <= CONTACT_M]
    return {
        "foot_height_m": float(np.median(contact)) if len(contact) else level,
        "floor_penetration_m": float(np.maximum(-lowest, 0).mean()),
    }

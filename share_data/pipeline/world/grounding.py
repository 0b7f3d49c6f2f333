"""From the camera frame to the corpus world frame: z-up, floor at z = 0, origin under the camera, +y ahead."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.pipeline.world.floor import Floor, fit_floor, fit_level, support, support_height, thinned
from share_data.pipeline.world.gravity import Plane, fit_ground
from share_data.records import Bools

LEVEL_DEG = 45.0
CONTACT_M = 0.03


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a source knows of its camera. Where it knows nothing, both are None.

    T_world_cam: (4, 4) rigid, camera to a world with z up and the floor at z = 0, metres; gravity: (3,) the direction
    things fall in, camera frame, any length. `T_world_cam` holds gravity too, and goes before it.
    """

    T_world_cam: Floats | None = None
    gravity: Floats | None = None


def find_floor(
    points: Floats,
    normals: Floats,
    vertices: Floats,
    joints: Floats,
    valid: Bools,
    calibration: Calibration | None = None,
) -> Floor:
    """The floor of a clip: the source's where it is calibrated, else the scene's where the feet agree, else the feet's.

    points, normals: (N, 3) scene, fused from any number of keyframes; vertices: (T, V, 3), joints: (T, 24, 3) the
    placed body; valid: (T,) frames in which it was seen, keyframes or not, for a foot may be in the air in any of them.
    Metres, camera frame. Only points whose normal is within 45 degrees of up are considered, for most of a room is
    walls. Raises EstimationError when the calibration is no camera above a floor, or nothing tells where the
    floor is.
    """
    known = calibration or Calibration()
    if known.T_world_cam is not None:
        plane = _calibrated(np.asarray(known.T_world_cam, dtype=np.float64))
        sample = thinned(_level(points, normals, plane.normal))
        share = support(plane, sample) / max(len(sample), 1)
        gap = support_height(plane.heights(_feet(vertices, valid, plane.normal)))
        return Floor(plane, "calibration", share, gap)
    if known.gravity is not None:
        up = _against(np.asarray(known.gravity, dtype=np.float64))
        return fit_level(_level(points, normals, up), up, _feet(vertices, valid, up))
    up = fit_ground(joints, valid).normal
    return fit_floor(_level(points, normals, up), up, _feet(vertices, valid, up))


def _level(points: Floats, normals: Floats, up: Floats) -> Floats:
    return np.asarray(points[np.abs(normals @ up) > np.cos(np.radians(LEVEL_DEG))])


def _feet(vertices: Floats, valid: Bools, up: Floats) -> Floats:
    """(n, 3) float64: the lowest body point of each valid frame."""
    seen = vertices[np.asarray(valid, dtype=bool)]
    if not len(seen):
        raise EstimationError("the floor needs the person in at least one frame, seen in none. Use another clip.")
    lowest = (seen @ up.astype(vertices.dtype)).argmin(axis=1)
    return np.asarray(seen[np.arange(len(seen)), lowest], dtype=np.float64)


def _against(gravity: Floats) -> Floats:
    size = float(np.linalg.norm(gravity))
    if gravity.shape != (3,) or not np.isfinite(size) or size < 1e-9:
        raise EstimationError(f"the source's gravity is no direction: {gravity.tolist()}. Correct its calibration.")
    return np.asarray(-gravity / size)


def _calibrated(matrix: Floats) -> Plane:
    rotation = matrix[:3, :3]
    rigid = matrix.shape == (4, 4) and np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3)
    if not (rigid and np.linalg.det(rotation) > 0 and matrix[2, 3] > 0):
        raise EstimationError(
            "the source's T_world_cam is no rigid transform to a z-up world with the camera above the floor z = 0. "
            "Correct its calibration, or leave it out."
        )
    return Plane(rotation[2] / np.linalg.norm(rotation[2]), float(matrix[2, 3]))


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


def foot_height(lowest: Floats) -> float:
    """Height in metres of the lowest vertex, median over contact-like frames: within 3 cm of where the person stands.

    lowest: (T,) heights above the floor, metres.
    """
    level = support_height(lowest)
    contact = lowest[np.abs(lowest - level) <= CONTACT_M]
    return float(np.median(contact)) if len(contact) else level

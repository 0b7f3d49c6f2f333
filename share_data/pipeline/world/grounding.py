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

    Attributes:
        T_world_cam: (4, 4) rigid, camera to a world with z up and the floor at z = 0, metres. It holds gravity too, and
            goes before it.
        gravity: (3,) the direction things fall in, camera frame, any length.
    """

    T_world_cam: Floats | None = None
    gravity: Floats | None = None


def find_floor(
    points: Floats,
    normals: Floats,
    vertices: Floats,
    joints: Floats,
    valid: Bools,
    times: Floats,
    calibration: Calibration | None = None,
) -> Floor:
    """The floor of a clip: the source's where it is calibrated, else the scene's where the feet agree, else the feet's.

    Only points whose normal is within 45 degrees of up are considered, for most of a room is walls.

    Args:
        points: (N, 3) scene, metres, camera frame, fused from any number of keyframes.
        normals: (N, 3) unit.
        vertices: (T, V, 3) the placed body, metres, camera frame.
        joints: (T, 24, 3) of the same.
        valid: (T,) frames in which it was seen, keyframes or not, for a foot may be in the air in any of them.
        times: (T,) seconds, rising.
        calibration: what the source knows.

    Raises:
        EstimationError: the calibration is no camera above a floor, or nothing tells where the floor is.
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
    up = fit_ground(joints, valid, times).normal
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
    """T_world_cam of a floor given in the camera frame.

    z is the floor's normal, +y the viewing direction along the floor (the image's up where the camera looks straight
    down), the origin the camera's projection onto the floor.

    >>> level = Plane(np.array([0.0, -1.0, 0.0]), offset=1.5)
    >>> (world_from_camera(level) @ [0, 0, 2, 1])[:3].tolist()  # two metres ahead of the camera
    [0.0, 2.0, 1.5]

    Args:
        plane: the floor, camera frame.

    Returns:
        (4, 4) float64, camera to world.
    """
    up, ahead = plane.normal, plane.ahead()
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([np.cross(ahead, up), ahead, up])
    matrix[2, 3] = plane.offset
    return matrix


def transform_smpl(global_orient: Floats, transl: Floats, rest_pelvis: Floats, matrix: Floats) -> tuple[Floats, Floats]:
    """SMPL's parameters after a rigid change of frame: not those of its points, for SMPL turns about its rest pelvis.

    With p0 the rest pelvis: orient' = R orient, transl' = R (transl + p0) + t - p0.

    Args:
        global_orient: (T, 3) axis-angle radians.
        transl: (T, 3) metres.
        rest_pelvis: (3,) metres, `BodyModel.rest_pelvis` of the betas.
        matrix: (4, 4) rigid, from the old frame to the new.

    Returns:
        global_orient and transl in the new frame, of the dtypes given.
    """
    rotation = matrix[:3, :3]
    orient = (Rotation.from_matrix(rotation) * Rotation.from_rotvec(global_orient)).as_rotvec()
    pelvis = np.asarray(transl, dtype=np.float64) + rest_pelvis
    moved = pelvis @ rotation.T + matrix[:3, 3] - rest_pelvis
    return orient.astype(global_orient.dtype), moved.astype(transl.dtype)


def foot_height(lowest: Floats) -> float:
    """Height of the lowest vertex, median over contact-like frames: within 3 cm of where the person stands.

    Args:
        lowest: (T,) heights above the floor, metres.

    Returns:
        Metres.
    """
    level = support_height(lowest)
    contact = lowest[np.abs(lowest - level) <= CONTACT_M]
    return float(np.median(contact)) if len(contact) else level

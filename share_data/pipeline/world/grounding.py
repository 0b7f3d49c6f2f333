"""From the camera frame to the corpus world frame: z-up, floor at z = 0, origin under the camera, +y ahead."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.pipeline.camera.pose import UNKNOWN, CameraPose
from share_data.pipeline.world.edges import NO_EDGES, Edges
from share_data.pipeline.world.floor import (
    MAX_TILT_DEG,
    Floor,
    fit_floor,
    fit_level,
    floor_below,
    support,
    support_height,
    thinned,
)
from share_data.pipeline.world.gravity import Plane, fit_ground
from share_data.pipeline.world.posture import Posture
from share_data.pipeline.world.structure import NOTHING, Structure
from share_data.records import Bools

LEVEL_DEG = 45.0
CONTACT_M = 0.03
HELD_TILT_DEG, LOOSE_TILT_DEG = 2.0, 8.0


def find_floor(
    points: Floats,
    normals: Floats,
    vertices: Floats,
    joints: Floats,
    valid: Bools,
    times: Floats,
    pose: CameraPose = UNKNOWN,
    from_person: bool = False,
    edges: Edges = NO_EDGES,
) -> Floor:
    """The floor of a clip: what recipe and source know, the scene's where the feet agree, else the feet's.

    Only points with a normal within 45 degrees of up count. It may lie below what a person never gets up from.

    Args:
        points: (N, 3) scene, metres, camera frame, fused from any number of keyframes.
        normals: (N, 3) unit.
        vertices: (T, V, 3) the placed body, metres, camera frame.
        joints: (T, 24, 3) of the same.
        valid: (T,) frames in which it was seen, all of them, for a foot may be in the air in any.
        times: (T,) seconds, rising.
        pose: what recipe and source know of the camera.
        from_person: whether the scene was made from the person, and so knows nothing else of up.
        edges: of the pictures.

    Raises:
        EstimationError: nothing tells where the floor is.
    """
    structure = NOTHING if from_person else Structure.of(points, normals)
    up = pose.up if pose.up is not None else fit_ground(joints, valid, times, structure, pose, edges).normal
    ramp = None if pose.tells_angle else structure.plumb_line(up)
    up = up if ramp is None else ramp
    held = structure.holds(up) or edges.holds(up)
    feet, level = _feet(vertices, valid, up), _level(points, normals, up)
    if pose.height is not None:
        floor = _at_height(up, pose, thinned(level), feet)
    else:
        keeps_up = pose.tells_angle or ramp is not None
        floor = _under_feet(level, up, feet, 0.0 if keeps_up else _tilt(held, from_person))
        if not Posture.of(joints[np.asarray(valid, dtype=bool)]).stands(up):
            floor = floor_below(floor, level, feet)
    by_scene = held or (not from_person and floor.source == "scene")
    return replace(floor, angle_sources=pose.tellers("scene" if by_scene else "person"))


def _under_feet(level: Floats, up: Floats, feet: Floats, max_tilt_deg: float) -> Floor:
    """The plane near the feet and near `up` that the level points (n, 3) speak for, else the level that they do."""
    if max_tilt_deg:
        floor = fit_floor(level, up, feet, max_tilt_deg=max_tilt_deg)
        if floor.source == "scene":
            return floor
    return fit_level(level, up, feet)


def _tilt(held: bool, from_person: bool) -> float:
    """How far from the up vector a floor may lie. A scene that shows a floor at all holds that vector, and so may its
    edges."""
    if held:
        return HELD_TILT_DEG
    return MAX_TILT_DEG if from_person else LOOSE_TILT_DEG


def _at_height(up: Floats, pose: CameraPose, sample: Floats, feet: Floats) -> Floor:
    """The floor whose height under the camera is known."""
    plane = Plane(up, float(pose.height or 0.0))
    share = support(plane, sample) / max(len(sample), 1)
    return Floor(plane, pose.height_source, share, support_height(plane.heights(feet)))


def _level(points: Floats, normals: Floats, up: Floats) -> Floats:
    return np.asarray(points[np.abs(normals @ up) > np.cos(np.radians(LEVEL_DEG))])


def _feet(vertices: Floats, valid: Bools, up: Floats) -> Floats:
    """(n, 3) float64: the lowest body point of each valid frame."""
    seen = vertices[np.asarray(valid, dtype=bool)]
    if not len(seen):
        raise EstimationError("the floor needs the person in at least one frame, seen in none. Use another clip.")
    lowest = (seen @ up.astype(vertices.dtype)).argmin(axis=1)
    return np.asarray(seen[np.arange(len(seen)), lowest], dtype=np.float64)


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

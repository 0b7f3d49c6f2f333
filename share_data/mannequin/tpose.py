"""MakeHuman's rest pose (arms down, elbows bent, feet apart) turned into SMPL's T-pose."""

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.mannequin.skeleton import MIRROR, PARENTS

# Where the bone that begins at a joint of the left side points in the T-pose: joint -> (end joint, direction).
_LEFT_BONES = {
    13: (16, (0.95, 0.2, -0.2)),
    16: (18, (1.0, 0.0, 0.0)),
    18: (20, (1.0, 0.0, 0.0)),
    20: (22, (1.0, 0.0, 0.0)),
    1: (4, (0.07, -1.0, 0.0)),
    4: (7, (0.0, -1.0, -0.05)),
}


def to_t_pose(vertices: Floats, joints: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Linear blend skinning of one body into the T-pose.

    vertices: (V, 3), joints: (24, 3), weights: (V, 24), metres. Returns the posed (V, 3) and (24, 3).
    """
    rotations = _global_rotations(joints)
    posed = joints.copy()
    for joint, parent in enumerate(PARENTS[1:], start=1):
        posed[joint] = posed[parent] + rotations[parent] @ (joints[joint] - joints[parent])
    per_joint = np.einsum("jab,jvb->jva", rotations, vertices[None] - joints[:, None]) + posed[:, None]
    return np.einsum("vj,jva->va", weights, per_joint), posed


def _global_rotations(joints: Floats) -> Floats:
    """(24, 3, 3): for each bone the smallest rotation onto its direction in the T-pose."""
    rotations = np.tile(np.eye(3), (24, 1, 1))
    flip = np.array((-1.0, 1.0, 1.0))
    for joint, (end, direction) in _LEFT_BONES.items():
        target = np.array(direction)
        rotations[joint] = _swing(joints[end] - joints[joint], target)
        other = MIRROR[joint]
        rotations[other] = _swing(joints[MIRROR[end]] - joints[other], target * flip)
    rotations[22], rotations[23] = rotations[20], rotations[21]
    return rotations


def _swing(source: Floats, target: Floats) -> Floats:
    source, target = source / np.linalg.norm(source), target / np.linalg.norm(target)
    axis = np.cross(source, target)
    sine = float(np.linalg.norm(axis))
    angle = np.arctan2(sine, float(source @ target))
    return np.asarray(Rotation.from_rotvec(axis / max(sine, 1e-12) * angle).as_matrix())

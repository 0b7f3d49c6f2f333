"""HumanML3D's 263 numbers a frame, after the arithmetic of EricGuo5513/HumanML3D (motion_representation.ipynb).

Two things are as there, and nowhere else: the heading is smoothed over 20 frames but for the first one, and a joint's
rotation is the least turn from a fixed direction, started anew from the root in every chain.
"""

from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d

from share_data.camera import Floats
from share_data.corpus.training.rotations import matrices, product
from share_data.export.motion import LeftOutError

CHAINS = ((0, 2, 5, 8, 11), (0, 1, 4, 7, 10), (0, 3, 6, 9, 12, 15), (9, 14, 17, 19, 21), (9, 13, 16, 18, 20))
DIRECTIONS = np.array(
    [[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, -1, 0], [0, 1, 0], [0, -1, 0], [0, -1, 0], [0, 1, 0],
     [0, 0, 1], [0, 0, 1], [0, 1, 0], [1, 0, 0], [-1, 0, 0], [0, 0, 1], *[[0, -1, 0]] * 6], np.float64,
)  # fmt: skip
SIZE = 263
GROUPS = (slice(0, 1), slice(1, 3), slice(3, 4), slice(4, 67), slice(67, 193), slice(193, 259), slice(259, 263))
"""Turning, walking, height, positions, rotations, velocities, contacts."""
_SMOOTHING = 20
_STILL_M2 = 0.002
_FEET = (7, 10, 8, 11)
_R_HIP, _L_HIP, _R_SHOULDER, _L_SHOULDER = 2, 1, 17, 16


def canonical(joints: Floats) -> Floats:
    """The lowest joint at height 0, the first pelvis at x = z = 0, the first heading along +z.

    Args:
        joints: (T, 22, 3) metres, y up.

    Raises:
        LeftOutError: the first frame has no heading.
    """
    moved = joints - [0, joints[..., 1].min(), 0] - joints[0, 0] * [1, 0, 1]
    turn = _between(_forward(joints[:1]), np.array([[0.0, 0, 1]]))[0]
    return _turned(np.broadcast_to(turn, (*moved.shape[:2], 4)), moved)


def vectors(joints: Floats) -> Floats:
    """(T - 1, 263) of (T, 22, 3) canonical joints. Raises LeftOutError where a frame has no heading."""
    root = _headings(joints)
    each = np.repeat(root[:, None], joints.shape[1], axis=1)
    local = _turned(each, joints - joints[:, :1] * [1, 0, 1])
    speed = _turned(root[1:], joints[1:, 0] - joints[:-1, 0])
    turning = product(root[1:], root[:-1] * [1, -1, -1, -1])
    moving = _turned(each[:-1], joints[1:] - joints[:-1])
    still = ((joints[1:, _FEET] - joints[:-1, _FEET]) ** 2).sum(-1) < _STILL_M2
    turns = matrices(_chain_turns(joints, root))[:-1, 1:]
    frames = len(joints) - 1
    parts = [
        np.arcsin(np.clip(turning[:, 2:3], -1, 1)), speed[:, [0, 2]], joints[:-1, 0, 1:2],
        local[:-1, 1:].reshape(frames, -1),
        np.concatenate([turns[..., 0], turns[..., 1]], axis=-1).reshape(frames, -1),
        moving.reshape(frames, -1), still,
    ]  # fmt: skip
    found = np.concatenate(parts, axis=1)
    if not np.isfinite(found).all():
        raise LeftOutError("two joints lie in one place, and HumanML3D has no direction for them")
    return found


def _forward(joints: Floats) -> Floats:
    """(T, 3) horizontal, where hips and shoulders face; not of unit length."""
    across = joints[:, _R_HIP] - joints[:, _L_HIP] + joints[:, _R_SHOULDER] - joints[:, _L_SHOULDER]
    forward = np.cross([0.0, 1, 0], across / np.linalg.norm(across, axis=-1, keepdims=True))
    if not np.linalg.norm(forward, axis=-1).min() > 1e-3:
        raise LeftOutError("the person lies on the side, and HumanML3D has no heading for that")
    return np.asarray(forward)


def _headings(joints: Floats) -> Floats:
    """(T, 4) the turn from each frame's heading to +z."""
    forward = _forward(joints)
    smooth = gaussian_filter1d(forward, _SMOOTHING, axis=0, mode="nearest")
    if not np.linalg.norm(smooth, axis=-1).min() > 1e-6:
        raise LeftOutError("the person spins, and HumanML3D has no heading for that")
    turns = _between(smooth, np.broadcast_to([0.0, 0, 1], smooth.shape))
    turns[0] = 1, 0, 0, 0
    return turns


def _chain_turns(joints: Floats, root: Floats) -> Floats:
    """(T, 22, 4): the root's heading, and each joint's turn after those before it in its chain."""
    found = np.empty((*joints.shape[:2], 4))
    found[:, 0] = root
    for chain in CHAINS:
        so_far = root
        for parent, joint in pairwise(chain):
            bone = joints[:, joint] - joints[:, parent]
            whole = _between(np.broadcast_to(DIRECTIONS[joint], bone.shape), bone)
            found[:, joint] = product(so_far * [1, -1, -1, -1], whole)
            so_far = product(so_far, found[:, joint])
    return found


def _between(start: Floats, end: Floats) -> Floats:
    """(T, 4) the least turn from directions (T, 3) to others."""
    start, end = (part / np.linalg.norm(part, axis=-1, keepdims=True) for part in (start, end))
    turn = np.concatenate([1 + (start * end).sum(-1, keepdims=True), np.cross(start, end)], axis=-1)
    return np.asarray(turn / np.linalg.norm(turn, axis=-1, keepdims=True))


def _turned(turns: Floats, values: Floats) -> Floats:
    return np.asarray((matrices(turns) @ values[..., None])[..., 0])

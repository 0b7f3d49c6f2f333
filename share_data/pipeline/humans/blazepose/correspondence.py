"""Which BlazePose landmark shows which point of the body, where exactly, and how far it is to be trusted."""

from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats

L_HIP, R_HIP, L_SHOULDER, R_SHOULDER = 0, 1, 2, 3
"""Rows of the four trunk points in every target array."""

WORLD_SCALE = 1.03
"""Metres of body for one metre of world landmarks: on renders of a body of known size they come out 3 % short."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fitted point, or a left and a right one.

    landmarks: left, then right: BlazePose numbers, averaged; points: SMPL joint, or 24 + row of `skeleton.SURFACE`;
    bones: the joint whose rotation carries `offset`; offset: millimetres in the rest pose (x to the body's left, y up,
    z forward) from the body's point to where BlazePose sees it, on the left side; mirrored on the right.
    """

    name: str
    landmarks: tuple[tuple[int, ...], ...]
    points: tuple[int, ...]
    weight: float
    bones: tuple[int, ...]
    offset: tuple[float, float, float]


# BlazePose sees hips, knees and ankles 3 cm higher than an SMPL skeleton has them, and the ears inside the head. The
# offsets are least squares over 314 rendered frames of known pose from all around the body; both sides agree to 8 mm.
TABLE = (
    Row("hip", ((23,), (24,)), (1, 2), 0.5, (0, 0), (-12, 27, 24)),
    Row("shoulder", ((11,), (12,)), (16, 17), 1.0, (9, 9), (-14, 10, 20)),
    Row("elbow", ((13,), (14,)), (18, 19), 1.0, (16, 17), (5, 2, 6)),
    Row("wrist", ((15,), (16,)), (20, 21), 1.0, (18, 19), (11, -3, 5)),
    Row("hand", ((17, 19), (18, 20)), (22, 23), 0.3, (20, 21), (-14, -8, 14)),
    Row("knee", ((25,), (26,)), (4, 5), 1.0, (1, 2), (0, 28, 1)),
    Row("ankle", ((27,), (28,)), (7, 8), 1.0, (4, 5), (7, 30, 4)),
    Row("nose", ((0,),), (24,), 0.5, (15,), (0, 3, -29)),
    Row("eye", ((2,), (5,)), (25, 26), 0.3, (15, 15), (-4, -7, -27)),
    Row("ear", ((7,), (8,)), (27, 28), 0.5, (15, 15), (-32, -6, 34)),
    Row("big_toe", ((31,), (32,)), (29, 31), 1.0, (10, 11), (0, 15, -30)),
    Row("heel", ((29,), (30,)), (30, 32), 1.0, (7, 8), (-2, 25, 16)),
)
FLAT = tuple((row, side) for row in TABLE for side in range(len(row.points)))
"""Every fitted point: its row, and 0 for left or middle, 1 for right."""

NAMES = tuple(("left_", "right_")[side] * (len(row.points) > 1) + row.name for row, side in FLAT)
SWAPPED = tuple(FLAT.index((row, 1 - side)) if len(row.points) > 1 else k for k, (row, side) in enumerate(FLAT))
"""The number of each point's twin on the other side; its own in the middle."""
BODY_POINTS = tuple(row.points[side] for row, side in FLAT)
BONES = tuple(row.bones[side] for row, side in FLAT)
WEIGHTS: Floats = np.array([row.weight for row, _ in FLAT])
OFFSETS: Floats = np.array([row.offset for row, _ in FLAT]) / 1000
"""(23, 3) metres, in the axes of the rest pose."""
OFFSETS[[side == 1 for _, side in FLAT], 0] *= -1


def targets(landmarks: Floats) -> Floats:
    """The 23 fitted points of (T, 33, C) landmarks: (T, 23, C). A hand is the middle of its two outer knuckles."""
    return np.stack([landmarks[:, row.landmarks[side]].mean(axis=1) for row, side in FLAT], axis=1)


LIMBS = ((2, 4), (4, 6), (3, 5), (5, 7), (0, 10), (10, 12), (1, 11), (11, 13), (0, 2), (1, 3))
"""Pairs of targets with a bone, or the trunk, between them."""


def limb_length(points: Floats) -> float:
    """Summed length of `LIMBS` in metres, median over frames. points: (T, 23, 3) metres, T at least 1."""
    ends = np.array(LIMBS)
    return float(np.median(np.linalg.norm(points[:, ends[:, 0]] - points[:, ends[:, 1]], axis=-1).sum(axis=1)))

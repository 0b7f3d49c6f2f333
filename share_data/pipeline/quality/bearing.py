"""How a person holds himself against gravity and picture: head up, upright, not front one moment and back the next."""

import numpy as np

from share_data.camera import Floats
from share_data.pipeline.world.posture import ANKLES, NECK, PELVIS, Posture, unit
from share_data.records import Bools
from share_data.resampling import ROUNDING_S, regular, surrounded

DOWN, DOWN_IN_PICTURE = 0.5, 0.8
"""Cosines: an axis within 60 degrees of straight down; 37 in the picture, for whoever lies with the head towards a
camera that looks down at less than 53 degrees is not upside down."""
FLIP_HZ = 15.0
L_HIP, R_HIP, L_SHOULDER, R_SHOULDER = 1, 2, 16, 17


def upside_down(joints: Floats, T_world_cam: Floats, valid: Bools, roll_told: bool) -> float | None:
    """Share of the valid frames in which the head hangs below the hips, and the ankles above them. Lower is better.

    Either in the world frame or in the picture: a film that is upside down, whatever became of gravity. Where recipe or
    source tell the roll, the picture may be. It cannot see who is upside down for less than the whole body (a bow, a
    forward roll), and takes a handstand for a fault, and who lies under a camera that looks straight down.

    Args:
        joints: (T, 24, 3) metres, world frame.
        T_world_cam: (4, 4).
        valid: (T,) bool.
        roll_told: whether recipe or source say how the camera is rolled.

    Returns:
        In [0, 1]; None without valid frames.
    """
    if not valid.any():
        return None
    seen = np.asarray(joints, dtype=np.float64)[valid]
    trunk, legs = unit(seen[:, NECK] - seen[:, PELVIS]), unit(seen[:, PELVIS] - seen[:, ANKLES].mean(axis=1))
    hangs = (trunk[:, 2] < -DOWN) & (legs[:, 2] < 0)
    if not roll_told:
        rises = -T_world_cam[:3, 1]  # the picture's up, world frame
        hangs |= (trunk @ rises < -DOWN_IN_PICTURE) & (legs @ rises < 0)
    return float(hangs.mean())


def lean_deg(joints: Floats, valid: Bools) -> float | None:
    """Median angle between up and the axis from ankles to neck, over the frames in which the body is stretched.

    Lower is better. It sees a gravity that is wrong while the person stands; whoever lies leans by 90 degrees rightly.

    Args:
        joints: (T, 24, 3) metres, world frame.
        valid: (T,) bool.

    Returns:
        Degrees; None where the body is stretched in no valid frame.
    """
    posture = Posture.of(np.asarray(joints, dtype=np.float64)[valid])
    axes = posture.axes[posture.standing]
    return float(np.median(np.degrees(np.arccos(np.clip(axes[:, 2], -1, 1))))) if len(axes) else None


def flips_per_s(joints: Floats, times: Floats, valid: Bools) -> float | None:
    """How often a second the hips or the shoulders turn by more than a right angle within 1/15 s. Lower is better.

    No one does: an estimator that takes front for back, or one person for another, does. It cannot see a body that
    faces the wrong way all the time.

    >>> hips = np.zeros((16, 24, 3)); hips[:, [1, 16], 0] = 0.1; hips[8:, [1, 16], 0] = -0.1
    >>> round(flips_per_s(hips, np.arange(16) / 15, np.ones(16, dtype=bool)), 2)
    1.0

    Args:
        joints: (T, 24, 3) metres, any frame that does not move.
        times: (T,) seconds, rising.
        valid: (T,) bool.

    Returns:
        1/s; None below 15 frames a second, and without two positions in a row.
    """
    when = np.asarray(times, dtype=np.float64)
    if len(when) < 2 or np.median(np.diff(when)) > 1 / FLIP_HZ + ROUNDING_S:
        return None
    grid = regular(when, FLIP_HZ)
    nearest = np.abs(when[:, None] - grid).argmin(axis=0)  # between two frames that face opposite ways lies neither
    seen = surrounded(when, valid, grid, 1 / FLIP_HZ)
    pairs = seen[1:] & seen[:-1]
    if not pairs.any():
        return None
    flipped = np.zeros(len(grid) - 1, dtype=bool)
    for left, right in ((L_HIP, R_HIP), (L_SHOULDER, R_SHOULDER)):
        line = (np.asarray(joints[:, left], dtype=np.float64) - joints[:, right])[nearest]
        flipped |= (line[1:] * line[:-1]).sum(axis=1) < 0
    return float(flipped[pairs].mean() * FLIP_HZ)

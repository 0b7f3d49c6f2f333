"""Feet that slide on the floor they stand on: GMD's ratio of frames and the mean slide of contacts.

Both are independent of the video's frame rate: the ratio is measured at the 20 fps it is published for, the slide is
stated per 1/30 s.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from share_data.camera import Floats
from share_data.pipeline.world.contacts import FOOT_JOINTS
from share_data.records import Bools

TOES = (10, 11)  # SMPL's left and right foot (toe base)

GMD_FPS = 20.0
GMD_SPEED = 0.5  # metres per second
GMD_WINDOW = 5
GMD_HEIGHT_M = 0.05
# GMD's floor is the lowest joint, ours the sole, over which SMPL's foot joints lie in the rest pose.
FOOT_JOINT_M = 0.026
SLIDE_FPS = 30.0


def skating_ratio(joints: Floats, fps: float, valid: Bools) -> float | None:
    """Share of frames in which a foot on the floor moves along it faster than 0.5 m/s, at 20 fps.

    A foot is on the floor when its joint is less than 5 cm above where it stands, in a frame and in the next; both its
    speed and the mean over 5 frames must exceed the threshold. At the ends the mean is over the frames there are.

    Args:
        joints: (T, 24, 3) metres, z-up, floor z = 0.
        fps: of the motion; positions are interpolated to 20 fps.
        valid: (T,) bool.

    Returns:
        In [0, 1]; None without two adjacent valid frames.

    Source: GMD (Karunratanakul et al., ICCV 2023), calculate_skating_ratio; also OmniControl.
    """
    feet, seen = _at_gmd_rate(np.asarray(joints[:, TOES], dtype=np.float64), fps, valid)
    pair = seen[1:] & seen[:-1]
    if not pair.any():
        return None
    speed = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=-1) * GMD_FPS * pair[:, None]
    low = feet[..., 2] < GMD_HEIGHT_M + FOOT_JOINT_M
    mean = _window_sum(speed) / np.maximum(_window_sum(pair[:, None].astype(np.float64)), 1)
    skates = low[1:] & low[:-1] & (speed > GMD_SPEED) & (mean > GMD_SPEED)
    return float(skates.any(axis=1)[pair].mean())


def skating_mm(joints: Floats, contacts: Bools, fps: float, valid: Bools) -> float | None:
    """Mean horizontal way of a foot joint in contact in two adjacent frames.

    Args:
        joints: (T, 24, 3) metres, z-up.
        contacts: (T, 4) bool in the order of `FOOT_JOINTS`.
        fps: of the motion.
        valid: (T,) bool.

    Returns:
        Millimetres per 1/30 s; None without such a contact.

    Source: foot sliding of WHAM and GVHMR, with the record's own contact labels.
    """
    held = contacts & valid[:, None]
    pair = held[1:] & held[:-1]
    if not pair.any():
        return None
    feet = np.asarray(joints[:, FOOT_JOINTS, :2], dtype=np.float64)
    way = np.linalg.norm(np.diff(feet, axis=0), axis=-1)
    return float(way[pair].mean() * 1000 * fps / SLIDE_FPS)


def _at_gmd_rate(feet: Floats, fps: float, valid: Bools) -> tuple[Floats, Bools]:
    """Positions (T, 2, 3) interpolated at 20 fps, and which of them rest on valid frames only."""
    last = len(feet) - 1
    # The small amount keeps the last frame where rounding would lose it; `position` is cut back to the clip.
    count = int(np.floor(last * GMD_FPS / fps + 1e-6)) + 1
    position = np.minimum(np.arange(count) * fps / GMD_FPS, last)
    before = np.minimum(position.astype(np.intp), max(last - 1, 0))
    after = np.minimum(before + 1, last)
    share = (position - before)[:, None, None]
    moved = feet[before] * (1 - share) + feet[after] * share
    share = share[:, 0, 0]
    return moved, (valid[before] | (share > 1 - 1e-6)) & (valid[after] | (share < 1e-6))


def _window_sum(values: Floats) -> Floats:
    """Sums of (T, C) over the window around each row, rows beyond the ends being 0."""
    around = GMD_WINDOW // 2
    padded = np.pad(values, ((around, around), (0, 0)))
    return np.asarray(sliding_window_view(padded, GMD_WINDOW, axis=0).sum(axis=-1))

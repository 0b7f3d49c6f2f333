"""Feet that slide on the floor they stand on: GMD's ratio of frames and the mean slide of contacts.

Both are independent of the video's frame rate: the ratio is measured at the 20 fps it is published for, the slide is
stated per 1/30 s.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from share_data.camera import Floats
from share_data.pipeline.world.contacts import FOOT_JOINTS
from share_data.records import Bools
from share_data.resampling import at_times, regular, surrounded

TOES = (10, 11)  # SMPL's left and right foot (toe base)

GMD_FPS = 20.0
GMD_SPEED = 0.5  # metres per second
GMD_WINDOW = 5
GMD_HEIGHT_M = 0.05
# GMD's floor is the lowest joint, ours the sole, over which SMPL's foot joints lie in the rest pose.
FOOT_JOINT_M = 0.026
SLIDE_S = 1 / 30


def skating_ratio(joints: Floats, times: Floats, valid: Bools) -> float | None:
    """Share of frames in which a foot on the floor moves along it faster than 0.5 m/s, at 20 fps.

    A foot is on the floor when its joint is less than 5 cm above where it stands, in a frame and in the next; both its
    speed and the mean over 5 frames must exceed the threshold. At the ends the mean is over the frames there are.

    Args:
        joints: (T, 24, 3) metres, z-up, floor z = 0.
        times: (T,) seconds, rising; positions are interpolated to 20 a second.
        valid: (T,) bool.

    Returns:
        In [0, 1]; None without two adjacent valid frames.

    Source: GMD (Karunratanakul et al., ICCV 2023), calculate_skating_ratio; also OmniControl.
    """
    when = np.asarray(times, dtype=np.float64)
    grid = regular(when, GMD_FPS)
    feet, seen = at_times(joints[:, TOES], when, grid), surrounded(when, valid, grid, np.inf)
    pair = seen[1:] & seen[:-1]
    if not pair.any():
        return None
    speed = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=-1) * GMD_FPS * pair[:, None]
    low = feet[..., 2] < GMD_HEIGHT_M + FOOT_JOINT_M
    mean = _window_sum(speed) / np.maximum(_window_sum(pair[:, None].astype(np.float64)), 1)
    skates = low[1:] & low[:-1] & (speed > GMD_SPEED) & (mean > GMD_SPEED)
    return float(skates.any(axis=1)[pair].mean())


def skating_mm(joints: Floats, contacts: Bools, times: Floats, valid: Bools) -> float | None:
    """Mean horizontal way of a foot joint in contact in two adjacent frames.

    Args:
        joints: (T, 24, 3) metres, z-up.
        contacts: (T, 4) bool in the order of `FOOT_JOINTS`.
        times: (T,) seconds, rising.
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
    speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) / np.diff(times)[:, None]
    return float(speed[pair].mean() * 1000 * SLIDE_S)


def _window_sum(values: Floats) -> Floats:
    """Sums of (T, C) over the window around each row, rows beyond the ends being 0."""
    around = GMD_WINDOW // 2
    padded = np.pad(values, ((around, around), (0, 0)))
    return np.asarray(sliding_window_view(padded, GMD_WINDOW, axis=0).sum(axis=-1))

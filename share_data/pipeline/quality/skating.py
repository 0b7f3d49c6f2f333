"""Feet that slide on the floor they stand on, told by the skin that touches it."""

from collections.abc import Sequence

import numpy as np

from share_data.camera import Floats
from share_data.records import Bools
from share_data.resampling import ROUNDING_S, at_times, regular, surrounded

SKATING_HZ = 15.0
TOUCH_M = 0.01


def skating_m_s(feet: Sequence[Floats], times: Floats, valid: Bools) -> float | None:
    """How fast the skin that touches the floor slides along it, at 15 positions a second. Lower is better.

    Skin touches where it lies less than 1 cm above the floor in a position and in the next, whatever its speed: a
    contact that had to be slow would never slide. A foot's speed is the mean over its touching skin, the score the mean
    over feet and positions. A true walk, whose soles roll, has 0.02 to 0.03. It sees any slide of a foot on the floor;
    it cannot see one on a step, a chair or a bed, nor that of a person who floats more than 1 cm above the floor.

    >>> times = np.arange(16) / 15
    >>> sole = np.zeros((16, 4, 3)) + 0.2 * times[:, None, None] * [1, 0, 0]
    >>> round(skating_m_s([sole], times, np.ones(16, dtype=bool)), 3)
    0.2

    Args:
        feet: of each foot the skin about ankle and toes, (T, n, 3) metres, z-up, floor z = 0.
        times: (T,) seconds, rising.
        valid: (T,) bool.

    Returns:
        Metres per second; None where nothing touches the floor, and below 15 frames a second.
    """
    when = np.asarray(times, dtype=np.float64)
    if len(when) < 2 or np.median(np.diff(when)) > 1 / SKATING_HZ + ROUNDING_S:
        return None
    grid = regular(when, SKATING_HZ)
    seen = surrounded(when, valid, grid, 1 / SKATING_HZ)
    speeds = np.concatenate([_speeds(at_times(skin, when, grid), seen[1:] & seen[:-1]) for skin in feet])
    return float(speeds.mean()) if len(speeds) else None


def _speeds(skin: Floats, pair: Bools) -> Floats:
    """Of one foot, one value a pair of positions between which skin (N, n, 3) touches. pair: (N - 1,) which count."""
    low = skin[..., 2] < TOUCH_M
    touching = low[1:] & low[:-1] & pair[:, None]
    speed = np.linalg.norm(np.diff(skin[..., :2], axis=0), axis=-1) * SKATING_HZ
    count = touching.sum(axis=1)
    return np.asarray((speed * touching).sum(axis=1)[count > 0] / count[count > 0])

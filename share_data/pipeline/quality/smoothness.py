"""How smooth a motion is: jitter of the joints, and the jump a placement leaves at its keyframes."""

import numpy as np

from share_data.camera import Floats
from share_data.records import Bools, Ints

REST_M_S2 = 1.0  # a tenth of gravity; the pelvis of someone who walks reaches some 4 m/s²


def jitter(joints: Floats, fps: float, valid: Bools) -> float | None:
    """Mean length of the third difference of the joints times fps³ / 10.

    Constant acceleration has none. Windows of four frames with an interpolated one are left out.

    >>> falling = -4.9 * np.linspace(0, 1, 31)[:, None, None] ** 2 * np.array([0.0, 0.0, 1.0])
    >>> round(jitter(falling, 30.0, np.ones(31, dtype=bool)), 6)
    0.0

    Args:
        joints: (T, J, 3) metres.
        fps: of the motion.
        valid: (T,) bool.

    Returns:
        10 m/s³; None without four adjacent valid frames.

    Source: WHAM (compute_jitter) and GVHMR, lib/eval.
    """
    window = valid[3:] & valid[2:-1] & valid[1:-2] & valid[:-3]
    if not window.any():
        return None
    third = np.diff(np.asarray(joints, dtype=np.float64), n=3, axis=0)
    return float(np.linalg.norm(third, axis=-1)[window].mean() * fps**3 / 10)


def keyframe_jump(roots: Floats, keyframes: Ints, fps: float) -> float | None:
    """Mean second difference of the root at the keyframes over the clip's median one; about 1 without jumps.

    That of `quality.keyframe_jump`, but no acceleration below 1 m/s² is a yardstick: where a person rests, noise is no
    jump. The first and last frame have no second difference of their own: their neighbour's, which holds them, is
    taken.

    Args:
        roots: (T, 3) metres.
        keyframes: (K,) frame numbers.
        fps: of the motion.

    Returns:
        A ratio; None below three frames.
    """
    if len(roots) < 3:
        return None
    acceleration = np.linalg.norm(np.diff(np.asarray(roots, dtype=np.float64), n=2, axis=0), axis=-1) * fps**2
    centres = np.clip(np.asarray(keyframes), 1, len(roots) - 2) - 1
    return float(acceleration[centres].mean() / max(float(np.median(acceleration)), REST_M_S2))

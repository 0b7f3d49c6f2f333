"""How smooth a motion is: jitter of the joints, and the jump a placement leaves at its keyframes. In seconds."""

import numpy as np

from share_data.camera import Floats
from share_data.records import Bools, Ints
from share_data.resampling import ROUNDING_S, regular, surrounded

JITTER_HZ = 15.0
"""Slow enough for every video people are filmed in, and for motion; noise of any faster video is seen alike."""
STEP_S = 1 / 15
REST_M_S2 = 1.0  # a tenth of gravity; the pelvis of someone who walks reaches some 4 m/s²


def jitter(joints: Floats, times: Floats, valid: Bools) -> float | None:
    """Mean length of the joints' third difference at 15 positions a second, times 15³ / 10. Lower is smoother.

    Positions between frames are those of a cubic spline, so that the same motion has the same jitter at any rate from
    15 on, and the same noise a frame the same share of it. Constant acceleration has none; a walk has some 8. It cannot
    see errors that change more slowly than a motion does, and tells a quick motion from a noisy one by its size alone.

    >>> falling = -4.9 * np.linspace(0, 1, 31)[:, None, None] ** 2 * np.array([0.0, 0.0, 1.0])
    >>> round(jitter(falling, np.linspace(0, 1, 31), np.ones(31, dtype=bool)), 6)
    0.0

    Args:
        joints: (T, J, 3) metres.
        times: (T,) seconds, rising.
        valid: (T,) bool; frames that are not, and holes of more than 1/15 s, are crossed by no difference.

    Returns:
        10 m/s³; None below 15 frames a second, and without four positions in a row.

    Source: WHAM (compute_jitter) and GVHMR, lib/eval, which take frames of 30 a second.
    """
    from scipy.interpolate import CubicSpline

    when = np.asarray(times, dtype=np.float64)
    if len(when) < 4 or np.median(np.diff(when)) > 1 / JITTER_HZ + ROUNDING_S:
        return None
    grid = regular(when, JITTER_HZ)
    seen = surrounded(when, valid, grid, 1 / JITTER_HZ)
    window = seen[3:] & seen[2:-1] & seen[1:-2] & seen[:-3]
    if not window.any():
        return None
    third = np.diff(CubicSpline(when, np.asarray(joints, dtype=np.float64))(grid), n=3, axis=0)
    return float(np.linalg.norm(third, axis=-1)[window].mean() * JITTER_HZ**3 / 10)


def keyframe_jump(roots: Floats, keyframes: Ints, times: Floats) -> float | None:
    """Mean acceleration of the root at the keyframes over the clip's median one; about 1 without jumps.

    Accelerations are those over 1/15 s to either side (one frame where frames are farther apart). None below 1 m/s² is
    a yardstick: where a person rests, noise is no jump. Nearer than that to an end, the acceleration nearest to it is
    taken. It sees the steps that placement leaves, and not a path that is smooth and wrong.

    Args:
        roots: (T, 3) metres.
        keyframes: (K,) frame numbers.
        times: (T,) seconds, rising.

    Returns:
        A ratio; None for clips shorter than two such steps.
    """
    from scipy.interpolate import CubicSpline

    when = np.asarray(times, dtype=np.float64)
    if len(when) < 3:
        return None
    step = max(STEP_S, float(np.median(np.diff(when))))
    first, last = when[0] + step, when[-1] - step
    if last < first - ROUNDING_S:
        return None
    inner = when[(when >= first - ROUNDING_S) & (when <= last + ROUNDING_S)]
    centres = np.concatenate([np.clip(when[keyframes], first, max(first, last)), inner])
    path = CubicSpline(when, np.asarray(roots, dtype=np.float64))
    before, here, after = (path(np.clip(centres + shift, when[0], when[-1])) for shift in (-step, 0.0, step))
    acceleration = np.linalg.norm(before - 2 * here + after, axis=-1) / step**2
    at_keyframes, typical = acceleration[: len(keyframes)].mean(), np.median(acceleration[len(keyframes) :])
    return float(at_keyframes / max(float(typical), REST_M_S2))

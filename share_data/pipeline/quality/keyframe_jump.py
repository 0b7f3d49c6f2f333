"""How much a placed person jumps at the keyframes, which the paper names as a limitation of its rule."""

import numpy as np

from share_data.camera import Floats
from share_data.records import Ints
from share_data.resampling import ROUNDING_S

STEP_S = 1 / 30
"""Between the places of a second difference: a frame of the clips that methods are compared on."""


def keyframe_jump(roots: Floats, keyframes: Ints, times: Floats) -> float:
    """|second difference| of the path at keyframes (their mean) over its median in the clip: about 1 without jumps.

    Over 1/30 s to either side, or a frame where frames are farther apart; places between frames lie on the straight
    line. At the ends of a clip the second difference is the one nearest to them.

    Args:
        roots: (T, 3) placed pelvis, metres.
        keyframes: (K,) frame numbers.
        times: (T,) seconds, rising.

    Returns:
        A ratio; 1 for clips shorter than two such steps and for paths without any acceleration.
    """
    when = np.asarray(times, dtype=np.float64)
    if len(when) < 3:
        return 1.0
    step = max(STEP_S, float(np.median(np.diff(when))))
    first, last = when[0] + step, when[-1] - step
    if last < first - ROUNDING_S:
        return 1.0
    inner = when[(when >= first - ROUNDING_S) & (when <= last + ROUNDING_S)]
    centres = np.concatenate([np.clip(when[np.asarray(keyframes)], first, max(first, last)), inner])
    before, here, after = (_at(np.asarray(roots, dtype=np.float64), when, centres + by) for by in (-step, 0.0, step))
    acceleration = np.linalg.norm(before - 2 * here + after, axis=1)
    at_keyframes, typical = (
        float(acceleration[: len(keyframes)].mean()),
        float(np.median(acceleration[len(keyframes) :])),
    )
    if at_keyframes < 1e-9:  # a nanometre: rounding, not motion
        return 1.0 if typical < 1e-9 else 0.0
    return at_keyframes / max(typical, 1e-9)


def _at(path: Floats, when: Floats, times: Floats) -> Floats:
    """(n, 3): the path at some times, held beyond its ends."""
    return np.stack([np.interp(times, when, column) for column in path.T], axis=1)

"""How much a placed person jumps at the keyframes, which the paper names as a limitation of its rule."""

import numpy as np

from share_data.camera import Floats
from share_data.records import Ints


def keyframe_jump(roots: Floats, keyframes: Ints) -> float:
    """|second difference| of the path at keyframes (their mean) over its median in the clip: about 1 without jumps.

    At the ends of a clip the second difference is that of the three frames there.

    Args:
        roots: (T, 3) placed pelvis, metres.
        keyframes: (K,) frame numbers.

    Returns:
        A ratio; 1 for clips of fewer than three frames and for paths without any acceleration.
    """
    if len(roots) < 3:
        return 1.0
    acceleration = np.linalg.norm(np.diff(np.asarray(roots, dtype=np.float64), 2, axis=0), axis=1)
    typical = float(np.median(acceleration))
    at_keyframes = float(acceleration[np.clip(np.asarray(keyframes) - 1, 0, len(acceleration) - 1)].mean())
    if at_keyframes < 1e-9:  # a nanometre: rounding, not motion
        return 1.0 if typical < 1e-9 else 0.0
    return at_keyframes / max(typical, 1e-9)

"""From displaced keyframes to offsets of every frame: the paper's mean (eqs. 7-9) and a blend without jumps."""

from typing import Literal

import numpy as np

from share_data.camera import Floats
from share_data.pipeline.placement.root_paths import smooth_roots, steady_roots
from share_data.records import Ints

Anchoring = Literal["mean", "blend"]


class Anchors:
    """How the frames between keyframes follow them.

    With S the smoothed roots, a keyframe deviates from them by e_k = J_k - S_k. Then J_i = S_i + mean_k e_k minimises
    the paper's root loss ("mean"), while "blend" lets e follow the keyframes in time, J_i = S_i + e(i), and takes an S
    that is not bent at the clip's ends. Keyframes are held together by the same loss in both: one e is the rule, from
    which the surfaces may differ.

    Args:
        roots: (T, 3) metres before placement.
        times: (T,) seconds, rising.
        keyframes: (K,) rising frame numbers.
        anchoring: "mean" or "blend".

    Source: SHARE, eqs. 7-9, for "mean".
    """

    def __init__(self, roots: Floats, times: Floats, keyframes: Ints, anchoring: Anchoring) -> None:
        self.roots = np.asarray(roots, dtype=np.float64)
        self.times = np.asarray(times, dtype=np.float64)
        self.keyframes = keyframes
        self.anchoring = anchoring
        self.smoothed = (smooth_roots if anchoring == "mean" else steady_roots)(roots, self.times)
        self.start = (self.roots - self.smoothed)[keyframes]

    def offsets(self, displacement: Floats) -> Floats:
        """What every root moves by when the keyframes do.

        Args:
            displacement: (K, 3) metres, what the keyframes move by.

        Returns:
            (T, 3) metres; at the keyframes it is `displacement` itself.
        """
        deviation = self.start + displacement
        follow = deviation.mean(axis=0) if self.anchoring == "mean" else self._blend(deviation)
        offsets = np.asarray(self.smoothed + follow - self.roots)
        offsets[self.keyframes] = displacement
        return offsets

    def _blend(self, deviation: Floats) -> Floats:
        """A cubic through the keyframes without kinks, a straight line between two, constant outside of them."""
        from scipy.interpolate import CubicHermiteSpline

        if len(deviation) == 1:
            return deviation
        moments = self.times[self.keyframes]
        slopes = np.gradient(deviation, moments, axis=0)
        # Where frames lie outside the keyframes the curve must come to rest, elsewhere it may go on.
        slopes[0] *= self.keyframes[0] == 0
        slopes[-1] *= self.keyframes[-1] == len(self.roots) - 1
        curve = CubicHermiteSpline(moments, deviation, slopes)
        return np.asarray(curve(np.clip(self.times, moments[0], moments[-1])))

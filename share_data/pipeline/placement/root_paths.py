"""Smooth root paths: the paper's Gaussian, and one that does not bend at the clip's ends. Both count seconds."""

import numpy as np

from share_data.camera import Floats

TAP_S = 1 / 30
"""The paper's frame: its videos have 30 a second."""
SIGMA, RADIUS = 3.0, 9
STIFFNESS = (SIGMA / np.sqrt(2 * np.log(2))) ** 4
"""With this weight `steady_roots` halves the same frequency as the paper's Gaussian."""
CLOSEST = 0.1
"""Frames nearer in time than this, in `TAP_S`, are noise in the timestamps."""


def smooth_roots(roots: Floats, times: Floats) -> Floats:
    """S of SHARE's eq. 7: a Gaussian of sigma 3 frames of its 30 a second, 19 taps, mirrored without edge repeat.

    Whatever the rate, the taps lie 1/30 s apart (in more frames, a whole fraction of it), between frames on straight
    lines. Clips shorter than the kernel are mirrored as often as needed. A mirror bends the path of somebody who moves:
    at the ends S is off by 0.08 s of the speed, 8 cm at 1 m/s.

    Args:
        roots: (T, 3) metres.
        times: (T,) seconds, rising.

    Returns:
        (T, 3) float64 metres.
    """
    path, when = np.asarray(roots, dtype=np.float64), np.asarray(times, dtype=np.float64)
    if len(path) < 2:
        return path.copy()
    # More frames are all listened to: taps that skip some would leave neighbours with nothing in common.
    finer = max(1, round(TAP_S / float(np.median(np.diff(when)))))
    taps = np.arange(-RADIUS * finer, RADIUS * finer + 1) / finer
    weights = np.exp(-0.5 * (taps / SIGMA) ** 2)
    weights /= weights.sum()
    length = when[-1] - when[0]
    total = np.zeros_like(path)
    for tap, weight in zip(taps * TAP_S, weights, strict=True):
        # A triangle wave runs to and fro over the clip: the mirror, as often as needed.
        there = length - np.abs((when - when[0] + tap) % (2 * length) - length)
        total += weight * np.stack([np.interp(there, when - when[0], axis) for axis in path.T], axis=1)
    return total


def steady_roots(roots: Floats, times: Floats) -> Floats:
    """Roots smoothed as much as S but without its bias at the ends: a steady walk comes out unchanged.

    Whittaker's smoother over time u in 1/30 s: argmin_R sum_i w_i |r_i - R_i|^2 + STIFFNESS integral |R''|^2 du, with
    w_i the time that frame i stands for and R'' the divided difference of three frames, steady rate or not. R''
    vanishes towards the ends, so that keyframes there cannot jump.

    Args:
        roots: (T, 3) metres.
        times: (T,) seconds, rising.

    Returns:
        (T, 3) float64 metres.
    """
    from scipy.linalg import solveh_banded

    path = np.asarray(roots, dtype=np.float64)
    frames = len(path)
    if frames < 3:
        return path.copy()
    gaps = np.maximum(np.diff(np.asarray(times, dtype=np.float64)) / TAP_S, CLOSEST)
    before, after = gaps[:-1], gaps[1:]
    width = (before + after) / 2
    # The rows of the second divided difference, each weighted by the root of the time it stands for.
    rows = np.stack([1 / before, -1 / before - 1 / after, 1 / after]) / np.sqrt(width)
    penalty = np.zeros((3, frames))  # the upper band of D'D
    for diagonal in range(3):
        for first in range(3 - diagonal):
            start = first + diagonal
            penalty[2 - diagonal, start : start + frames - 2] += rows[first] * rows[start]
    penalty *= STIFFNESS
    shares = np.concatenate([gaps[:1], width, gaps[-1:]])
    penalty[2] += shares
    return np.asarray(solveh_banded(penalty, shares[:, None] * path))

"""Smooth root paths: the paper's Gaussian, and one that does not bend at the clip's ends."""

import numpy as np

from share_data.camera import Floats

SIGMA, RADIUS = 3.0, 9
STIFFNESS = (SIGMA / np.sqrt(2 * np.log(2))) ** 4
"""With this weight `steady_roots` halves the same frequency as the paper's Gaussian."""


def smooth_roots(roots: Floats) -> Floats:
    """S of SHARE's eq. 7: a Gaussian of sigma 3 frames, 19 taps, mirrored without edge repeat.

    Clips shorter than the kernel are mirrored as often as needed. A mirror bends the path of somebody who moves: at the
    ends S is off by 2.4 frames of the speed, 8 cm at 1 m/s and 30 frames a second.

    Args:
        roots: (T, 3) metres.

    Returns:
        (T, 3) float64 metres.
    """
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(
        gaussian_filter1d(np.asarray(roots, dtype=np.float64), SIGMA, axis=0, mode="mirror", radius=RADIUS)
    )


def steady_roots(roots: Floats) -> Floats:
    """Roots smoothed as much as S but without its bias at the ends: a steady walk comes out unchanged.

    Whittaker's smoother: argmin_R sum_i |r_i - R_i|^2 + STIFFNESS sum_i |R_i-1 - 2 R_i + R_i+1|^2. The second
    difference vanishes towards the ends, so that keyframes there cannot jump.

    Args:
        roots: (T, 3) metres.

    Returns:
        (T, 3) float64 metres.
    """
    from scipy.linalg import solveh_banded

    path = np.asarray(roots, dtype=np.float64)
    frames = len(path)
    if frames < 3:
        return path.copy()
    penalty = np.zeros((3, frames))  # the upper band of D'D, D the second difference
    for diagonal, terms in enumerate((((1, 0), (4, 1), (1, 2)), ((-2, 0), (-2, 1)), ((1, 0),))):
        for weight, first in terms:
            start = first + diagonal
            penalty[2 - diagonal, start : start + frames - 2] += weight
    penalty *= STIFFNESS
    penalty[2] += 1
    return np.asarray(solveh_banded(penalty, path))

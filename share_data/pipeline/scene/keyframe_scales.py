"""Depth scales that tie the keyframes of one clip together (SHARE eq. 1, and its robust form for K keyframes)."""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.records import Bools

Estimator = Literal["median_ratio", "mean_ratio"]
Reference = Literal["consensus", "first"]

# Enough for a median to 0.05 % of depths that scatter by 10 %; more pixels only cost time.
MAX_PIXELS = 100_000


def keyframe_scales(
    depths: Sequence[Floats], seen: Bools, estimator: Estimator, reference: Reference, trim: float = 0.0
) -> Floats:
    """What each keyframe's depth is to be multiplied by.

    Every pair of keyframes gives the ratio of its depths over the background both show; their logarithms are reconciled
    by least squares, each pair weighing as many as its pixels. For two keyframes that is the ratio itself (SHARE, eq.
    1).

    Args:
        depths: K of (H, W) metres.
        seen: (K, H, W) bool, the background each keyframe shows.
        estimator: see `depth_ratio`.
        reference: `first` leaves the first keyframe's depths (the paper); `consensus` scales so that the median of the
            logarithms is 0: keyframes err in metric scale independently of each other.
        trim: see `depth_ratio`.

    Returns:
        (K,) float64.

    Raises:
        EstimationError: common background does not connect the keyframes.
    """
    count = len(depths)
    rows, ratios = [], []
    for i, j in combinations(range(count), 2):
        common = seen[i] & seen[j]
        pixels = int(np.count_nonzero(common))
        if pixels:
            row = np.zeros(count)
            row[i], row[j] = -np.sqrt(pixels), np.sqrt(pixels)
            rows.append(row)
            ratios.append(np.sqrt(pixels) * np.log(depth_ratio(depths[i][common], depths[j][common], estimator, trim)))
    if not rows or np.linalg.matrix_rank(np.array(rows)) < count - 1:
        raise EstimationError(
            "the keyframes share no valid background, so their depth scales cannot be tied. "
            "The person fills the image, or the depth is invalid or rougher than `scene.edge_rtol` allows; "
            "use another clip, or a larger edge_rtol."
        )
    logs = np.linalg.lstsq(np.array(rows), np.array(ratios), rcond=None)[0]
    logs -= np.median(logs) if reference == "consensus" else logs[0]
    return np.asarray(np.exp(logs), dtype=np.float64)


def depth_ratio(first: Floats, second: Floats, estimator: Estimator, trim: float = 0.0) -> float:
    """Depth of one keyframe over that of another, on the pixels both show.

    >>> near, far = np.array([1.0, 2.0, 4.0]), np.array([2.0, 4.0, 80.0])
    >>> round(depth_ratio(near, far, "median_ratio"), 6)
    0.5

    Args:
        first: (N,) metres, N > 0.
        second: (N,) metres, of the same pixels.
        estimator: `mean_ratio`: mean over mean (eq. 1), which the farthest pixels rule. `median_ratio`: the median of
            the pixels' ratios, which up to half of the pixels cannot move far.
        trim: share of the pixels that median_ratio leaves out at the near and as many at the far end, by the geometric
            mean of the two depths.
    """
    if estimator == "mean_ratio":
        return float(first.mean(dtype=np.float64) / second.mean(dtype=np.float64))
    step = -(-len(first) // MAX_PIXELS)
    logs = np.log(np.stack([first[::step], second[::step]]).astype(np.float64))
    depth = logs.sum(axis=0)
    low, high = np.quantile(depth, [trim, 1 - trim])
    return float(np.exp(np.median((logs[0] - logs[1])[(depth >= low) & (depth <= high)])))

"""Aligned depths of K keyframes to one depth a pixel, with what no keyframe shows left empty."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.records import Bools

Merge = Literal["weighted", "mean", "median"]

# Two keyframes of three settle a pixel, one of two does not, unless it is trusted half as much again as the other.
SETTLED = 0.6
# Rows merged at a time: what is worked out pixel by pixel takes several times what the depths themselves do.
BAND = 128
# Distance to the nearest doubtful pixel at which a pixel is trusted fully, as a share of the image's width.
REACH = 0.01


@dataclass(frozen=True, slots=True)
class Merged:
    """One depth a pixel.

    Attributes:
        depth: (H, W) float32 metres, 0 in holes.
        valid: (H, W) bool, False in holes.
        source: (H, W) uint8, 0 = merged, k = from keyframe k (1-based) alone, 255 = from the backdrop, see
            `backdrop_fill`.
        colour_from: (H, W) uint8, 0-based keyframe whose image gives the colour.
        disagreement: share of the pixels two or more keyframes show on which they disagree.
    """

    depth: Floats
    valid: Bools
    source: NDArray[np.uint8]
    colour_from: NDArray[np.uint8]
    disagreement: float


def merge_depths(depths: Floats, seen: Bools, merge: Merge, rtol: float | None) -> Merged:
    """Merge aligned keyframes pixel by pixel.

    All keyframes see a pixel at one distance, so a precision that falls with distance could not tell them apart;
    nearness to their own person and depth edges, across which monocular depth bleeds, does.

    Args:
        depths: (K, H, W) float32 metres, aligned.
        seen: (K, H, W) bool, where each keyframe shows valid background.
        merge: `mean` and `median` treat keyframes alike; `weighted` is the mean weighted by `trust`.
        rtol: depths that differ by more than this share disagree: something moved. The depth that most keyframes (by
            trust) agree on is kept where they carry 60 %; elsewhere the pixel is a hole, for a mean would be a surface
            in mid-air and nothing says which keyframe to believe. None: no such test.

    Returns:
        The merged depth, and where it comes from.
    """
    weights = np.stack([trust(each) for each in seen]) if merge == "weighted" else seen.astype(np.float32)
    bands = [slice(top, top + BAND) for top in range(0, depths.shape[1], BAND)]
    parts = [_merged(depths[:, rows], seen[:, rows], weights[:, rows], merge, rtol) for rows in bands]
    depth, valid, source, best, several, split = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Merged(depth, valid, source, best, float(split.sum() / max(several.sum(), 1)))


def _merged(
    depths: Floats, seen: Bools, weights: Floats, merge: Merge, rtol: float | None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], Bools, Bools]:
    """Of some rows: depth, valid, source, colour_from; the pixels several keyframes show, and where they differ."""
    kept = seen if rtol is None else agreeing(depths, weights, rtol)
    several = np.count_nonzero(seen, axis=0) > 1
    count = np.count_nonzero(kept, axis=0)
    weights = np.where(kept, weights, np.float32(0))
    valid = count > 0
    best = weights.argmax(axis=0).astype(np.uint8)
    if merge == "median":
        depth = _median(np.where(kept, depths, np.float32(np.inf)), count)
    else:
        total = weights.sum(axis=0)
        depth = np.divide((weights * depths).sum(axis=0), total, out=np.zeros_like(total), where=valid)
    source = np.where(count == 1, best + np.uint8(1), np.uint8(0)).astype(np.uint8)
    return depth, valid, source, best, several, several & (kept != seen).any(axis=0)


def trust(seen: Bools) -> Floats:
    """How far a keyframe is trusted at each pixel: by the distance to the nearest pixel it does not show.

    Args:
        seen: (H, W) bool, where it shows valid background.

    Returns:
        (H, W) float32 in [0, 1]: full at 1 % of the image's width, 0 where not seen.
    """
    import cv2

    reach = max(2.0, REACH * seen.shape[1])
    distance = cv2.distanceTransform(seen.astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(np.minimum(distance / np.float32(reach), np.float32(1)))


def agreeing(depths: Floats, weights: Floats, rtol: float) -> Bools:
    """Which keyframes support a pixel's depth; none of them where no depth is settled.

    The keyframe whose depth has most weight within `rtol` of it speaks for the pixel, the first of equals.

    Args:
        depths: (K, H, W) metres.
        weights: (K, H, W), 0 where not seen.
        rtol: share by which depths that agree may differ.

    Returns:
        (K, H, W) bool.
    """
    count = len(depths)
    support = weights.copy()
    close = {}
    for i, j in combinations(range(count), 2):
        near, far = np.minimum(depths[i], depths[j]), np.maximum(depths[i], depths[j])
        close[i, j] = (far <= near * np.float32(1 + rtol)) & (weights[i] > 0) & (weights[j] > 0)
        support[i] += np.where(close[i, j], weights[j], np.float32(0))
        support[j] += np.where(close[i, j], weights[i], np.float32(0))
    speaker, settled = support.argmax(axis=0), support.max(axis=0) >= np.float32(SETTLED) * weights.sum(axis=0)
    kept = np.empty(depths.shape, dtype=bool)
    for k in range(count):
        kept[k] = (speaker == k) & (weights[k] > 0)
        for other in range(count):
            if other != k:
                kept[k] |= (speaker == other) & close[min(k, other), max(k, other)]
    return np.asarray(kept & settled)


def _median(depths: Floats, count: NDArray[np.integer]) -> Floats:
    """Median over the first axis of the finite depths: (K, H, W), inf where absent; count: (H, W) of finite ones."""
    ordered = np.sort(depths, axis=0)
    middle = [np.take_along_axis(ordered, np.maximum(at, 0)[None], axis=0)[0] for at in ((count - 1) // 2, count // 2)]
    present = count > 0
    return np.asarray(np.where(present, (np.where(present, middle[0], 0) + np.where(present, middle[1], 0)) / 2, 0))

"""What no keyframe of a clip shows, from the empty room of its camera: only where the two agree on all around it."""

from dataclasses import replace

import numpy as np

from share_data.camera import Floats
from share_data.pipeline.scene.keyframe_scales import Estimator, depth_ratio
from share_data.pipeline.scene.merge import Merged
from share_data.records import Bools

FROM_BACKDROP = 255
"""Source of a scene point that no keyframe shows; keyframes are numbered from 1 to 16."""
MAX_RESIDUAL = 0.1
"""Median of |log depth ratio| beyond which this is another room: furniture has moved, or the camera has."""
MIN_COMMON = 0.05
"""Share of the image that both must show before anything can be said."""
RIM = 0.02
"""How far around a hole the two are compared, as a share of the image's width."""


def fill_unseen(
    merged: Merged, seen: Bools, room: Floats, shown: Bools, estimator: Estimator, trim: float
) -> tuple[Merged, dict[str, float]]:
    """Depths of the empty room where no keyframe shows the background.

    It is brought to the scale of `merged` by the ratio over all the background both show, see `depth_ratio`, and left
    out when it does not agree there; so is each hole around which it does not.

    Args:
        merged: what the keyframes show together.
        seen: (K, H, W) bool, what each keyframe shows.
        room: (H, W) metres, the empty room, in a scale of its own.
        shown: (H, W) bool, where it is valid.
        estimator: see `depth_ratio`.
        trim: see `depth_ratio`.

    Returns:
        `merged` with filled pixels of source `FROM_BACKDROP` and the colour of image K, after the keyframes' own; and
        the score `backdrop_residual`, where enough is common to tell.
    """
    common = merged.valid & shown
    if common.mean() < MIN_COMMON:
        return merged, {}
    room = room * np.float32(depth_ratio(merged.depth[common], room[common], estimator, trim))
    residual = np.zeros_like(room)
    residual[common] = np.abs(np.log(room[common] / merged.depth[common]))
    overall = float(np.median(residual[common]))
    scores = {"backdrop_residual": overall}
    if overall > MAX_RESIDUAL:
        return merged, scores
    where = shown & _agreeing_holes(np.logical_not(seen.any(axis=0)), residual, common)
    filled = replace(
        merged,
        depth=np.where(where, room, merged.depth),
        valid=merged.valid | where,
        source=np.where(where, np.uint8(FROM_BACKDROP), merged.source),
        colour_from=np.where(where, np.uint8(len(seen)), merged.colour_from),
    )
    return filled, scores


def _agreeing_holes(holes: Bools, residual: Floats, common: Bools) -> Bools:
    """Those of the connected holes (H, W) around which the median residual is small; without a rim nothing says so."""
    import cv2

    if not holes.any():
        return holes
    distance, labels = cv2.distanceTransformWithLabels(
        (~holes).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP
    )
    rim = common & (distance <= max(2.0, RIM * holes.shape[1]))
    order = np.lexsort((residual[rim], labels[rim]))
    found, starts, counts = np.unique(labels[rim][order], return_index=True, return_counts=True)
    medians = residual[rim][order][starts + (counts - 1) // 2]
    return np.asarray(holes & np.isin(labels, found[medians <= MAX_RESIDUAL]))

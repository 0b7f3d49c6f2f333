"""Quality scores of a reconstructed clip, all without ground truth: arrays in, one number a score out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics
from share_data.pipeline.quality.confidence import confidence
from share_data.pipeline.quality.silhouette import (
    Sight,
    background_depth,
    depth_residual,
    mask_iou,
    sampled,
    sights,
    small_camera,
)
from share_data.pipeline.quality.skating import skating_m_s
from share_data.pipeline.quality.smoothness import jitter, keyframe_jump
from share_data.records import Bools, Ints

TOLERANCE_M = 0.005


@dataclass(frozen=True, slots=True)
class QualityInputs:
    """What the scores are computed from; the body is the placed one. None and empty: not known.

    joints: (T, 24, 3) metres, world frame (z-up, floor z = 0); lowest: (T,) height of the lowest vertex, metres, same
    frame; valid: (T,) bool; keyframes: (K,) sorted frame numbers; times: (T,) rising seconds.
    frames: (S,) sorted frame numbers in which the body is rendered, with the keyframes among them (`sample_frames`);
    vertices: (S, V, 3) metres, camera frame; faces: (F, 3); masks: S of (H, W) bool, any size; intrinsics: the camera.
    depths: K of (h, w) metres, 0 = invalid, any size, in the scale the body was placed in (per-keyframe and scene
    scale applied); feet: (T, n, 3) metres of the skin about each foot's ankle and toes, world frame.
    placement_body_loss_m: unsquared Chamfer distance summed over the keyframes; scale_log_ratio: log of the size of
    the body over its size in the point maps; scale_raw_log_ratio: the same before the scene was rescaled.
    Raises ValueError when shapes do not fit together or a number is not finite.
    """

    joints: Floats
    lowest: Floats
    valid: Bools
    keyframes: Ints
    times: Floats
    frames: Ints
    vertices: Floats
    faces: NDArray[np.integer]
    masks: Sequence[Bools]
    intrinsics: Intrinsics
    depths: Sequence[Floats] = ()
    feet: Sequence[Floats] = ()
    placement_body_loss_m: float | None = None
    scale_log_ratio: float | None = None
    scale_raw_log_ratio: float | None = None

    def __post_init__(self) -> None:
        length = len(self.joints)
        if not length == len(self.lowest) == len(self.valid) == len(self.times) > 0:
            raise ValueError("joints, lowest, valid and times must have one entry a frame, and at least one")
        if any(len(foot) != length for foot in self.feet):
            raise ValueError(f"the skin of a foot must have {length} frames")
        if not len(self.frames) == len(self.vertices) == len(self.masks):
            raise ValueError("frames, vertices and masks must be as many")
        if len(self.depths) not in (0, len(self.keyframes)):
            raise ValueError(f"{len(self.depths)} depths do not fit {len(self.keyframes)} keyframes")
        if not np.isin(self.keyframes, self.frames).all():
            raise ValueError("every keyframe must be among the rendered frames")
        arrays: list[Floats] = [self.joints, self.lowest, self.vertices, *self.depths, *self.feet]
        logs = [self.scale_log_ratio or 0.0, self.scale_raw_log_ratio or 0.0]
        numbers = np.array([self.placement_body_loss_m or 0.0, *logs])
        if not all(np.isfinite(each).all() for each in (*arrays, numbers, self.times)):
            raise ValueError("all numbers must be finite")
        if (np.diff(self.times) <= 0).any():
            raise ValueError("times must rise")


def quality_scores(inputs: QualityInputs) -> dict[str, float]:
    """Every score that the inputs can give, finite, and the `confidence` made of them.

    valid_share: frames in which the person was seen; share. Suggested gate 0.9.
    mask_iou: IoU of rendered body and person mask, mean over the valid sampled frames, without occluded body; ratio.
    depth_residual_m: median z_mesh - z_point_map over mask and silhouette, mean over keyframes; m, + = body behind.
    depth_residual_abs_m: the same of |z_mesh - z_point_map|; m. SHARE-specific.
    floor_penetration_mm: depth of the lowest vertex below -5 mm, mean over valid frames; mm. PhysDiff, UHC.
    floating_mm: height of the lowest vertex above +5 mm, mean over valid frames; mm. PhysDiff, UHC.
    skating_m_s: speed along the floor of the feet's skin that touches it; m/s.
    jitter_10m_s3: mean third difference of the joints at 15 positions a second; 10 m/s³. WHAM, GVHMR.
    keyframe_jump: acceleration of the root at keyframes over the median or 1 m/s²; ratio. SHARE's stated limit.
    scale_disagreement: |log(size of the body / its size in the point maps)|; 0.1 = 10 %. SHARE's stated limit.
    scale_disagreement_raw: the same before the scene was rescaled: what the two estimators made of it.
    placement_body_loss_m: unsquared symmetric Chamfer distance, mean over keyframes; m. SHARE eq. 5.
    confidence: [0, 1], at least 0.5 only if every score is within its gate; see `quality.confidence`.

    A score that cannot be measured (no contact, no point map, too few frames) is left out.
    """
    joints, times, valid = inputs.joints, inputs.times, inputs.valid
    found: dict[str, float | None] = {
        "valid_share": float(valid.mean()),
        **_image_scores(inputs),
        **floor_scores(inputs.lowest, valid),
        "skating_m_s": skating_m_s(inputs.feet, times, valid) if inputs.feet else None,
        "jitter_10m_s3": jitter(joints, times, valid),
        "keyframe_jump": keyframe_jump(joints[:, 0], inputs.keyframes, times),
        "scale_disagreement": _size(inputs.scale_log_ratio),
        "scale_disagreement_raw": _size(inputs.scale_raw_log_ratio),
        "placement_body_loss_m": _mean_loss(inputs),
    }
    scores = {name: float(value) for name, value in found.items() if value is not None}
    return {**scores, "confidence": confidence(scores)}


def floor_scores(lowest: Floats, valid: Bools) -> dict[str, float]:
    """Mean depth and height of the lowest vertex beyond 5 mm of the floor.

    Args:
        lowest: (T,) heights over the floor, metres.
        valid: (T,) bool.

    Returns:
        floor_penetration_mm and floating_mm; empty without valid frames.

    Source: PhysDiff (Yuan et al., ICCV 2023), which has the tolerance and the lowest vertex; UHC.
    """
    if not valid.any():
        return {}
    heights = np.asarray(lowest, dtype=np.float64)[valid]
    return {
        "floor_penetration_mm": float(np.maximum(-heights - TOLERANCE_M, 0).mean() * 1000),
        "floating_mm": float(np.maximum(heights - TOLERANCE_M, 0).mean() * 1000),
    }


def _image_scores(inputs: QualityInputs) -> dict[str, float]:
    camera = small_camera(inputs.intrinsics)
    seen = sights(inputs.vertices, inputs.faces, inputs.masks, camera)
    depths = [sampled(depth, camera) for depth in inputs.depths]
    at_keyframes = [seen[index] for index in np.searchsorted(inputs.frames, inputs.keyframes)]
    background = background_depth(depths, [sight.mask for sight in at_keyframes]) if depths else None
    shown = [sight for sight, frame in zip(seen, inputs.frames, strict=True) if inputs.valid[frame]]
    overlaps = [iou for iou in (mask_iou(sight, background) for sight in shown) if iou is not None]
    return ({"mask_iou": float(np.mean(overlaps))} if overlaps else {}) | _depth_scores(at_keyframes, depths)


def _depth_scores(at_keyframes: Sequence[Sight], depths: Sequence[Floats]) -> dict[str, float]:
    pairs = [depth_residual(sight, depth) for sight, depth in zip(at_keyframes, depths, strict=False)]
    measured = [pair for pair in pairs if pair is not None]
    if not measured:
        return {}
    signed, absolute = np.mean(measured, axis=0)
    return {"depth_residual_m": float(signed), "depth_residual_abs_m": float(absolute)}


def _size(log_ratio: float | None) -> float | None:
    return None if log_ratio is None else abs(log_ratio)


def _mean_loss(inputs: QualityInputs) -> float | None:
    loss = inputs.placement_body_loss_m
    return None if loss is None else loss / len(inputs.keyframes)

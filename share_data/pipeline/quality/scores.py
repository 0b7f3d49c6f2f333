"""Quality scores of a reconstructed clip, all without ground truth: arrays in, one number a score out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics
from share_data.masks import MaskStack
from share_data.pipeline.camera.pose import Teller
from share_data.pipeline.quality.bearing import flips_per_s, lean_deg, upside_down
from share_data.pipeline.quality.human_body import beyond_joint_limits, sides_mixed
from share_data.pipeline.quality.sighting import body_seen_share, frames_missing_share, longest_lost_s
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

ELSEWHERE_IOU = 0.2
"""Overlap of body and mask below which the body is not where the person is, however badly fitted."""


@dataclass(frozen=True, slots=True)
class QualityInputs:
    """What the scores are computed from; the body is the placed one. None and empty: not known.

    joints: (T, 24, 3) metres, world frame (z-up, floor z = 0); T_world_cam: (4, 4); body_pose: (T, 69) radians; valid:
    (T,) bool; keyframes: (K,) sorted frame numbers; times: (T,) rising seconds.
    frames: (S,) sorted frame numbers in which the body is rendered, with the keyframes among them (`sample_frames`);
    vertices: (S, V, 3) metres, camera frame; faces: (F, 3); masks: S of (H, W) bool, any size; intrinsics: the camera.
    depths: K of (h, w) metres, 0 = invalid, any size, in the scale the body was placed in (per-keyframe and scene
    scale applied); feet: (T, n, 3) metres of the skin about each foot's ankle and toes, world frame.
    tellers: who says the camera's pitch, roll and height.
    Raises ValueError when shapes do not fit together or a number is not finite.
    """

    joints: Floats
    T_world_cam: Floats
    body_pose: Floats
    valid: Bools
    keyframes: Ints
    times: Floats
    frames: Ints
    vertices: Floats
    faces: NDArray[np.integer]
    masks: Sequence[Bools] | MaskStack
    intrinsics: Intrinsics
    depths: Sequence[Floats] = ()
    feet: Sequence[Floats] = ()
    tellers: tuple[Teller, Teller, Teller] = ("scene", "scene", "scene")

    def __post_init__(self) -> None:
        length = len(self.joints)
        if not length == len(self.body_pose) == len(self.valid) == len(self.times) > 0:
            raise ValueError("joints, body_pose, valid and times must have one entry a frame, and at least one")
        if any(len(foot) != length for foot in self.feet):
            raise ValueError(f"the skin of a foot must have {length} frames")
        if not len(self.frames) == len(self.vertices) == len(self.masks):
            raise ValueError("frames, vertices and masks must be as many")
        if len(self.depths) not in (0, len(self.keyframes)):
            raise ValueError(f"{len(self.depths)} depths do not fit {len(self.keyframes)} keyframes")
        if not np.isin(self.keyframes, self.frames).all():
            raise ValueError("every keyframe must be among the rendered frames")
        arrays: list[Floats] = [self.joints, self.T_world_cam, self.body_pose, self.vertices, *self.depths, *self.feet]
        if not all(np.isfinite(each).all() for each in (*arrays, self.times)):
            raise ValueError("all numbers must be finite")
        if (np.diff(self.times) <= 0).any():
            raise ValueError("times must rise")


def quality_scores(inputs: QualityInputs) -> dict[str, float]:
    """Every score that the inputs can give, finite; `corpus.scores.SCORES` says what each means.

    A score that cannot be measured (no contact, no point map, too few frames) is left out. So is a comparison of an
    estimator with itself: the lean against an up that was told by the person's posture alone.
    """
    joints, times, valid = inputs.joints, inputs.times, inputs.valid
    pitch, roll, _ = inputs.tellers
    by_posture = pitch == roll == "person"
    found: dict[str, float | None] = {
        "valid_share": float(valid.mean()),
        "longest_lost_s": longest_lost_s(valid, times),
        "frames_missing_share": frames_missing_share(times),
        "person_distance_m": _distance(inputs),
        **_image_scores(inputs),
        **_body_scores(inputs),
        "upside_down": upside_down(joints, inputs.T_world_cam, valid, roll in ("recipe", "source")),
        "lean_deg": None if by_posture else lean_deg(joints, valid),
        "flips_per_s": flips_per_s(joints, times, valid),
        "skating_m_s": skating_m_s(inputs.feet, times, valid) if inputs.feet else None,
        "jitter_10m_s3": jitter(joints, times, valid),
        "keyframe_jump": keyframe_jump(joints[:, 0], inputs.keyframes, times),
        "focal_default": float(inputs.intrinsics.source == "default"),
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def _distance(inputs: QualityInputs) -> float | None:
    """Of the pelvis from the camera, median over the valid frames; metres."""
    away = inputs.joints[inputs.valid, 0] - inputs.T_world_cam[:3, 3]
    return float(np.median(np.linalg.norm(away, axis=1))) if len(away) else None


def _body_scores(inputs: QualityInputs) -> dict[str, float]:
    """Whether it is a body: shares of the valid frames."""
    if not inputs.valid.any():
        return {}
    beyond, mixed = beyond_joint_limits(inputs.body_pose[inputs.valid]), sides_mixed(inputs.joints[inputs.valid])
    return {"beyond_joint_limits": float(beyond.mean()), "sides_mixed": float(mixed.mean())}


def _image_scores(inputs: QualityInputs) -> dict[str, float]:
    camera = small_camera(inputs.intrinsics)
    seen = sights(inputs.vertices, inputs.faces, inputs.masks, camera)
    depths = [sampled(depth, camera) for depth in inputs.depths]
    at_keyframes = [seen[index] for index in np.searchsorted(inputs.frames, inputs.keyframes)]
    background = background_depth(depths, [sight.mask for sight in at_keyframes]) if depths else None
    shown = [sight for sight, frame in zip(seen, inputs.frames, strict=True) if inputs.valid[frame]]
    overlaps = [iou for iou in (mask_iou(sight, background) for sight in shown) if iou is not None]
    found = {"person_lost": _lost(inputs.valid, overlaps)}
    if overlaps:
        found["mask_iou"] = float(np.mean(overlaps))
    return found | _seen_score(inputs) | _depth_scores(at_keyframes, depths)


def _lost(valid: Bools, overlaps: Sequence[float]) -> float:
    """Share of the frames that do not show the person, or show him where the body is not."""
    elsewhere = float(np.mean(np.array(overlaps) < ELSEWHERE_IOU)) if overlaps else 0.0
    return 1 - float(valid.mean()) * (1 - elsewhere)


def _seen_score(inputs: QualityInputs) -> dict[str, float]:
    shown = np.flatnonzero(inputs.valid[inputs.frames])
    masks = (inputs.masks[number] for number in shown.tolist())
    share = body_seen_share(inputs.vertices[shown], masks, inputs.intrinsics)
    return {} if share is None else {"body_seen_share": share}


def _depth_scores(at_keyframes: Sequence[Sight], depths: Sequence[Floats]) -> dict[str, float]:
    pairs = [depth_residual(sight, depth) for sight, depth in zip(at_keyframes, depths, strict=False)]
    measured = [pair for pair in pairs if pair is not None]
    if not measured:
        return {}
    signed, absolute = np.mean(measured, axis=0)
    return {"depth_residual_m": float(signed), "depth_residual_abs_m": float(absolute)}

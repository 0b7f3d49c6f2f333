"""Is this a human body? What is fitted to blurred or distant people may be crumpled, and still move smoothly.

`body_measures` measures and `body_fault` decides: an estimator refuses its own result with them, a filter another's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.pipeline.quality.silhouette import mask_iou, sights, small_camera
from share_data.records import Bools, Ints, PersonTrack

FRAMES = 8
"""How many frames are posed."""
MEAN_SHAPE: Floats = np.zeros(10, np.float32)
L_HIP, R_HIP, L_SHOULDER, R_SHOULDER = 1, 2, 16, 17
MIRRORED_COS = -0.2
"""Shoulders turned by more than a right angle against the hips: the one half faces front, the other back."""

_PAIRS = {(1, 2): 150, (4, 5): 165, (7, 8): 90, (10, 11): 70, (13, 14): 75, (18, 19): 170, (20, 21): 120}
_MIDDLE = {3: 75, 6: 75, 9: 75, 12: 90, 15: 90}
TURN_LIMITS_DEG: Mapping[int, int] = {joint: limit for pair, limit in _PAIRS.items() for joint in pair} | _MIDDLE
"""How far SMPL's joints can turn from the rest pose, degrees, about whatever axis, with room for sloppy fits.

Shoulders turn any way. Elbows and knees bend one way besides, see `HINGES`.
"""
HINGES = ((4, 0, 1.0), (5, 0, 1.0), (18, 1, -1.0), (19, 1, 1.0))
"""(joint, axis, sign of the side it bends to)."""
BACKWARDS_DEG = 40.0


@dataclass(frozen=True, slots=True)
class Limit:
    """Between which values a measure is a body's, and what it is in words."""

    low: float
    high: float
    words: str


LIMITS: Mapping[str, Limit] = {
    "stature_m": Limit(0.9, 2.2, "its stature in metres"),
    "largest_beta": Limit(0.0, 5.0, "its largest shape coefficient, in standard deviations"),
    "beyond_joint_limits": Limit(0.0, 0.2, "the share of frames with a joint turned further than joints turn"),
    "sides_mixed": Limit(0.0, 0.2, "the share of frames with shoulders and hips facing opposite ways"),
    "mask_iou": Limit(0.4, 1.0, "its overlap with the person's mask (IoU)"),
}


def body_measures(track: PersonTrack, body: BodyModel, shape: Floats = MEAN_SHAPE) -> dict[str, float]:
    """What `LIMITS` are about, over the frames in which the person was seen.

    Args:
        track: as estimated, before or after placement.
        body: the model it was made with.
        shape: (10,) betas to be expected: a child's, where the stature is known.

    Returns:
        By name; `mask_iou` is left out where no sampled frame has a mask.
    """
    seen = np.flatnonzero(track.valid & track.masks.known(len(track)))
    frames = seen[np.unique(np.linspace(0, len(seen) - 1, FRAMES).round().astype(np.intp))]
    posed = body.forward(track.global_orient[frames], track.body_pose[frames], track.betas, track.transl[frames])
    measures = {
        "stature_m": body.height(track.betas),
        "largest_beta": float(np.abs(track.betas - shape).max()),
        "beyond_joint_limits": float(beyond_joint_limits(track.body_pose[seen]).mean()),
        "sides_mixed": float(sides_mixed(posed.joints).mean()),
    }
    overlap = _overlap(posed.vertices, frames, track, body)
    return measures if overlap is None else measures | {"mask_iou": overlap}


def body_fault(measures: Mapping[str, float]) -> str | None:
    """What speaks against a human body: the first measure beyond its limit, with both numbers; None: nothing does.

    >>> body_fault({"stature_m": 1.7, "mask_iou": 0.34})
    "its overlap with the person's mask (IoU) is 0.34, a body's is at least 0.4"
    """
    for name, limit in LIMITS.items():
        value = measures.get(name, limit.low)
        if not limit.low <= value <= limit.high:
            bound = f"at most {limit.high:g}" if value > limit.high else f"at least {limit.low:g}"
            return f"{limit.words} is {value:.2f}, a body's is {bound}"
    return None


def beyond_joint_limits(body_pose: Floats) -> Bools:
    """The frames in which some joint is turned further than joints turn.

    Args:
        body_pose: (T, 69) axis-angle, radians.

    Returns:
        (T,) bool.
    """
    turns = np.degrees(body_pose.reshape(len(body_pose), 23, 3))
    joints = [joint - 1 for joint in TURN_LIMITS_DEG]
    far = np.linalg.norm(turns[:, joints], axis=-1) > np.array(list(TURN_LIMITS_DEG.values()))
    backwards = [-sign * turns[:, joint - 1, axis] > BACKWARDS_DEG for joint, axis, sign in HINGES]
    return np.asarray(far.any(axis=1) | np.any(backwards, axis=0))


def sides_mixed(joints: Floats) -> Bools:
    """The frames in which left and right of the shoulders are not those of the hips.

    Args:
        joints: (T, 24, 3) metres, in any frame.

    Returns:
        (T,) bool.
    """
    hips, shoulders = joints[:, L_HIP] - joints[:, R_HIP], joints[:, L_SHOULDER] - joints[:, R_SHOULDER]
    sizes = np.linalg.norm(hips, axis=1) * np.linalg.norm(shoulders, axis=1)
    return np.asarray((hips * shoulders).sum(axis=1) < MIRRORED_COS * sizes)


def _overlap(vertices: Floats, frames: Ints, track: PersonTrack, body: BodyModel) -> float | None:
    """Median IoU of silhouette and mask over the frames (S,) that have a mask. vertices: (S, V, 3)."""
    shown = [k for k, frame in enumerate(frames) if track.masks.extent(int(frame)) is not None]
    masks = track.masks.at(frames[shown])
    views = sights(vertices[shown], body.faces, masks, small_camera(track.intrinsics))
    found = [overlap for view in views if (overlap := mask_iou(view)) is not None]
    return float(np.median(found)) if found else None

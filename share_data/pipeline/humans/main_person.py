"""The main person of a clip as the embedded networks see him: for estimators that bring no detector or no masks."""

from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats, Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.humans.blazepose.estimator import MIN_CONFIDENCE, mask_boxes
from share_data.pipeline.humans.blazepose.landmarks import Landmarker
from share_data.pipeline.humans.blazepose.tracking import PersonTracker
from share_data.pipeline.humans.movenet import GLANCE, MoveNet
from share_data.pipeline.humans.networks import BLAZEPOSE, MOVENET, weights_sha256
from share_data.records import Bools, MaskStack
from share_data.video.frames import ClipFrames

LEAST = 2
"""Frames between which a motion can be interpolated."""


@dataclass(frozen=True, slots=True)
class MainPerson:
    """Where one person is in T frames, and no pose.

    boxes: (T, 4) float32 px x1 y1 x2 y2, interpolated where not valid; valid: (T,) bool, seen with confidence;
    confidence: (T,) float32 in [0, 1]; masks: of full size, empty where nobody was seen.
    """

    boxes: Floats
    valid: Bools
    confidence: Floats
    masks: MaskStack


def find_main_person(frames: ClipFrames, times: Floats, intrinsics: Intrinsics) -> MainPerson:
    """The person that the embedded estimator would follow. times: (T,) seconds.

    Raises EstimationError where it sees nobody.
    """
    seen = PersonTracker(MoveNet(), MoveNet(GLANCE), Landmarker()).follow(frames, intrinsics, times)
    valid = seen.confidence >= MIN_CONFIDENCE
    if not valid.any():
        raise EstimationError(
            f"no person found in {len(valid)} frames. Use a video that shows one whole person, "
            "at least about an eighth of the picture high and upright at some moment."
        )
    masks = MaskStack(seen.packed_masks, intrinsics.width)
    return MainPerson(mask_boxes(masks, seen.landmarks, valid, times), valid, seen.confidence, masks)


def finder_weights() -> dict[str, str]:
    """SHA-256 of the networks that `find_main_person` uses, by file name."""
    return {name: weights_sha256(name) for name in (MOVENET, BLAZEPOSE)}


def require_enough(valid: Bools, min_seen: float, reason: str) -> None:
    """Raises EstimationError unless the motion is known in this share of the frames, and in two. valid: (T,) bool."""
    if valid.sum() >= LEAST and np.mean(valid) >= min_seen:
        return
    raise EstimationError(
        f"the motion is known in only {int(valid.sum())} of {len(valid)} frames (needed: {min_seen:.0%}, and {LEAST} "
        f"at least): {reason}. "
        "Cut the clip to where the whole person is in view, or lower humans.min_seen."
    )

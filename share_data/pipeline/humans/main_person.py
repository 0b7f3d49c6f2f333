"""The main person of a clip as the embedded networks see him: for estimators that bring no detector or no masks.

He is looked at some ten times a second. Between two looks his box moves on a straight line, and his pixels are not
known. It takes no focal and no GPU, so a build does it before a GPU worker gets the clip.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from share_data.camera import Floats, Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.humans.blazepose import estimator as blazepose
from share_data.pipeline.humans.blazepose.estimator import MIN_CONFIDENCE, mask_boxes
from share_data.pipeline.humans.blazepose.landmarks import Landmarker
from share_data.pipeline.humans.blazepose.tracking import PersonTracker
from share_data.pipeline.humans.bridging import bridge_positions
from share_data.pipeline.humans.movenet import GLANCE, MoveNet
from share_data.pipeline.humans.networks import BLAZEPOSE, MOVENET, weights_sha256
from share_data.records import Bools, Ints, MainPerson
from share_data.video.frames import ClipFrames
from share_data.video.picture import Image

VERSION = 1
"""Raise it when the same frames give another `MainPerson`; what is stored is then found again."""
LOOK_EVERY_S = 0.1
LEAST = 2
"""Frames between which a motion can be interpolated."""
_ROUNDING_S = 1e-3


def find_main_person(frames: ClipFrames, times: Floats) -> MainPerson:
    """The person that the embedded estimator would follow, looked at every `LOOK_EVERY_S`. times: (T,) seconds.

    Raises EstimationError where it sees nobody.
    """
    looks = frames_to_look_at(times)
    # Nothing is asked of the tracker that depends on the focal.
    camera = Intrinsics.centred(max(frames.width, frames.height), frames.width, frames.height)
    tracker = PersonTracker(MoveNet(), MoveNet(GLANCE), Landmarker())
    seen = tracker.follow(_images(frames, looks), camera, times[looks])
    valid = seen.confidence >= MIN_CONFIDENCE
    if not valid.any():
        raise EstimationError(
            f"no person found in {len(times)} frames. Use a video that shows one whole person, "
            "at least about an eighth of the picture high and upright at some moment."
        )
    boxes = mask_boxes(seen.masks, seen.landmarks, valid, times[looks])
    everywhere = _between(looks, valid, len(times))
    confidence = np.interp(times, times[looks], seen.confidence) * (everywhere | np.isin(np.arange(len(times)), looks))
    return MainPerson(
        bridge_positions(boxes, times[looks], times),
        everywhere,
        confidence.astype(np.float32),
        replace(seen.masks, frames=looks),
    )


def frames_to_look_at(times: Floats) -> Ints:
    """(N,) ascending frame numbers, the first and the last among them.

    Each is the last one within `LOOK_EVERY_S` of the one before, or the next one where there is none. times: (T,)
    seconds, rising.
    """
    looks, last = [0], len(times) - 1
    while looks[-1] < last:
        reach = int(np.searchsorted(times, times[looks[-1]] + LOOK_EVERY_S + _ROUNDING_S)) - 1
        looks.append(max(reach, looks[-1] + 1))
    return np.array(looks)


def finder_stamp() -> str:
    """What of this package decides where the person is found: the version of the looks, and of what follows him."""
    return f"{VERSION}.{blazepose.VERSION}"


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


def _images(frames: ClipFrames, looks: Ints) -> Iterator[Image]:
    return (image for _, image in frames.select(looks.tolist()))


def _between(looks: Ints, valid: Bools, count: int) -> Bools:
    """(count,) bool: the frames that are looked at and valid, or lie between two such looks that follow each other.

    looks: (N,) ascending from 0 to count - 1; valid: (N,) bool.
    """
    numbers = np.arange(count)
    after = np.searchsorted(looks, numbers)
    before = np.searchsorted(looks, numbers, side="right") - 1
    return np.asarray(valid[before] & valid[after])

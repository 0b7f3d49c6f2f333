"""Follows the main person of a clip: BlazePose frame by frame, held to account by MoveNet every second or so.

BlazePose tracks from one frame's landmarks to the next and never says that it has drifted onto a chair;
MoveNet looks at whole images. The agreement of the two is the confidence.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics
from share_data.pipeline.humans.landmarks import COCO_LANDMARKS, Landmarker, PersonFrame, to_camera
from share_data.pipeline.humans.movenet import MIN_SCORE, Detection, Image, MoveNet
from share_data.records import Bools

CHECK_EVERY = 30
RETRY_EVERY = 5
SAME_PERSON = 0.4
"""Object keypoint similarity from which landmarks and a detection show the same person."""
CONFIRMING_SCORE = 0.1
"""A weak detection is enough to confirm a person who is already followed, not to start on one."""

_CORE = (11, 12, 23, 24)
_BODY = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
_COMPARED = np.array([0, *range(5, 17)])
_SIGMAS = np.array([26, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
"""COCO's keypoint standard deviations, in units of the square root of the person's area."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """What was seen of one person in T frames.

    landmarks: (T, 33, 3) float32 px, px, visibility; world: (T, 33, 3) float32 metres, camera axes, mid-hip
    at the origin; seen: (T,) bool, False where the other arrays hold zeros; agreement: (T,) float32 in [0,
    1], keypoint similarity with MoveNet, interpolated between checks; packed_masks: (T, H, ceil(W / 8))
    uint8.
    """

    landmarks: Floats
    world: Floats
    seen: Bools
    agreement: Floats
    packed_masks: NDArray[np.uint8]

    @property
    def confidence(self) -> Floats:
        """(T,) float32 in [0, 1]: agreement times the mean visibility of the body's landmarks."""
        return np.asarray(self.agreement * self.landmarks[:, _BODY, 2].mean(axis=1) * self.seen, np.float32)


class PersonTracker:
    """Follows one person through one clip; make a new one for the next clip."""

    def __init__(self, detector: MoveNet, landmarker: Landmarker) -> None:
        self._detector = detector
        self._landmarker = landmarker
        self._person: PersonFrame | None = None
        self._next_check = 0
        self._checks: dict[int, float] = {}

    def follow(self, frames: Iterable[Image], intrinsics: Intrinsics) -> Sightings:
        """The main person in T images of (H, W, 3) uint8 RGB, all of the intrinsics' size."""
        shape = (intrinsics.height, intrinsics.width)
        empty = np.packbits(np.zeros(shape, np.bool_), axis=1)
        landmarks, world, masks = [], [], []
        for number, rgb in enumerate(frames):
            self._step(number, rgb)
            person = self._person
            landmarks.append(np.zeros((33, 3)) if person is None else person.landmarks)
            world.append(np.zeros((33, 3)) if person is None else to_camera(person.world, person.region, intrinsics))
            masks.append(empty if person is None else np.packbits(person.mask, axis=1))
        seen = np.array([frame.any() for frame in landmarks])
        return Sightings(
            np.array(landmarks, np.float32), np.array(world, np.float32), seen, self._agreement(seen), np.array(masks)
        )

    def _step(self, number: int, rgb: Image) -> None:
        """Find the person in frame `number`, from the last frame or anew."""
        was_followed = self._person is not None
        if self._person is not None:
            person = self._landmarker.track(rgb, self._person.following)
            self._person = None if is_lost(person, self._person) else person
        just_lost = was_followed and self._person is None
        if number >= self._next_check or just_lost:
            similarity = self._check(rgb)
            self._checks[number] = similarity
            self._next_check = number + (CHECK_EVERY if similarity >= SAME_PERSON else RETRY_EVERY)

    def _check(self, rgb: Image) -> float:
        """Compare with MoveNet, start again on the largest person where they disagree; returns the
        similarity.
        """
        detections = self._detector.detect(rgb, CONFIRMING_SCORE)
        if self._person is not None:
            similarity = max((keypoint_similarity(self._person, d) for d in detections), default=0.0)
            if similarity >= SAME_PERSON:
                return similarity
        main = main_person(detections)
        if main is None:
            return 0.0
        self._person = self._landmarker.locate(rgb, main)
        return keypoint_similarity(self._person, main)

    def _agreement(self, seen: Bools) -> Floats:
        """(T,) similarity between the checks, linear in time, 0 where nobody was seen."""
        numbers = sorted(self._checks)
        values = np.interp(np.arange(len(seen)), numbers, [self._checks[number] for number in numbers])
        return np.asarray(values * seen, np.float32)


def main_person(detections: list[Detection]) -> Detection | None:
    """The person a clip is about: the largest confident one, or None."""
    confident = [d for d in detections if d.score >= MIN_SCORE]
    return max(confident, key=lambda d: d.score * d.area, default=None)


def keypoint_similarity(person: PersonFrame, detection: Detection) -> float:
    """COCO's object keypoint similarity of landmarks and a detection in [0, 1], over limbs, trunk and nose."""
    keypoints = detection.keypoints[_COMPARED]
    landmarks = person.landmarks[np.array(COCO_LANDMARKS)[_COMPARED], :2]
    counted = keypoints[:, 2] > 0.2
    if not counted.any():
        return 0.0
    squared = ((landmarks - keypoints[:, :2]) ** 2).sum(axis=1)
    similarity = np.exp(-squared / (8 * _SIGMAS**2 * max(detection.area, 1.0)))
    return float(similarity[counted].mean())


def is_lost(person: PersonFrame, before: PersonFrame) -> bool:
    """Whether the landmarks stopped making sense: trunk unseen, outside the image, or a square of another
    size.
    """
    trunk = person.landmarks[list(_CORE)]
    inside = ((trunk[:, :2] >= 0) & (trunk[:, :2] < person.size)).all(axis=1)
    ratio = person.following.radius / before.following.radius
    return bool(trunk[:, 2].mean() < 0.4 or not inside.any() or person.following.radius < 8 or not 0.5 < ratio < 2)

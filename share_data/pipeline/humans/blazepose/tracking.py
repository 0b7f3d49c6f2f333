"""Follows the main person of a clip: BlazePose frame by frame, held to account by MoveNet every second or so.

BlazePose tracks from one frame's landmarks to the next and never says that it has drifted onto a chair; MoveNet looks
at whole images. The agreement of the two is the confidence. Where people come near each other it looks ten times a
second, and what they wear says who is who.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats, Intrinsics
from share_data.masks import MaskStack, cut_out
from share_data.pipeline.humans.blazepose.landmarks import COCO_LANDMARKS, Landmarker, PersonFrame, to_camera
from share_data.pipeline.humans.blazepose.looks import Looks, has_company, somebody_else, whom_to_follow
from share_data.pipeline.humans.movenet import MIN_SCORE, Detection, Image, MoveNet
from share_data.records import Bools

CHECK_EVERY_S = 1.0
RETRY_EVERY_S = 0.1
SAME_PERSON = 0.4
"""Object keypoint similarity from which landmarks and a detection show the same person."""
CONFIRMING_SCORE = 0.1
"""A weak detection is enough to confirm a person who is already followed, not to start on one."""

_JUMP = 0.2  # of the followed region's radius, in 1/30 s or between two frames if that is longer
_JUMP_S = 1 / 30
_ROUNDING_S = 1e-3
_TRUNK = (11, 12, 23, 24)
_BODY = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
_COMPARED = np.array([0, *range(5, 17)])
_SIGMAS = np.array([26, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
"""COCO's keypoint standard deviations, in units of the square root of the person's area."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """What was seen of one person in T frames.

    landmarks: (T, 33, 3) float32 px, px, visibility; world: (T, 33, 3) float32 metres, camera axes, mid-hip at the
    origin; seen: (T,) bool, False where the other arrays hold zeros; agreement: (T,) float32 in [0, 1], keypoint
    similarity with MoveNet, interpolated between checks; masks: of full size, empty where not seen.
    """

    landmarks: Floats
    world: Floats
    seen: Bools
    agreement: Floats
    masks: MaskStack

    @property
    def confidence(self) -> Floats:
        """(T,) float32 in [0, 1]: agreement times the mean visibility of the body's landmarks."""
        return np.asarray(self.agreement * self.landmarks[:, _BODY, 2].mean(axis=1) * self.seen, np.float32)


class PersonTracker:
    """Follows one person through one clip; make a new one for the next clip."""

    def __init__(self, detector: MoveNet, glance: MoveNet, landmarker: Landmarker) -> None:
        """`detector` finds people; `glance`, smaller and four times faster, confirms one who is followed already."""
        self._detector, self._glance = detector, glance
        self._landmarker = landmarker
        self._person: PersonFrame | None = None
        self._next_check_s = -np.inf
        self._checks: dict[int, float] = {}
        self._looks: Looks | None = None
        self._company = False

    def follow(self, frames: Iterable[Image], intrinsics: Intrinsics, times: Floats) -> Sightings:
        """The main person in T images of (H, W, 3) uint8 RGB, all of the intrinsics' size. times: (T,) seconds."""
        empty = cut_out(np.zeros((1, 1), np.uint8))
        landmarks, world, masks = [], [], []
        for number, rgb in enumerate(frames):
            self._step(number, rgb, times)
            person = self._person
            landmarks.append(np.zeros((33, 3)) if person is None else person.landmarks)
            world.append(np.zeros((33, 3)) if person is None else to_camera(person.world, person.region, intrinsics))
            masks.append(empty if person is None else cut_out(np.packbits(person.mask, axis=1)))
        seen = np.array([frame.any() for frame in landmarks])
        return Sightings(
            np.array(landmarks, np.float32),
            np.array(world, np.float32),
            seen,
            self._agreement(seen, times),
            MaskStack.of(masks, intrinsics.height, intrinsics.width),
        )

    def _step(self, number: int, rgb: Image, times: Floats) -> None:
        """Find the person in frame `number`, from the last frame or anew."""
        before, doubtful = self._person, False
        if before is not None:
            person = self._landmarker.track(rgb, before.following)
            doubtful = has_jumped(person, before, float(times[number] - times[number - 1]))
            self._person = None if is_lost(person) else person
        if times[number] >= self._next_check_s or doubtful:
            confirmed = self._confirm(number, rgb, doubtful) or self._restart(number, rgb)
            # Times are rounded in files: a check must not wait for one more frame because of it.
            quiet = confirmed and not self._company
            self._next_check_s = times[number] + (CHECK_EVERY_S if quiet else RETRY_EVERY_S) - _ROUNDING_S

    def _confirm(self, number: int, rgb: Image, doubtful: bool) -> bool:
        """Whether the detector sees the followed person where the landmarks are."""
        if self._person is None:
            return False
        for detector in (self._glance, self._detector):
            detections = detector.detect(rgb, CONFIRMING_SCORE)
            agreed = [keypoint_similarity(self._person, each) for each in detections]
            similarity = max(agreed, default=0.0)
            self._checks[number] = similarity
            if similarity >= SAME_PERSON:
                return self._is_own(number, rgb, detections[agreed.index(similarity)], detections)
        if not doubtful:  # they may have drifted apart at any time since the last check
            self._checks[number - 1] = similarity
        return False

    def _is_own(self, number: int, rgb: Image, own: Detection, detections: list[Detection]) -> bool:
        """Whether the followed person, `own` of those detected, is still the one who was followed at first."""
        apart = [each for each in detections if each is own or each.score >= MIN_SCORE]
        if len(apart) > 1 or self._looks is None:  # While one hides another, they are still near each other.
            self._company = has_company(own, apart)
        if self._looks is None or not somebody_else(rgb, self._looks, own, apart):
            return True
        self._checks[max(number - 1, 0)] = 0.0
        return False

    def _restart(self, number: int, rgb: Image) -> bool:
        """Follow the main person of the image from here on, if there is one."""
        detections = self._detector.detect(rgb)
        main = whom_to_follow(rgb, self._looks, detections)
        if main is None:
            return False
        if self._looks is None:
            self._looks, self._company = Looks.of(rgb, main), has_company(main, detections)
        self._person = self._landmarker.locate(rgb, main)
        self._checks[number] = keypoint_similarity(self._person, main)
        return True

    def _agreement(self, seen: Bools, times: Floats) -> Floats:
        """(T,) similarity between the checks, linear in time, 0 where nobody was seen."""
        if not self._checks:
            return np.zeros(len(seen), np.float32)
        numbers = sorted(self._checks)
        values = np.interp(times, times[numbers], [self._checks[number] for number in numbers])
        return np.asarray(values * seen, np.float32)


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


def is_lost(person: PersonFrame) -> bool:
    """Whether the landmarks themselves say that nobody is there: body unseen, or trunk mostly outside the image."""
    trunk = person.landmarks[list(_TRUNK), :2]
    inside = ((trunk >= 0) & (trunk < person.size)).all(axis=1)
    return bool(person.landmarks[list(_BODY), 2].mean() < 0.5 or inside.mean() < 0.5)


def has_jumped(person: PersonFrame, before: PersonFrame, gap: float) -> bool:
    """Whether the body changed more than one does in `gap` seconds, so that the detector should have a look.

    Landmarks that slip onto the background still claim to be visible; the jump there gives them away. A lost person
    counts as a jump.
    """
    moved = person.landmarks[list(_BODY), :2] - before.landmarks[list(_BODY), :2]
    possible = _JUMP * max(gap / _JUMP_S, 1.0) * before.following.radius
    return is_lost(person) or bool(np.linalg.norm(moved, axis=1).mean() > possible)

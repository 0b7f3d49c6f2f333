"""Which of several people is the one who is followed: by the colours of what he wears, where they cross each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from share_data.camera import Floats
from share_data.pipeline.humans.movenet import (
    L_HIP,
    L_SHOULDER,
    MIN_SCORE,
    R_HIP,
    R_SHOULDER,
    Detection,
    Image,
)

L_KNEE, R_KNEE = 13, 14
LIGHT = 0.4
"""Of a difference in lightness, against one in colour: lights and exposures change, clothes do not."""
CLEARLY = 10.0
"""By how much somebody else must look more like the one who is followed, in units of CIE Lab."""
BESIDE = 1.0
"""People nearer than this to each other, in heights of the followed one, may cross within a second."""
_INSIDE = np.linspace(0.15, 0.85, 8)


@dataclass(frozen=True, slots=True)
class Looks:
    """Median colours of trunk and thighs, (2, 3): CIE Lab, lightness in [0, 100] times `LIGHT`."""

    colours: Floats

    @classmethod
    def of(cls, rgb: Image, person: Detection) -> "Looks":
        """A detected person's in an image (H, W, 3) uint8."""
        points = person.keypoints[:, :2].astype(np.float64)
        trunk = _between(*(points[[left, right]] for left, right in ((L_SHOULDER, R_SHOULDER), (L_HIP, R_HIP))))
        thighs = _between(points[[L_HIP, R_HIP]], points[[L_KNEE, R_KNEE]], _INSIDE[[0, -1]])
        return cls(np.stack([_median(rgb, trunk), _median(rgb, thighs)]))

    def unlike(self, other: "Looks") -> float:
        """Mean distance of the colours."""
        return float(np.linalg.norm(self.colours - other.colours, axis=1).mean())


def _between(above: Floats, below: Floats, across: Floats = _INSIDE) -> Floats:
    """(n, 2) px: a grid between two points (2, 2) and two below them."""
    down = _INSIDE[:, None, None]
    sides = above[None] * (1 - down) + below[None] * down
    return np.asarray(sides[:, :1] * (1 - across[:, None]) + sides[:, 1:] * across[:, None]).reshape(-1, 2)


def _median(rgb: Image, points: Floats) -> Floats:
    limits = (rgb.shape[1] - 1, rgb.shape[0] - 1)
    columns, rows = np.clip(np.floor(points).astype(int), 0, limits).T
    lab = cv2.cvtColor((rgb[rows, columns][None] / np.float32(255)).astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    return np.asarray(np.median(lab, axis=0) * [LIGHT, 1, 1])


def somebody_else(rgb: Image, looks: Looks, own: Detection, people: Sequence[Detection]) -> bool:
    """Whether one of `people` in an image (H, W, 3) looks clearly more like `looks` than `own` does."""
    others = [each for each in people if each is not own and each.score >= MIN_SCORE]
    unlike = min((looks.unlike(Looks.of(rgb, each)) for each in others), default=np.inf)
    return bool(unlike + CLEARLY < looks.unlike(Looks.of(rgb, own)))


def has_company(own: Detection, people: Sequence[Detection]) -> bool:
    """Whether somebody is so near to `own` that they may cross within a second."""
    reach = BESIDE * float(own.box[3] - own.box[1])
    gaps = (max(each.box[0] - own.box[2], own.box[0] - each.box[2]) for each in people if each is not own)
    return any(gap < reach for gap in gaps)


def main_person(detections: Sequence[Detection]) -> Detection | None:
    """The person a clip is about: the largest of those seen with confidence, or None."""
    return max(detections, key=lambda each: each.score * each.area, default=None)


def whom_to_follow(rgb: Image, looks: Looks | None, people: Sequence[Detection]) -> Detection | None:
    """The main one of `people` in an image (H, W, 3), of those who look like `looks` where it is known already."""
    if looks is None or not people:
        return main_person(people)
    unlike = [looks.unlike(Looks.of(rgb, each)) for each in people]
    return main_person([each for each, much in zip(people, unlike, strict=True) if much < min(unlike) + CLEARLY])

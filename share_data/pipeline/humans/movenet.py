"""MoveNet MultiPose: up to six people in an image, each with a box, a score and 17 keypoints.

Network: Google MoveNet MultiPose (TensorFlow Hub, Apache-2.0). It counts people and starts the landmark
tracker.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.pipeline.humans.networks import MOVENET, session

Image = NDArray[np.uint8]

MIN_SCORE = 0.25
"""No empty scene of our trials scored above 0.16, and no fully visible person below 0.3."""

DOUBTFUL = 0.12
"""A score that still shows a person, if one of at least `MIN_SCORE` is near in place and time: who comes close to the
lens, or lies down."""

GLANCE = 256
"""Pixels at which the network still sees the main person, in a quarter of the time."""

_BLOCK = 32
"""The network's input has sides of whole blocks, pixels."""

L_SHOULDER, R_SHOULDER, L_HIP, R_HIP = 5, 6, 11, 12


@dataclass(frozen=True, slots=True)
class Detection:
    """One person: box (4,) float32 pixels x1 y1 x2 y2; score in [0, 1]; keypoints (17, 3) float32 x px, y px,
    score.

    Keypoints are in COCO order: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles, left before
    right.
    """

    box: Floats
    score: float
    keypoints: Floats

    @property
    def area(self) -> float:
        """Box area in square pixels."""
        return float(max(self.box[2] - self.box[0], 0) * max(self.box[3] - self.box[1], 0))


class MoveNet:
    """The detector. `size`: pixels of the image's longer side as the network sees it; 512 also counts bystanders."""

    def __init__(self, size: int = 512) -> None:
        self.size = size

    def detect(self, rgb: Image, min_score: float = MIN_SCORE, region: Floats | None = None) -> list[Detection]:
        """People in `rgb` ((H, W, 3) uint8) whose score reaches `min_score`, best first.

        region: (4,) x1 y1 x2 y2, pixels: all that the network sees, at the scale at which it sees the whole image.
        """
        scale = self.size / max(rgb.shape[:2])
        corner: Floats = np.zeros(2)
        if region is not None:
            rgb, corner = _part(rgb, region, _BLOCK / scale)
        height, width = rgb.shape[:2]
        batch = _letterbox(rgb, max(1, round(width * scale)), max(1, round(height * scale)))
        (output,) = session(MOVENET).run(None, {"input:0": batch})
        rows = output[0][output[0][:, 55] >= min_score]
        people = _people(rows, batch.shape[2] / scale, batch.shape[1] / scale, corner)
        return sorted(people, key=lambda person: -person.score)


def _part(rgb: Image, region: Floats, block: float) -> tuple[Image, Floats]:
    """The part of an image that holds a region, whole blocks large where the image is, and its corner (2,) x y."""
    size = np.array(rgb.shape[1::-1])
    low, high = np.maximum(region[:2], 0), np.minimum(region[2:], size)
    wanted = np.minimum(np.ceil((high - low) / block) * block, size)
    low = np.clip(np.floor((low + high - wanted) / 2), 0, np.floor(size - wanted)).astype(int)
    right, bottom = np.minimum(low + np.round(wanted), size).astype(int)
    return rgb[low[1] : bottom, low[0] : right], low.astype(np.float64)


def _letterbox(rgb: Image, width: int, height: int) -> NDArray[np.int32]:
    """`rgb` resized into the top-left corner of a black (1, h, w, 3) canvas whose sides are multiples of 32."""
    import cv2

    canvas = np.zeros((1, -(-height // _BLOCK) * _BLOCK, -(-width // _BLOCK) * _BLOCK, 3), np.int32)
    canvas[0, :height, :width] = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    return canvas


def _people(rows: NDArray[Any], width: float, height: float, corner: Floats) -> list[Detection]:
    """Detections from the network's (n, 56) rows; `width` and `height`: the canvas in image pixels, with its upper left
    corner at `corner` (2,)."""
    people = []
    for row in rows:
        keypoints = row[:51].reshape(17, 3)[:, [1, 0, 2]] * np.array([width, height, 1.0]) + [*corner, 0]
        box = row[[52, 51, 54, 53]] * np.array([width, height, width, height]) + [*corner, *corner]
        people.append(Detection(box.astype(np.float32), float(row[55]), keypoints.astype(np.float32)))
    return people

"""BlazePose (full): 33 landmarks in the image and in metres, and the person's mask.

Network: Google MediaPipe pose_landmark_full (Apache-2.0). Its presence output stays near 1 on wrong crops, so
nothing here is gated on it; the tracker compares landmarks with MoveNet instead.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics
from share_data.pipeline.humans.blazepose.region import CROP, Region, region_of_detection, region_of_landmarks
from share_data.pipeline.humans.movenet import Detection, Image
from share_data.pipeline.humans.networks import BLAZEPOSE, session
from share_data.records import Bools

N_LANDMARKS = 33
COCO_LANDMARKS = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""The BlazePose landmark of each of MoveNet's 17 keypoints."""


@dataclass(frozen=True, slots=True)
class PersonFrame:
    """One person in one image.

    landmarks: (33, 3) float32 x px, y px, visibility in [0, 1]; world: (33, 3) float32 metres, mid-hip at the
    origin, axes of a camera that looks straight at the person; crop_mask: (256, 256) uint8, probability x 255
    in `region`; `region`: the square looked at; `following`: the one to look at in the next frame; `size`:
    image width, height.
    """

    landmarks: Floats
    world: Floats
    crop_mask: NDArray[np.uint8]
    region: Region
    following: Region
    size: tuple[int, int]

    @property
    def mask(self) -> Bools:
        """(H, W) bool: the pixels that show the person."""
        return self.region.paste(self.crop_mask, self.size[1], self.size[0])


class Landmarker:
    """Finds the landmarks of a person whose whereabouts are known."""

    def locate(self, rgb: Image, detection: Detection) -> PersonFrame:
        """The person of a detection; looked at twice, because the detector's keypoints give a rough square only."""
        return self.track(rgb, self.track(rgb, region_of_detection(detection)).following)

    def track(self, rgb: Image, region: Region) -> PersonFrame:
        """The person in `region` of `rgb` ((H, W, 3) uint8)."""
        outputs = session(BLAZEPOSE).run(
            ["Identity", "Identity_2", "Identity_3", "Identity_4"], {"input_1": region.crop(rgb)[None]}
        )
        crop = outputs[0].reshape(39, 5).astype(np.float64)
        points = _refine(crop[:, :2], outputs[2][0])
        image_points = region.to_image(points)
        visibility = _sigmoid(crop[:N_LANDMARKS, 3:4])
        world = outputs[3].reshape(39, 3)[:N_LANDMARKS] @ _turn(region.angle).T
        return PersonFrame(
            np.hstack([image_points[:N_LANDMARKS], visibility]).astype(np.float32),
            world.astype(np.float32),
            np.rint(255 * _sigmoid(outputs[1][0, :, :, 0])).astype(np.uint8),
            region,
            region_of_landmarks(image_points[33], image_points[34]),
            (rgb.shape[1], rgb.shape[0]),
        )


def to_camera(world: Floats, region: Region, intrinsics: Intrinsics) -> Floats:
    """Landmarks seen head-on turned into the camera's axes by the ray to the square's centre.

    The network sees every person as if the camera looked straight at him; off the optical axis that is a
    rotation (the smallest one from the axis to the ray). world: (N, 3) metres. Returns (N, 3) metres, still
    hip-centred.
    """
    ray = np.array([(region.x - intrinsics.cx), (region.y - intrinsics.cy), intrinsics.focal]) / intrinsics.focal
    ray /= np.linalg.norm(ray)
    x, y, z = ray
    k = 1 / (1 + z)
    turn = np.array([[1 - k * x * x, -k * x * y, x], [-k * x * y, 1 - k * y * y, y], [-x, -y, z]])
    return np.asarray(world @ turn.T)


def _refine(points: Floats, heatmaps: NDArray[np.float32]) -> Floats:
    """Landmarks moved to the centre of mass of the 7 x 7 heatmap window around them where its peak exceeds
    0.5.

    points: (39, 2) crop pixels; heatmaps: (64, 64, 39) logits. After MediaPipe's RefineLandmarksFromHeatmap.
    """
    size = heatmaps.shape[0]
    cells = np.floor(points / CROP * size).astype(int)
    offsets = np.arange(-3, 4)
    columns = cells[:, 0, None, None] + offsets[None, None, :]
    rows = cells[:, 1, None, None] + offsets[None, :, None]
    inside = (columns >= 0) & (columns < size) & (rows >= 0) & (rows < size)
    channel = np.arange(len(points))[:, None, None]
    logits = heatmaps[np.clip(rows, 0, size - 1), np.clip(columns, 0, size - 1), channel]
    weights = _sigmoid(logits) * inside
    total = np.maximum(weights.sum(axis=(1, 2)), 1e-9)
    centres = (
        np.stack([(weights * columns).sum(axis=(1, 2)), (weights * rows).sum(axis=(1, 2))], axis=1) / total[:, None]
    )
    confident = weights.max(axis=(1, 2)) > 0.5
    return np.where(confident[:, None], centres * (CROP / size), points)


def _turn(angle: float) -> Floats:
    """(3, 3): the rotation about the viewing axis that takes the crop's axes to the image's."""
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def _sigmoid(logits: NDArray[Any]) -> NDArray[Any]:
    """Element-wise logistic function, clipped so that no logit overflows."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))))

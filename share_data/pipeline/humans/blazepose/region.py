"""The rotated square around a person that the landmark network looks at, and the maps between it and the image."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.pipeline.humans.movenet import L_HIP, L_SHOULDER, R_HIP, R_SHOULDER, Detection
from share_data.records import Bools

CROP = 256
"""Side of the network's input, pixels."""
_NEAR, _TURNED = 0.1, math.radians(5)
"""Radii by which centre and radius may differ, and the angle, for two squares to show the same mask: the intersection
of those over their union was 0.97 in the median, 0.91 at least, of 36 frames of a rendered and a real clip."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square with the person upright in it. `x`, `y`: centre, px; `radius`: px; `angle`: radians, 0 = image
    up.

    The square's side is 2.5 radii (BlazePose's own margin of a quarter around the person's circle).
    """

    x: float
    y: float
    radius: float
    angle: float

    @property
    def affine(self) -> Floats:
        """(2, 3) float64: crop pixels to image pixels, both with pixel centres at +0.5."""
        scale = 2.5 * self.radius / CROP
        cos, sin = math.cos(self.angle) * scale, math.sin(self.angle) * scale
        linear = np.array([[cos, -sin], [sin, cos]])
        return np.column_stack([linear, np.array([self.x, self.y]) - linear @ np.full(2, CROP / 2)])

    def is_near(self, other: "Region") -> bool:
        """Whether a look at either shows much the same."""
        apart = max(math.hypot(self.x - other.x, self.y - other.y), abs(self.radius - other.radius))
        turned = abs(math.remainder(self.angle - other.angle, math.tau))
        return apart <= _NEAR * other.radius and turned <= _TURNED

    def crop(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(256, 256, 3) float32 in [0, 1]; black outside the image."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cropped = cv2.warpAffine(rgb, _corner_based(self.affine), (CROP, CROP), flags=flags)
        return np.asarray(cropped, np.float32) / np.float32(255)

    def to_image(self, points: Floats) -> Floats:
        """Crop pixels (N, 2) to image pixels (N, 2)."""
        affine = self.affine
        return np.asarray(points @ affine[:, :2].T + affine[:, 2])

    def paste(self, crop: NDArray[np.uint8], height: int, width: int) -> Bools:
        """Where a (256, 256) uint8 map, warped back to a (height, width) image, exceeds 127; False outside
        the square.
        """
        image = np.zeros((height, width), np.bool_)
        rows, columns = np.flatnonzero(crop.max(axis=1) > 127), np.flatnonzero(crop.max(axis=0) > 127)
        if not len(rows):
            return image
        x, y = np.array([columns[0] - 1, columns[-1] + 2]), np.array([rows[0] - 1, rows[-1] + 2])
        corners = self.to_image(np.stack(np.meshgrid(x, y), axis=-1).reshape(4, 2).astype(np.float64))
        low = np.clip(np.floor(corners.min(axis=0)), 0, [width, height]).astype(int)
        high = np.clip(np.ceil(corners.max(axis=0)), 0, [width, height]).astype(int)
        if (high > low).all():
            affine = self.affine
            affine[:, 2] -= low
            size = (int(high[0] - low[0]), int(high[1] - low[1]))
            image[low[1] : high[1], low[0] : high[0]] = cv2.warpAffine(crop, _corner_based(affine), size) > 127
        return image


def region_of_detection(detection: Detection) -> Region:
    """Where to look first: the circle around the hips that holds every keypoint, turned so that the spine points up."""
    points = detection.keypoints[:, :2].astype(np.float64)
    seen = detection.keypoints[:, 2] > 0.2
    hips = points[[L_HIP, R_HIP]].mean(axis=0)
    spine = points[[L_SHOULDER, R_SHOULDER]].mean(axis=0) - hips
    reach = np.linalg.norm(points[seen] - hips, axis=1).max(initial=0.0)
    radius = max(1.15 * reach, 1.3 * float(np.linalg.norm(spine)), 1.0)
    return Region(float(hips[0]), float(hips[1]), radius, math.atan2(spine[0], -spine[1]))


def region_of_landmarks(centre: Floats, top: Floats) -> Region:
    """Where to look next, from the two auxiliary landmarks: the circle's centre and its upper end, image px (2,)."""
    up = top - centre
    radius = max(float(np.linalg.norm(up)), 1.0)
    return Region(float(centre[0]), float(centre[1]), radius, math.atan2(up[0], -up[1]))


def _corner_based(affine: Floats) -> Floats:
    """The same map for OpenCV, which puts pixel centres at whole numbers."""
    shifted = affine.copy()
    shifted[:, 2] += affine[:, :2] @ np.full(2, 0.5) - 0.5
    return shifted

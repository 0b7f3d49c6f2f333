"""What MoGe-2 is given: an image no larger than it can see, and a field of view of the kind it knows."""

import math

import numpy as np

from share_data.camera import Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.geometry.base import Image

LONG_SIDE = 1920
"""Longer side in pixels of what the network is given and of the point maps, at most: it never sees finer than that."""
HFOV_DEG = (1.0, 179.0)


def shrunk(image: Image) -> Image:
    """The image, (H, W, 3) uint8 RGB, at most `LONG_SIDE` pixels long."""
    import cv2

    height, width = image.shape[:2]
    factor = LONG_SIDE / max(height, width)
    if factor >= 1:
        return image
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def hfov_of(camera: Intrinsics) -> float:
    """The camera's horizontal field of view in degrees.

    Raises EstimationError for a camera MoGe cannot fit its depths to: its principal point is the image's centre, and
    with less than 1 or more than 179 degrees its depths would be nonsense.
    """
    off = max(abs(camera.cx - camera.width / 2), abs(camera.cy - camera.height / 2))
    degrees = math.degrees(2 * math.atan2(camera.width / 2, camera.focal))
    if off > 1:
        raise EstimationError(
            f"the principal point lies {off:.0f} pixels from the image's centre, where MoGe takes it to be. Crop the "
            "video about it, or use another geometry estimator."
        )
    if not HFOV_DEG[0] < degrees < HFOV_DEG[1]:
        raise EstimationError(
            f"a focal of {camera.focal:g} pixels ({camera.source}) makes {degrees:.4g} degrees of {camera.width} "
            "pixels, out of the range of 1 to 179 that MoGe can use. Check camera.focal_px or camera.hfov_deg."
        )
    return degrees

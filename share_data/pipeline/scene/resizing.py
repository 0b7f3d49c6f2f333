"""Images and masks at the size of a point map."""

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Intrinsics
from share_data.records import Bools

Image = NDArray[np.uint8]


def image_at(image: Image, camera: Intrinsics) -> Image:
    """An image at a point map's size; pixel centres stay in place.

    Args:
        image: (H, W, 3) uint8, as large as the map or larger.
        camera: the map's.

    Returns:
        (height, width, 3) uint8, areas averaged; the image itself where it has that size.
    """
    import cv2

    if image.shape[:2] == (camera.height, camera.width):
        return image
    small = cv2.resize(image, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def mask_at(mask: Bools, camera: Intrinsics) -> Bools:
    """A mask at a point map's size; pixel centres stay in place.

    Args:
        mask: (H, W) bool, as large as the map or larger.
        camera: the map's.

    Returns:
        (height, width) bool, by the nearest pixel.
    """
    import cv2

    size = (camera.width, camera.height)
    return np.asarray(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT).astype(bool))


def eroded(mask: Bools, pixels: int) -> Bools:
    """`mask` without a rim of `pixels`; where the image cuts the person there is no rim."""
    import cv2

    if pixels == 0:
        return mask
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return np.asarray(cv2.erode(mask.astype(np.uint8), disk).astype(bool))

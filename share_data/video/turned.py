"""Pictures moved by a homography, as a stabilised clip's are."""

import cv2
import numpy as np

from share_data.camera import Floats
from share_data.video.picture import Image

_HALF = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])


def turned_image(image: Image, transform: Floats) -> Image:
    """The picture as the transform shows it, of the same size.

    What lies outside of the picture was not filmed: there the pixel at the border is repeated.

    Args:
        image: (H, W) or (H, W, 3) uint8.
        transform: (3, 3) from the image's pixels to the result's, the first pixel's middle at 0.5.

    Returns:
        uint8, C-contiguous.
    """
    matrix = np.linalg.inv(_HALF) @ np.asarray(transform, np.float64) @ _HALF
    if np.array_equal(matrix, np.eye(3)):
        return image
    size = (image.shape[1], image.shape[0])
    made = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(made, dtype=np.uint8)

"""Depth discontinuities: where a pixel's depth mixes two surfaces and its point would fly between them."""

import numpy as np

from share_data.camera import Floats
from share_data.records import Bools


def depth_edges(depth: Floats, valid: Bools, rtol: float) -> Bools:
    """Pixels in whose 3 x 3 window the farthest valid depth exceeds the nearest by more than `rtol` of it.

    depth: (H, W) metres; valid: (H, W). Two pixels wide at a step. A floor at grazing incidence is an edge too where
    it recedes by `rtol` within two pixels: beyond rtol / 2 x focal in pixels x the camera's height.
    """
    import cv2

    depth = np.asarray(depth, dtype=np.float32)
    window = np.ones((3, 3), dtype=np.uint8)
    farthest = cv2.dilate(np.where(valid, depth, np.float32(0)), window)
    nearest = cv2.erode(np.where(valid, depth, np.float32(np.finfo(np.float32).max)), window)
    return np.asarray(valid & (farthest / np.float32(1 + rtol) > nearest))

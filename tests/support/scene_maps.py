"""Small point maps, pictures and masks to fuse."""

import numpy as np

from share_data.camera import Floats, Intrinsics, pixel_grid, unproject
from share_data.records import Bools, EstimatorInfo, PointMap

WIDTH, HEIGHT = 32, 24
CAMERA = Intrinsics.centred(30.0, WIDTH, HEIGHT)


def point_map(depth: Floats | float, valid: Bools | None = None, camera: Intrinsics = CAMERA) -> PointMap:
    """A map of these depths, metres; everywhere valid unless told."""
    shape = (camera.height, camera.width)
    depth = np.broadcast_to(np.float32(depth), shape)
    valid = np.ones(shape, bool) if valid is None else valid
    return PointMap(np.where(valid, depth, np.float32(0)), valid, camera, EstimatorInfo("test", 1))


def picture(value: int, camera: Intrinsics = CAMERA) -> np.ndarray:
    """An image of one grey value."""
    return np.full((camera.height, camera.width, 3), value, np.uint8)


def columns(left: int, right: int, camera: Intrinsics = CAMERA) -> Bools:
    """A mask of the pixel columns left to right - 1."""
    mask = np.zeros((camera.height, camera.width), bool)
    mask[:, left:right] = True
    return mask


def rays(camera: Intrinsics) -> Floats:
    """(H, W, 3) viewing directions with z = 1."""
    return unproject(
        pixel_grid(camera.width, camera.height).astype(np.float64), np.ones((camera.height, camera.width)), camera
    )


def room(camera: Intrinsics) -> Floats:
    """(H, W) depths of a floor 1.5 m below the camera and a wall 5 m ahead, metres."""
    down = rays(camera)[..., 1]
    return np.minimum(np.where(down > 0.01, 1.5 / np.maximum(down, 0.01), np.inf), 5.0)

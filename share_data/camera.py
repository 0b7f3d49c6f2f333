"""Pinhole camera: the one place that knows axes (OpenCV: x right, y down, z forward) and pixel centres (+0.5)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """Square-pixel pinhole camera without distortion. All values in pixels; `source` says who chose the focal."""

    focal: float
    cx: float
    cy: float
    width: int
    height: int
    source: str = "default"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.focal) and self.focal > 0):
            raise ValueError(f"focal must be a positive number of pixels, got {self.focal}")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"image size must be positive, got {self.width} x {self.height}")

    @classmethod
    def centred(cls, focal: float, width: int, height: int, source: str = "default") -> "Intrinsics":
        """Intrinsics whose principal point is the image centre."""
        return cls(focal, width / 2, height / 2, width, height, source)

    @classmethod
    def from_hfov(cls, degrees: float, width: int, height: int, source: str = "default") -> "Intrinsics":
        """Intrinsics from the horizontal field of view in degrees, which must lie in (1, 179)."""
        if not 1 < degrees < 179:
            raise ValueError(f"horizontal field of view must lie between 1 and 179 degrees, got {degrees}")
        return cls.centred(width / 2 / math.tan(math.radians(degrees) / 2), width, height, source)

    @property
    def matrix(self) -> Floats:
        """(3, 3) float64 camera matrix, pixels."""
        return np.array([[self.focal, 0, self.cx], [0, self.focal, self.cy], [0, 0, 1]], dtype=np.float64)

    def scaled(self, width: int, height: int) -> "Intrinsics":
        """The same camera for the image resized to `width` x `height` (aspect ratio kept to within rounding)."""
        sx, sy = width / self.width, height / self.height
        return Intrinsics(self.focal * sx, self.cx * sx, self.cy * sy, width, height, self.source)


def project(points: Floats, intrinsics: Intrinsics) -> Floats:
    """Pixels of camera-frame points.

    points: (..., 3) metres, z > 0. Returns (..., 2) pixels; the centre of the top-left pixel is (0.5, 0.5).
    """
    uv = points[..., :2] / points[..., 2:3] * intrinsics.focal
    return np.asarray(uv + np.array([intrinsics.cx, intrinsics.cy], dtype=points.dtype))


def unproject(pixels: Floats, depth: Floats, intrinsics: Intrinsics) -> Floats:
    """Camera-frame points of pixels (SHARE's scene step: X = (u - cx) z / f, Y = (v - cy) z / f, Z = z).

    pixels: (..., 2) pixels; depth: (...,) metres along z. Returns (..., 3) metres.
    """
    xy = (pixels - np.array([intrinsics.cx, intrinsics.cy], dtype=depth.dtype)) / intrinsics.focal * depth[..., None]
    return np.concatenate([xy, depth[..., None]], axis=-1)


def pixel_grid(width: int, height: int) -> Floats:
    """(height, width, 2) float32 pixel centres."""
    u, v = np.meshgrid(np.arange(width, dtype=np.float32) + 0.5, np.arange(height, dtype=np.float32) + 0.5)
    return np.stack([u, v], axis=-1)


def transform(points: Floats, matrix: Floats) -> Floats:
    """Apply a rigid (4, 4) transform to (..., 3) points; the result has the points' dtype."""
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3], dtype=points.dtype)

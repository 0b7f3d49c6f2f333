"""Pinhole camera: the one place that knows axes (OpenCV: x right, y down, z forward) and pixel centres (+0.5)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
_BLOCK = 65536


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """Square-pixel pinhole camera without distortion. All values in pixels.

    Attributes:
        focal: the same along both axes.
        cx, cy: the principal point; the centre of the top-left pixel is (0.5, 0.5).
        width, height: of the image.
        source: who chose the focal: recipe, source, geometry, edges, camera, lens or default.

    Raises:
        ValueError: the focal is not a positive number, or the image empty.
    """

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
        """Intrinsics whose principal point is the image centre.

        >>> Intrinsics.centred(500.0, 640, 480).matrix.tolist()
        [[500.0, 0.0, 320.0], [0.0, 500.0, 240.0], [0.0, 0.0, 1.0]]
        """
        return cls(focal, width / 2, height / 2, width, height, source)

    @classmethod
    def from_hfov(cls, degrees: float, width: int, height: int, source: str = "default") -> "Intrinsics":
        """Intrinsics from the horizontal field of view.

        >>> round(Intrinsics.from_hfov(90, 640, 480).focal)
        320

        Args:
            degrees: the angle between the left and the right edge of the image, in (1, 179).
            width: pixels.
            height: pixels.
            source: who said so.

        Raises:
            ValueError: for an angle outside of that.
        """
        if not 1 < degrees < 179:
            raise ValueError(f"horizontal field of view must lie between 1 and 179 degrees, got {degrees}")
        return cls.centred(width / 2 / math.tan(math.radians(degrees) / 2), width, height, source)

    @classmethod
    def from_long_fov(cls, degrees: float, width: int, height: int, source: str = "default") -> "Intrinsics":
        """Intrinsics from the field of view along the longer side in degrees, in (1, 179), upright or not."""
        across = cls.from_hfov(degrees, max(width, height), min(width, height))
        return cls.centred(across.focal, width, height, source)

    @property
    def matrix(self) -> Floats:
        """(3, 3) float64 camera matrix, pixels."""
        return np.array([[self.focal, 0, self.cx], [0, self.focal, self.cy], [0, 0, 1]], dtype=np.float64)

    def scaled(self, width: int, height: int) -> "Intrinsics":
        """The same camera for a resized image.

        Args:
            width: pixels of the new image.
            height: pixels; the aspect ratio is kept to within rounding.
        """
        sx, sy = width / self.width, height / self.height
        return Intrinsics(self.focal * sx, self.cx * sx, self.cy * sy, width, height, self.source)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a source knows of how its camera stands; None: it does not know. Plain numbers, to be hashed and compared.

    Attributes:
        T_world_cam: (4, 4) rigid, camera to a world with z up and the floor at z = 0, metres. It holds gravity too, and
            goes before it.
        gravity: (3,) the direction things fall in, camera frame, any length.
    """

    T_world_cam: tuple[tuple[float, ...], ...] | None = None
    gravity: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        # Stored ones come back from JSON as lists.
        if self.T_world_cam is not None:
            object.__setattr__(self, "T_world_cam", tuple(tuple(map(float, row)) for row in self.T_world_cam))
        if self.gravity is not None:
            object.__setattr__(self, "gravity", tuple(map(float, self.gravity)))

    @classmethod
    def read(cls, told: "Calibration | Mapping[str, Any] | None") -> "Calibration | None":
        """A calibration that may be as a job's JSON has it."""
        return cls(**told) if isinstance(told, Mapping) else told

    @classmethod
    def of(cls, T_world_cam: Floats | None = None, gravity: Floats | None = None) -> "Calibration":
        """From arrays: (4, 4) and (3,), either or both."""
        rows = None if T_world_cam is None else tuple(map(tuple, T_world_cam.tolist()))
        return cls(rows, None if gravity is None else tuple(gravity.tolist()))


def project(points: Floats, intrinsics: Intrinsics) -> Floats:
    """Pixels of camera-frame points.

    >>> project(np.array([0.0, 0.0, 2.0]), Intrinsics.centred(500.0, 640, 480)).tolist()
    [320.0, 240.0]

    Args:
        points: (..., 3) metres, z > 0.
        intrinsics: the camera.

    Returns:
        (..., 2) pixels; the centre of the top-left pixel is (0.5, 0.5).
    """
    uv = points[..., :2] / points[..., 2:3] * intrinsics.focal
    return np.asarray(uv + np.array([intrinsics.cx, intrinsics.cy], dtype=points.dtype))


def unproject(pixels: Floats, depth: Floats, intrinsics: Intrinsics) -> Floats:
    """Camera-frame points of pixels: X = (u - cx) z / f, Y = (v - cy) z / f, Z = z (SHARE's scene step).

    >>> unproject(np.array([820.0, 240.0]), np.array(2.0), Intrinsics.centred(500.0, 640, 480)).tolist()
    [2.0, 0.0, 2.0]

    Args:
        pixels: (..., 2) pixels.
        depth: (...,) metres along z, not along the ray.
        intrinsics: the camera.

    Returns:
        (..., 3) metres.
    """
    xy = (pixels - np.array([intrinsics.cx, intrinsics.cy], dtype=depth.dtype)) / intrinsics.focal * depth[..., None]
    return np.concatenate([xy, depth[..., None]], axis=-1)


def pixel_grid(width: int, height: int) -> Floats:
    """The centres of all pixels of an image.

    >>> pixel_grid(2, 1).tolist()
    [[[0.5, 0.5], [1.5, 0.5]]]

    Returns:
        (height, width, 2) float32, u and v.
    """
    u, v = np.meshgrid(np.arange(width, dtype=np.float32) + 0.5, np.arange(height, dtype=np.float32) + 0.5)
    return np.stack([u, v], axis=-1)


def transform(points: Floats, matrix: Floats) -> Floats:
    """Apply a rigid transform to points.

    Args:
        points: (..., 3).
        matrix: (4, 4); `T_world_cam` takes camera to world, its inverse back.

    Returns:
        (..., 3) in the points' dtype.
    """
    moved = np.empty_like(points, order="C")
    rows, into = points.reshape(-1, 3), moved.reshape(-1, 3)
    for start in range(0, len(rows), _BLOCK):  # A clip's vertices in float64, at once, are four times themselves.
        part = slice(start, start + _BLOCK)
        into[part] = rows[part] @ matrix[:3, :3].T + matrix[:3, 3]
    return moved

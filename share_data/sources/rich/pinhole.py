"""The one place that takes a lens out of RICH's images: distorted and off-centre in, an ideal pinhole out.

The result has its principal point at its centre, square pixels and the calibrated focal, and shows nothing that the
source does not: it ends where the nearer border ends. RICH's principal points lie up to 118 pixels beside the centre of
the 4112 and 202 beside that of the 3008. That costs 3.2 % of the width and 2.5 % of the height on average, at most 6 %;
camera 3 of BBQ loses 13 % of its height. Taken for centred as they are, they would turn a person by 1 to 3 degrees.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from share_data.camera import Floats
from share_data.errors import SourceError
from share_data.sources.rich.calibration import Calibration
from share_data.video.picture import Image

LONG_SIDE, SHORT_SIDE = 4112, 3008
"""Pixels of the released images, which the calibrations are for; some cameras stand upright."""
LARGEST_OFFSET = 0.1
"""Of a side: how far a principal point may be from the centre. One that belongs to the other orientation is farther."""
SMALLEST_PART = 0.7
"""Of a side: what must be left of it."""
_ROUNDING = 1e-3
_NEARLY = 0.99


@dataclass(frozen=True, slots=True)
class Pinhole:
    """Resamples images of one camera. size: (width, height) of the result, pixels, both even.

    maps: OpenCV's fixed-point ones: where in the source image each of the `samples` x `samples` points of a pixel lies.
    """

    size: tuple[int, int]
    samples: int
    maps: tuple[Any, Any]

    def __call__(self, image: Image) -> Image:
        """(height, width, 3) uint8, as the ideal camera sees it; each pixel is the mean over its area in the source."""
        way = cv2.INTER_LINEAR if self.samples > 1 else cv2.INTER_CUBIC
        fine: Any = cv2.remap(image, *self.maps, way, borderMode=cv2.BORDER_REPLICATE)
        return fine if self.samples == 1 else np.asarray(cv2.resize(fine, self.size, interpolation=cv2.INTER_AREA))


def pinhole(calibration: Calibration, size: tuple[int, int], downscale: int) -> Pinhole:
    """The resampling of source images of `size` (width, height) to `downscale` times smaller than as released.

    The focal of the result is `calibration.focal / downscale` pixels. Raises SourceError when the images are not RICH's
    or not those of the calibration, and when they are smaller than asked for.
    """
    scale = max(size) / LONG_SIDE
    if abs(min(size) - SHORT_SIDE * scale) > 1:
        raise SourceError(
            f"its images are {size[0]} x {size[1]}; RICH's are {LONG_SIDE} x {SHORT_SIDE}, or that reduced or upright. "
            "Extract the images again, uncropped."
        )
    if scale * downscale < _NEARLY:
        raise SourceError(
            f"its images are {size[0]} x {size[1]}, too small for downscale {downscale}. Set `downscale` to "
            f"{math.ceil(_NEARLY / scale)}, or extract the images as released."
        )
    half = _half_size(calibration, (size[0] / scale, size[1] / scale))
    samples = round(scale * downscale)
    width, height = (2 * int(side / downscale + _ROUNDING) for side in half)
    fine = (width * samples, height * samples)
    focal = calibration.focal / downscale * samples
    ideal = np.array([[focal, 0, fine[0] / 2 - 0.5], [0, focal, fine[1] / 2 - 0.5], [0, 0, 1]])
    source = _scaled(calibration.matrix, scale)
    maps: Any = cv2.initUndistortRectifyMap(source, calibration.distortion, None, ideal, fine, cv2.CV_16SC2)
    return Pinhole((width, height), samples, maps)


def reduced_size(size: tuple[int, int], downscale: int) -> tuple[int, int]:
    """(width, height), even, for the camera without a calibration: reduced as the others are, never enlarged."""
    scale = min(1.0, LONG_SIDE / downscale / max(size))
    return 2 * int(size[0] * scale / 2), 2 * int(size[1] * scale / 2)


def _scaled(matrix: Floats, scale: float) -> Floats:
    """The camera matrix for images `scale` times as large: OpenCV's zero is half a pixel inside the border."""
    scaled = matrix * scale
    scaled[:2, 2] += (scale - 1) / 2
    scaled[2, 2] = 1
    return scaled


def _half_size(calibration: Calibration, full: tuple[float, float]) -> Floats:
    """(2,) half the width and height, full-resolution pixels, of the largest centred picture the source covers."""
    centre = (calibration.matrix[:2, 2] + 0.5) / full
    whole = np.array(full) / 2
    half = whole.copy()
    while np.abs(centre - 0.5).max() <= LARGEST_OFFSET and (half > SMALLEST_PART * whole).all():
        beyond = _beyond(calibration, half, full)
        if beyond.max() < _ROUNDING:
            return half
        half -= beyond
    raise SourceError(
        f"its calibration (principal point at {centre[0]:.0%}, {centre[1]:.0%} of the image) does not fit images of "
        f"{full[0]:.0f} x {full[1]:.0f}. Extract images and scan_calibration again: one may be another camera's."
    )


def _beyond(calibration: Calibration, half: Floats, full: tuple[float, float]) -> Floats:
    """(2,) full-resolution pixels by which a centred picture of this half size reaches across the source's borders."""
    along, across = np.linspace(-1, 1, 65), np.ones(65)
    sides = [(along, across), (along, -across), (across, along), (-across, along)]
    outline = np.concatenate([np.stack(side, axis=1) for side in sides])
    rays = np.column_stack([outline * half / calibration.focal, np.ones(len(outline))])
    none = np.zeros(3)
    points, _ = cv2.projectPoints(rays, none, none, calibration.matrix, calibration.distortion)
    points = points.reshape(-1, 2) + 0.5
    return np.asarray(np.maximum(0, np.maximum(-points.min(axis=0), points.max(axis=0) - full)))

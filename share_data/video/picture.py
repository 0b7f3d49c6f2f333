"""One decoded frame, and the picture it shows: cropped as its container says, upright, with square pixels, RGB."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from share_data.video.colour import rgb_of
from share_data.video.crop import container_crop
from share_data.video.display import WHOLE, Crop, Display

Image = NDArray[np.uint8]

_PADDING = 16
"""Codecs store whole blocks: fewer rows and columns than this at the bottom and right are filling, not scene."""


@dataclass(frozen=True, slots=True)
class Framing:
    """What a container says of the shape of a stream's pictures. aspect: width / height of one stored pixel."""

    aspect: Fraction = Fraction(1)
    crop: Crop = WHOLE

    @classmethod
    def of(cls, path: Path, stream: VideoStream) -> "Framing":
        """Of the stream `stream` of the file at `path`."""
        crop, aspect = container_crop(path, stream)
        return cls(aspect or stream.sample_aspect_ratio or Fraction(1), crop)


@dataclass(frozen=True, slots=True)
class Decoded:
    """One decoded frame, not yet RGB. time: seconds; display: how the stored picture is made upright."""

    time: float
    frame: VideoFrame
    framing: Framing
    display: Display

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the upright image with square pixels."""
        width, height = self._unturned
        return (height, width) if self.display.swaps_sides else (width, height)

    @property
    def principal_point(self) -> tuple[float, float] | None:
        """Where the middle of the whole stored picture lies in the upright image, pixels; None: in its middle."""
        left, top, right, bottom = self.framing.crop
        if (left == right and top == bottom) or (left == top == 0 and max(right, bottom) < _PADDING):
            return None
        width, height = self._unturned
        scale = width / (self.frame.width - left - right)
        return self.display.point((self.frame.width / 2 - left) * scale, self.frame.height / 2 - top, width, height)

    def upright(self, stored: NDArray[Any]) -> NDArray[Any]:
        """What is shown of a stored (height, width, ...) picture of this frame, upright, its pixels as they are."""
        return self.display.apply(self.framing.crop.apply(stored))

    def rgb(self) -> Image:
        """(height, width, 3) uint8 RGB, C-contiguous, upright, square pixels."""
        image: Any = self.framing.crop.apply(rgb_of(self.frame))
        if self._unturned[0] != image.shape[1]:
            image = cv2.resize(image, self._unturned, interpolation=cv2.INTER_LINEAR)
        return np.ascontiguousarray(self.display.apply(image))

    @property
    def _unturned(self) -> tuple[int, int]:
        left, top, right, bottom = self.framing.crop
        width, height = self.frame.width - left - right, self.frame.height - top - bottom
        aspect = self.framing.aspect
        return _squared(width, aspect.numerator, aspect.denominator), height


@lru_cache(maxsize=64)
def _squared(width: int, numerator: int, denominator: int) -> int:
    """So many stored pixels of the aspect numerator / denominator in square ones: kept, for fractions are slow."""
    return max(1, round(width * Fraction(numerator, denominator)))

"""Small upright pictures of decoded frames, made straight from the decoder's numbers: a tenth of what RGB at full size
and a reduction of that take."""

from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from share_data.video.colour import matrix_of, transfer_of
from share_data.video.display import WHOLE
from share_data.video.picture import Decoded, Image


class Reducer:
    """For the frames of one pass."""

    def __init__(self) -> None:
        self._converters = {"rgb24": VideoReformatter(), "gray": VideoReformatter()}

    def rgb(self, decoded: Decoded, long_side: int) -> Image:
        """(h, w, 3) uint8 RGB, upright, at most `long_side` pixels long, averaged over the area of each pixel."""
        return self._reduced(decoded, long_side, "rgb24")

    def grey(self, decoded: Decoded, long_side: int) -> Image:
        """(h, w) uint8: the same, luma alone."""
        return self._reduced(decoded, long_side, "gray")

    def _reduced(self, decoded: Decoded, long_side: int, layout: str) -> Image:
        width, height = reduced_size(decoded.size, long_side)
        if decoded.framing.crop != WHOLE or transfer_of(decoded.frame) != "sdr":
            return _of_rgb(decoded.rgb(), (width, height), layout)
        stored = (height, width) if decoded.display.swaps_sides else (width, height)
        picture = self._scaled(decoded.frame, stored, layout)
        return np.ascontiguousarray(decoded.display.apply(picture))

    def _scaled(self, frame: VideoFrame, size: tuple[int, int], layout: str) -> NDArray[Any]:
        made = self._converters[layout].reformat(
            frame, *size, format=layout, src_colorspace=matrix_of(frame), interpolation="AREA", threads=1
        )
        return made.to_ndarray()


def reduced_size(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """(width, height) of a picture of this size reduced to at most `long_side`; it is never enlarged."""
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _of_rgb(image: Image, size: tuple[int, int], layout: str) -> Image:
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small if layout == "rgb24" else cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)

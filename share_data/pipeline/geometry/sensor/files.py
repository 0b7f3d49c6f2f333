"""What depth beside a video is, whether images or a video: 16-bit numbers for frames of a clip."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Raw = NDArray[np.uint16]
"""(H, W) depth in the sensor's own unit, 0 where it measured nothing."""
GREY = ("gray16le", "gray16be")
"""Pixel formats, as FFmpeg calls them, that hold depth."""
LOSSLESS = "Write it as 16-bit grey PNG, or as FFV1 video (pix_fmt gray16le); lossy depth is no depth."
MAX_LAG_S = 0.05
"""How far in time depth may be from the colour frame it stands for: it may have half the rate."""


class DepthFiles(Protocol):
    """The depth of one clip."""

    def sha256(self) -> str:
        """Hex SHA-256 of the content. Raises EstimationError when it cannot be read."""
        ...

    def read(self, frames: Sequence[int]) -> list[Raw]:
        """Depth of these frames of the clip. Raises EstimationError; VideoError for a damaged video."""
        ...

"""The real clip of the tests: one man, 157 frames of 1920 x 1080; tests that need it are skipped where it is not."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from places import CLIPS

from share_data.camera import Intrinsics
from share_data.video.frames import ClipFrames

PATH = CLIPS / "footwork.mp4"
INTRINSICS = Intrinsics.from_hfov(64.0, 1920, 1080)

needed = pytest.mark.skipif(not PATH.exists(), reason=f"the real clip {PATH} is not on this machine")


def read(indices: Sequence[int]) -> list[NDArray[np.uint8]]:
    """Frames of the clip: (1080, 1920, 3) uint8 RGB."""
    return ClipFrames(PATH, 0, 157, 1920, 1080).read(indices)

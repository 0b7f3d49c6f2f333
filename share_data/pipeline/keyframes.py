"""Which frames of a clip are keyframes."""

import numpy as np
from pydantic import Field

from share_data.records import Ints
from share_data.strict import StrictModel


class KeyframesConfig(StrictModel):
    """How many frames of a clip get a point map."""

    count: int = Field(default=5, ge=2, le=16, description="Spaced evenly, first and last frame included (paper: 2).")


def keyframe_numbers(length: int, count: int) -> Ints:
    """(K,) ascending frame numbers of a clip of `length` >= 2 frames; fewer than `count` in a clip that is shorter."""
    return np.round(np.linspace(0, length - 1, min(count, length))).astype(np.int64)

"""The focal that a picture's straight edges tell, and when they do: many, along two square directions or three.

Whatever changes its results raises `keys.FOCAL_VERSION`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from share_data.pipeline.world.picture_lines import Lines, picture_lines
from share_data.pipeline.world.square_frame import SquareFrame, settled, square_frames

MAX_LOG_SD = 0.06
"""Of a focal that is told at all: beyond it a guess is hardly worse."""
LEAST = 8.0
"""Edges along each of two directions."""
NATS, NATS_AN_EDGE = 30.0, 0.5
"""By which they must explain all edges better than if those ran anyhow; chance explains next to nothing."""
RIVAL_NATS = 6.0
"""By how much less an explanation with another focal must explain."""
SAME_LOG = 0.1
"""Between focals that are the same."""
APART_LOG_SD = 0.12
"""Of the focal by what is plumb and one level direction alone, the better of the two."""
LIMITS = (0.32, 2.2)
"""Long sides: 115 to 26 degrees; nearer the ends of what is looked for, a focal may be held there by them."""


def edge_focal(images: Sequence[NDArray[np.uint8]], centre: tuple[float, float] | None = None) -> float | None:
    """Pixels, or None where straight edges do not tell it.

    Args:
        images: (H, W, 3) uint8 RGB, upright, of a camera that does not move.
        centre: the principal point, pixels; the middle by default.
    """
    told = focal_told(picture_lines(images, centre))
    return None if told is None else told * max(images[0].shape[:2])


def focal_told(lines: Lines) -> float | None:
    """Long sides, or None where these edges do not tell it: too few, of one direction, or of several minds."""
    frames = square_frames(lines) if len(lines) >= 2 * LEAST else []
    if not frames:
        return None
    best, *others = frames
    rivals = [each for each in others if abs(np.log(each.focal / best.focal)) > SAME_LOG]
    if best.log_sd > MAX_LOG_SD or any(each.nats > best.nats - RIVAL_NATS for each in rivals):
        return None
    if best.nats < max(NATS, NATS_AN_EDGE * len(lines)) or not LIMITS[0] < best.focal < LIMITS[1]:
        return None
    return best.focal if _square(lines, best) else None


def _square(lines: Lines, frame: SquareFrame) -> bool:
    """Whether what is plumb is told by many edges, and one of the level directions with it tells the same focal well,
    the other nothing else: walls and posts are square to floors everywhere, patterns on a rug not to each other."""
    plumb = int(np.abs(frame.axes[:, 1]).argmax())
    level = [axis for axis in range(3) if axis != plumb]
    if frame.support[plumb] < LEAST or frame.support[level].max() < LEAST:
        return False
    apart = [settled(lines.where(frame.shares[axis] < 0.5), frame.axes, frame.focal, without=axis) for axis in level]
    agree = [abs(np.log(each.focal / frame.focal)) < SAME_LOG / 2 + 2 * min(each.log_sd, 1.0) for each in apart]
    return all(agree) and min(each.log_sd for each in apart) < APART_LOG_SD

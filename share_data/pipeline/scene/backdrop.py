"""The empty room of a fixed camera: a picture without people, from many of its videos, and the depth of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from share_data.camera import Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.geometry.base import GeometryEstimator, Image, PersonSurface
from share_data.records import PointMap

LEAST_PICTURES = 5
"""With fewer, somebody who sits in the same chair in two of them may stay in it."""
ROWS = 64
"""Of the pictures that are stacked and sorted at once: a copy of all of them would double the memory."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The empty room of a fixed camera.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        point_map: of it, of the size and camera of the clip's own maps.
    """

    image: Image
    point_map: PointMap


def sees_scene(geometry: Any) -> bool:
    """Whether this estimator makes a point map from pixels alone, and so of a room without anybody in it.

    It says so by an attribute `sees_scene`. One that measures the scene by its person, or reads depth from beside the
    clip's own video, has nothing to say about a picture that was never filmed.
    """
    return bool(getattr(geometry, "sees_scene", False))


def empty_room(pictures: Iterable[Image]) -> Image:
    """The median of every pixel and channel, the lower one of an even number.

    Whoever covers a pixel in fewer than half of the pictures is not in it.

    Args:
        pictures: one or more (H, W, 3) uint8 RGB of one size, of a camera that stands still.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    held = list(pictures)
    room = np.empty_like(held[0])
    for row in range(0, len(room), ROWS):
        strip = np.stack([picture[row : row + ROWS] for picture in held])
        strip.partition((len(held) - 1) // 2, axis=0)
        room[row : row + ROWS] = strip[(len(held) - 1) // 2]
    return room


def map_room(room: Image, intrinsics: Intrinsics, geometry: GeometryEstimator) -> PointMap | None:
    """The point map of a picture without people, or None where the estimator finds no metric geometry in it."""
    try:
        (point_map,) = geometry.estimate([room], intrinsics, _nobody(room))
    except EstimationError:
        return None
    return point_map


def _nobody(room: Image) -> PersonSurface:
    return PersonSurface(
        vertices=np.zeros((1, 0, 3), dtype=np.float32),
        faces=np.zeros((0, 3), dtype=np.int64),
        joints=np.zeros((1, 24, 3), dtype=np.float32),
        masks=(np.zeros(room.shape[:2], dtype=bool),),
        valid=np.zeros(1, dtype=bool),
        times=np.zeros(1),
        keyframes=(0,),
    )

"""Straight edges as they lie in the picture, before anybody knows the focal."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics
from share_data.pipeline.world.segments import edge_ends, end_sd, shrunk
from share_data.records import Bools

ASSUMED_FOV_DEG = 60.0
"""Of the long side: to tell edges that are one from edges that are two, for which any will do."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The longest first; lengths in units of the picture's long side, from its principal point.

    Attributes:
        ends: (n, 2, 2).
        along: (n, 2) unit, their directions.
        middles: (n, 2).
        sd: (n,) radians, of their directions.
    """

    ends: Floats
    along: Floats
    middles: Floats
    sd: Floats

    @classmethod
    def between(cls, ends: Floats, sd: Floats) -> "Lines":
        """Of their ends (n, 2, 2)."""
        way = ends[:, 1] - ends[:, 0]
        return cls(ends, way / np.linalg.norm(way, axis=1, keepdims=True), ends.mean(axis=1), sd)

    def __len__(self) -> int:
        return len(self.sd)

    def where(self, kept: Bools) -> "Lines":
        """Some of them. kept: (n,)."""
        return Lines(self.ends[kept], self.along[kept], self.middles[kept], self.sd[kept])

    def off(self, directions: Floats, focal: Floats) -> Floats:
        """By how much each would have to turn to point at where a direction's parallels meet.

        Args:
            directions: (..., k, 3), camera frame.
            focal: (...,) long sides.

        Returns:
            (..., k, n) radians, -pi / 2 to pi / 2.
        """
        near = np.asarray(focal)[..., None, None, None] * directions[..., None, :2]
        to = near - self.middles * directions[..., None, 2:]
        sine = self.along[:, 0] * to[..., 1] - self.along[:, 1] * to[..., 0]
        return np.asarray(np.arcsin(np.clip(sine / np.maximum(np.linalg.norm(to, axis=-1), 1e-12), -1, 1)))


def picture_lines(images: Sequence[NDArray[np.uint8]], centre: tuple[float, float] | None = None) -> Lines:
    """The straight edges of what stays in place, found by LSD as `straight_segments` does.

    Args:
        images: (H, W, 3) uint8 RGB of a camera that does not move; a person who does is in few of them at one place.
        centre: the principal point, pixels; the middle by default.
    """
    import cv2

    height, width = images[0].shape[:2]
    whole = Intrinsics.from_long_fov(ASSUMED_FOV_DEG, width, height)
    camera = shrunk(whole)
    size = camera.width, camera.height
    greys = [cv2.resize(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA) for each in images]
    still = np.rint(np.median(np.stack(greys), axis=0)).astype(np.uint8)
    ends = edge_ends(still, np.zeros(still.shape, dtype=bool), camera)
    x, y = (width / 2, height / 2) if centre is None else centre
    middle = [x * camera.width / width, y * camera.height / height]
    return Lines.between((ends - middle) / max(size), end_sd(ends))

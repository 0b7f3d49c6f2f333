"""Straight edges in a clip's pictures: what of them lies still, person left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics
from share_data.pipeline.world.posture import unit
from share_data.records import Bools, Ints

LONG_SIDE = 960
MIN_LENGTH = 0.035
"""Of a segment, as a share of the picture's long side."""
MOST = 250
END_SD_PX = 0.7
BUILT_SD_DEG = 0.3
"""How straight and true things are built, and lenses draw."""
RIM_PX = 5
SAME_EDGE_DEG = 1.2
"""Between the two flanks of a frame or a post, and between the pieces of one edge."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Straight edges, the longest first.

    Attributes:
        normals: (n, 3) unit, of the planes through camera and edge, camera frame.
        rays: (n, 3) unit, to the edges' middles.
        sd: (n,) radians, of the normals' turn about the rays.
    """

    normals: Floats
    rays: Floats
    sd: Floats

    def __len__(self) -> int:
        return len(self.sd)


def straight_segments(images: Sequence[NDArray[np.uint8]], masks: Sequence[Bools], intrinsics: Intrinsics) -> Segments:
    """The straight edges of what stands still, found by LSD (Grompone von Gioi et al., PAMI 2010).

    Args:
        images: (H, W, 3) uint8 RGB of a camera that does not move.
        masks: of each, (H, W) bool, the person.
        intrinsics: of the images.

    Returns:
        Those at least 3.5 % of the picture's long side in length, 250 at most.
    """
    camera = shrunk(intrinsics)
    ends = edge_ends(*_still_picture(images, masks, camera), camera)
    rays = _rays(ends, camera)
    return Segments(_normals(rays), unit(rays.sum(axis=1)), end_sd(ends))


def edge_ends(picture: NDArray[np.uint8], hidden: Bools, camera: Intrinsics) -> Floats:
    """The ends of a picture's straight edges, the longest first, each edge once.

    Args:
        picture: (H, W) grey.
        hidden: (H, W) where nothing counts.
        camera: of the picture; tells which edges are the same, for which a rough focal will do.

    Returns:
        (n, 2, 2) px.
    """
    import cv2

    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(picture)[0]
    ends = np.zeros((0, 2, 2)) if found is None else found.reshape(-1, 2, 2).astype(np.float64)
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    middle = np.clip(np.rint(ends.mean(axis=1)).astype(int), 0, [camera.width - 1, camera.height - 1])
    usable = (length >= MIN_LENGTH * max(camera.width, camera.height)) & ~hidden[middle[:, 1], middle[:, 0]]
    chosen = np.flatnonzero(usable)[np.argsort(-length[usable], kind="stable")[:MOST]]
    whole = ends[chosen] + 0.5
    return np.asarray(whole[_separate(_rays(whole, camera))])


def end_sd(ends: Floats) -> Floats:
    """(n,) radians by which edges are known to turn about their middles. ends: (n, 2, 2) px."""
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    return np.asarray(np.hypot(np.sqrt(2) * END_SD_PX / np.maximum(length, 1.0), np.radians(BUILT_SD_DEG)))


def _normals(rays: Floats) -> Floats:
    """(n, 3) unit, across rays (n, 2, 3)."""
    return unit(np.cross(rays[:, 0], rays[:, 1]))


def _separate(rays: Floats) -> Ints:
    """Which of the edges between rays (n, 2, 3), the longest first, are not seen in a longer one already: a frame has
    two flanks, which say the same, and so do the pieces of a broken edge."""
    limit = np.radians(SAME_EDGE_DEG)
    normals, middles = _normals(rays), unit(rays.sum(axis=1))
    reach = np.linalg.norm(rays[:, 1] - rays[:, 0], axis=1) / 2
    beside = (np.abs(normals @ middles.T) < limit) & (np.abs(normals @ normals.T) > np.cos(2 * limit))
    touching = np.linalg.norm(middles[:, None] - middles[None], axis=-1) < reach[:, None] + reach[None] + limit
    same = beside & touching
    kept: list[int] = []
    for edge in range(len(rays)):
        if not same[kept, edge].any():
            kept.append(edge)
    return np.array(kept, dtype=np.intp)


def shrunk(camera: Intrinsics) -> Intrinsics:
    """The same of the picture that edges are looked for in: 960 px at most."""
    factor = min(1.0, LONG_SIDE / max(camera.width, camera.height))
    return camera.scaled(max(1, round(camera.width * factor)), max(1, round(camera.height * factor)))


def _still_picture(
    images: Sequence[NDArray[np.uint8]], masks: Sequence[Bools], camera: Intrinsics
) -> tuple[NDArray[np.uint8], Bools]:
    """Grey, (H, W): the mean of the images where they do not show the person; and where all of them do."""
    import cv2

    size = (camera.width, camera.height)
    total, count = np.zeros(size[::-1], np.float32), np.zeros(size[::-1], np.float32)
    rim = np.ones((2 * RIM_PX + 1, 2 * RIM_PX + 1), np.uint8)
    everywhere = np.zeros(size[::-1], np.float32)
    for image, mask in zip(images, masks, strict=True):
        grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
        person = cv2.dilate(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT), rim)
        total += grey * (person == 0)
        count += person == 0
        everywhere += grey
    hidden = count == 0
    mean = np.where(hidden, everywhere / max(len(images), 1), total / np.maximum(count, 1))
    return np.rint(mean).astype(np.uint8), hidden


def _rays(points: Floats, camera: Intrinsics) -> Floats:
    """(..., 3) unit. points: (..., 2) px."""
    slopes = (points - [camera.cx, camera.cy]) / camera.focal
    return unit(np.concatenate([slopes, np.ones((*slopes.shape[:-1], 1))], axis=-1))

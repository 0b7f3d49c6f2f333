"""A placed body against what the camera saw: silhouettes over the person's masks, mesh depth over point maps.

Everything is compared at the pixel centres of one small camera (long side at most 640 pixels): masks and depths are
sampled there, not averaged, and the mesh is rasterised there, so that a mask equal to the silhouette scores exactly 1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from share_data.body.render import rasterize
from share_data.camera import Floats, Intrinsics
from share_data.records import Bools, Ints

LONG_SIDE = 640
OCCLUSION_MARGIN_M = 0.1  # what lies less in front of the mesh may be the person's own clothes or the floor underfoot

_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Sight:
    """One frame at the small camera.

    Attributes:
        mesh: (h, w) float32 depth of the body, metres, 0 = none.
        mask: (h, w) bool, the person.
    """

    mesh: Floats
    mask: Bools

    @property
    def silhouette(self) -> Bools:
        """(h, w) bool: where the body would be seen if nothing stood before it."""
        return np.asarray(self.mesh > 0)


def sample_frames(valid: Bools, keyframes: Ints, count: int = 10) -> Ints:
    """The frames worth rendering: the keyframes and some spaced evenly over the valid ones.

    Args:
        valid: (T,) bool, frames that show the person and have a mask.
        keyframes: (K,) frame numbers.
        count: how many beside the keyframes.

    Returns:
        (S,) sorted, S <= K + count, without repeats.
    """
    seen = np.flatnonzero(valid)
    spaced = seen[np.linspace(0, len(seen) - 1, count).round().astype(np.intp)] if len(seen) else seen
    return np.union1d(spaced, np.asarray(keyframes, dtype=np.intp))


def small_camera(camera: Intrinsics) -> Intrinsics:
    """The camera scaled down to a long side of 640 pixels; smaller ones stay as they are."""
    shrink = min(1.0, LONG_SIDE / max(camera.width, camera.height))
    return camera.scaled(max(1, round(camera.width * shrink)), max(1, round(camera.height * shrink)))


def sights(
    vertices: Floats, faces: NDArray[np.integer], masks: Iterable[Bools], camera: Intrinsics
) -> tuple[Sight, ...]:
    """Body and mask of S frames.

    Args:
        vertices: (S, V, 3) placed, metres, camera frame.
        faces: (F, 3) vertex numbers.
        masks: S of (H, W) bool.
        camera: may be smaller than the masks.
    """
    return tuple(
        Sight(rasterize(body, faces, camera).depth, sampled(mask, camera))
        for body, mask in zip(vertices, masks, strict=True)
    )


def sampled(image: NDArray[_Scalar], camera: Intrinsics) -> NDArray[_Scalar]:
    """The pixels of an image that hold the centres of the camera's pixels.

    Args:
        image: (H, W), the same view as the camera's, of any size.
        camera: whose size it is to have.

    Returns:
        (height, width), same dtype.
    """
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(np.intp)
        for new, old in zip((camera.height, camera.width), image.shape, strict=True)
    )
    return np.asarray(image[rows[:, None], columns])


def background_depth(depths: Sequence[Floats], masks: Sequence[Bools]) -> Floats:
    """How near the static scene comes in each pixel.

    Keyframes that differ count with the farthest: only what all of them show can hide the body.

    Args:
        depths: K of (h, w) metres, 0 = invalid.
        masks: K of (h, w) bool, the person.

    Returns:
        (h, w) metres; infinite where no keyframe shows it.
    """
    farthest = np.zeros(depths[0].shape, dtype=np.float32)
    for depth, mask in zip(depths, masks, strict=True):
        np.maximum(farthest, np.where(mask, 0, depth), out=farthest)
    return np.where(farthest > 0, farthest, np.float32(np.inf))


def mask_iou(sight: Sight, background: Floats | None = None) -> float | None:
    """Intersection over union of silhouette and mask over the pixels in which the body would be seen.

    A silhouette pixel outside the mask with scene more than 0.1 m before the mesh is occluded and does not count.

    Args:
        sight: the frame.
        background: (h, w) metres, infinite = nothing known.

    Returns:
        In [0, 1]; None where neither mask nor silhouette covers a pixel.
    """
    silhouette = sight.silhouette
    if background is not None:
        silhouette &= sight.mask | (background >= sight.mesh - OCCLUSION_MARGIN_M)
    union = np.count_nonzero(silhouette | sight.mask)
    return np.count_nonzero(silhouette & sight.mask) / union if union else None


def depth_residual(sight: Sight, depth: Floats) -> tuple[float, float] | None:
    """Median of z_mesh - z_point_map, and of its absolute value, over mask and silhouette.

    Args:
        sight: a keyframe.
        depth: (h, w) metres, 0 = invalid, of its point map.

    Returns:
        Metres each, positive: the body stands behind the points. None where they share no pixel.
    """
    shared = sight.silhouette & sight.mask & (depth > 0)
    if not shared.any():
        return None
    residual = sight.mesh[shared].astype(np.float64) - depth[shared]
    return float(np.median(residual)), float(np.median(np.abs(residual)))

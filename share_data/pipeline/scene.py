"""Scene fusion of SHARE (eqs. 1-3): one background point cloud from the point maps of two keyframes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from share_data.camera import Floats, pixel_grid, unproject
from share_data.config import StrictModel
from share_data.errors import EstimationError
from share_data.records import Bools, PointMap, Scene

Image = NDArray[np.uint8]


class SceneConfig(StrictModel):
    """How dense the background point cloud of a record is."""

    voxel: float = Field(
        default=0.02, ge=0.002, le=1, description="Edge in metres of the grid the cloud is thinned on."
    )
    max_points: int = Field(default=100_000, ge=100, le=5_000_000, description="Cap on the points of one scene.")


@dataclass(frozen=True, slots=True)
class Fusion:
    """scene: the background; human_points: per keyframe (P_k, 3) float32; both metres, camera frame.

    scale: what the second keyframe's depth was multiplied by.
    """

    scene: Scene
    human_points: tuple[Floats, ...]
    scale: float


def keyframe_scale(first: PointMap, second: PointMap, background: Bools) -> float:
    """Eq. 1: mean depth of keyframe 1 over mean depth of keyframe 2, over `background`: (H, W), valid in both maps.

    Raises EstimationError when the keyframes share no background.
    """
    if not background.any():
        raise EstimationError(
            "the keyframes share no valid background, so their depth scales cannot be tied. "
            "The person fills the image or the depth is invalid; use another clip."
        )
    means = [each.depth[background].mean(dtype=np.float64) for each in (first, second)]
    return float(means[0] / means[1])


def _resized(image: Image, mask: Bools, width: int, height: int) -> tuple[Image, Bools]:
    """Image and mask at the point map's size; both keep pixel centres in place."""
    import cv2

    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    covered = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(small, dtype=np.uint8), covered.astype(bool)


def fuse_scene(
    point_maps: Sequence[PointMap], images: Sequence[Image], masks: Sequence[Bools], config: SceneConfig
) -> Fusion:
    """Eqs. 1-3 and the human points of eq. 4.

    point_maps: two, of one camera; images: their keyframes, (H, W, 3) uint8 RGB; masks: the person in them, (H, W).
    Images and masks may be larger than the maps. Background seen by both keyframes is the mean of the two; what the
    person hides in one comes from the other; what is hidden or invalid in both stays a hole.
    Raises EstimationError when the keyframes share no valid background.
    """
    first, second = point_maps
    camera = first.intrinsics
    if camera != second.intrinsics:
        raise ValueError("the point maps of one clip must share their intrinsics")
    (image_1, mask_1), (image_2, mask_2) = (
        _resized(image, mask, camera.width, camera.height) for image, mask in zip(images, masks, strict=True)
    )
    both = ~mask_1 & ~mask_2 & first.valid & second.valid
    scale = keyframe_scale(first, second, both)
    pixels = pixel_grid(camera.width, camera.height)
    map_1 = unproject(pixels, first.depth.astype(np.float32), camera)
    map_2 = unproject(pixels, (second.depth * scale).astype(np.float32), camera)
    from_1 = mask_2 & ~mask_1 & first.valid
    from_2 = mask_1 & ~mask_2 & second.valid
    points = np.concatenate([(map_1[both] + map_2[both]) / 2, map_1[from_1], map_2[from_2]])
    colors = np.concatenate([image_1[both], image_1[from_1], image_2[from_2]])
    sources = np.repeat(np.array([0, 1, 2], dtype=np.uint8), [both.sum(), from_1.sum(), from_2.sum()])
    human = (map_1[mask_1 & first.valid], map_2[mask_2 & second.valid])
    return Fusion(thin(Scene(points, colors, sources), config), human, scale)


def thin(scene: Scene, config: SceneConfig) -> Scene:
    """One point (mean position, mean colour) a voxel and source, ordered by voxel, at most `max_points`.

    Beyond the cap a fixed random choice is kept, for a stride over the voxel order would leave stripes.
    """
    cells = np.floor(scene.points.astype(np.float64) / config.voxel).astype(np.int64)
    cells -= cells.min(axis=0)
    spans = cells.max(axis=0) + 1
    code = ((cells[:, 0] * spans[1] + cells[:, 1]) * spans[2] + cells[:, 2]) * 3 + scene.point_source
    kept, member, counts = np.unique(code, return_inverse=True, return_counts=True)
    values = np.concatenate([scene.points, scene.colors], axis=1, dtype=np.float64)
    means = np.stack([np.bincount(member, column, len(kept)) for column in values.T], axis=1) / counts[:, None]
    chosen = np.arange(len(kept))
    if len(kept) > config.max_points:
        chosen = np.sort(np.random.default_rng(0).choice(len(kept), config.max_points, replace=False))
    return Scene(
        means[chosen, :3].astype(np.float32),
        np.rint(means[chosen, 3:]).astype(np.uint8),
        (kept[chosen] % 3).astype(np.uint8),
    )

"""Scene fusion of SHARE (eqs. 1-3): one background point cloud from the point maps of K keyframes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from share_data.camera import Floats, Intrinsics, pixel_grid, unproject
from share_data.pipeline.geometry.depth_edges import depth_edges
from share_data.pipeline.scene.backdrop import Backdrop
from share_data.pipeline.scene.backdrop_fill import FROM_BACKDROP, fill_unseen
from share_data.pipeline.scene.downsample import thin
from share_data.pipeline.scene.keyframe_scales import Estimator, Reference, keyframe_scales
from share_data.pipeline.scene.merge import Merge, Merged, merge_depths
from share_data.pipeline.scene.normals import depth_normals
from share_data.pipeline.scene.resizing import Image, eroded, image_at, mask_at
from share_data.records import Bools, PointMap, Scene
from share_data.strict import StrictModel

MIN_HUMAN_SHARE = 0.25


class SceneConfig(StrictModel):
    """How the keyframes' point maps become one background. `SceneConfig.paper()` is SHARE to the letter."""

    scale: Estimator = Field(
        default="median_ratio",
        description="How keyframe depths are tied: median of the pixels' ratios, or ratio of the means (the paper).",
    )
    scale_trim: float = Field(
        default=0.05,
        ge=0,
        lt=0.5,
        description="Share of the nearest, and of the farthest, background pixels that median_ratio leaves out.",
    )
    reference: Reference = Field(
        default="consensus",
        description="Whose metric scale holds: the median of all keyframes', or the first keyframe's (the paper).",
    )
    merge: Merge = Field(
        default="weighted",
        description="Background that several keyframes show: mean weighted by distance from depth edges and the "
        "person, plain mean (the paper), or median.",
    )
    disagreement_rtol: float | None = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Aligned depths of a pixel differing by more than this share mean that something moved: the "
        "majority's is kept, else a hole is left. None: never (the paper).",
    )
    edge_rtol: float | None = Field(
        default=0.04,
        gt=0,
        le=1,
        description="Pixels whose 3 x 3 neighbours' depths differ by more than this share fly between surfaces and are "
        "left out. None: kept (the paper).",
    )
    all_valid: bool = Field(
        default=False,
        description="Leave a hole where any keyframe's depth is invalid outside its person (the paper).",
    )
    backdrop: bool = Field(
        default=True,
        description="Fill what no keyframe shows from the empty room of a fixed camera, pooled over its videos (see "
        "camera.pool), where that agrees with the clip. Only with a depth network.",
    )
    human_erosion: int = Field(
        default=0, ge=0, le=50, description="Pixels of the point map taken off the rim of the person's masks."
    )
    voxel: float = Field(
        default=0.02, ge=0.002, le=1, description="Edge in metres of the grid the cloud is thinned on."
    )
    max_points: int = Field(default=100_000, ge=100, le=5_000_000, description="Cap on the points of one scene.")

    @classmethod
    def paper(cls, voxel: float = 0.02, max_points: int = 100_000) -> "SceneConfig":
        """Eqs. 1-3 as published; for more than two keyframes, their plain generalisation."""
        return cls(
            scale="mean_ratio",
            scale_trim=0,
            reference="first",
            merge="mean",
            disagreement_rtol=None,
            edge_rtol=None,
            all_valid=True,
            backdrop=False,
            voxel=voxel,
            max_points=max_points,
        )


@dataclass(frozen=True, slots=True)
class Fusion:
    """What K keyframes make of a clip; metres, camera frame.

    Attributes:
        scene: the background. `point_source` of a point is 0 when two or more keyframes made it (not all need to show
            it), else the one that did, or 255 for the backdrop.
        human_points: per keyframe (P_k, 3) float32, scaled as the scene is.
        scales: (K,) float64, what each keyframe's depth was multiplied by.
        holes: (H, W) bool, at the point maps' size, pixels without a scene point.
        scores: `scene_hole_fraction`, `scene_hidden_fraction` (of the image, behind the person in every keyframe),
            `scene_disagreement` (of the pixels that several keyframes show), `keyframe_scale_spread` (largest over
            smallest scale, less 1); with a backdrop also `backdrop_filled` (of the scene's points) and, where enough is
            common to tell, `backdrop_residual` (median |log depth ratio| to the clip's background).
    """

    scene: Scene
    human_points: tuple[Floats, ...]
    scales: Floats
    holes: Bools
    scores: Mapping[str, float]


def fuse_scene(
    point_maps: Sequence[PointMap],
    images: Sequence[Image],
    masks: Sequence[Bools],
    config: SceneConfig,
    backdrop: Backdrop | None = None,
) -> Fusion:
    """One background from the point maps of K >= 2 keyframes, and the human points of each (SHARE, eqs. 1-4).

    A point lies on its pixel's ray, so merging depths is merging point maps. What the person hides in some keyframes
    comes from the others; what no keyframe shows comes from the backdrop where there is one that agrees with them, and
    else stays a hole.

    Args:
        point_maps: K, of one camera.
        images: their keyframes, (H, W, 3) uint8 RGB; may be larger than the maps.
        masks: the person in them, (H, W) bool; may be larger than the maps.
        config: `SceneConfig.paper()` is the paper's choice.
        backdrop: the empty room of a fixed camera.

    Raises:
        EstimationError: common background does not connect the keyframes.
        ValueError: fewer than two keyframes, or maps of two cameras.
    """
    if len(point_maps) < 2:
        raise ValueError(f"fusion takes at least two keyframes, got {len(point_maps)}")
    camera = _shared_camera([*point_maps, *([] if backdrop is None else [backdrop.point_map])])
    people = [mask_at(mask, camera) for mask in masks]
    good = [_reliable(point_map, config.edge_rtol) for point_map in point_maps]
    seen = np.stack([each & ~person for each, person in zip(good, people, strict=True)])
    scales = _scales(point_maps, seen, config)
    if config.all_valid:
        seen &= np.all([point_map.valid | person for point_map, person in zip(point_maps, people, strict=True)], axis=0)
    aligned = np.stack([(m.depth * scale).astype(np.float32) for m, scale in zip(point_maps, scales, strict=True)])
    merged = merge_depths(aligned, seen, config.merge, config.disagreement_rtol)
    told: dict[str, float] = {}
    if backdrop is not None:
        images = [*images, backdrop.image]
        merged, told = _filled(merged, seen, backdrop.point_map, config)
    rays = unproject(pixel_grid(camera.width, camera.height), np.ones_like(merged.depth), camera)
    shown = [eroded(each, config.human_erosion) & m.valid for each, m in zip(people, point_maps, strict=True)]
    human = tuple(_human_points(rays, *each) for each in zip(aligned, shown, good, strict=True))
    cloud = _cloud(merged, rays, images, camera)
    del aligned, rays  # as large as all the maps, and thinning takes room
    scene = thin(cloud, config.voxel, config.max_points)
    scores = {**_scores(merged, people, scales), **told}
    if backdrop is not None:
        scores["backdrop_filled"] = float(np.mean(scene.point_source == FROM_BACKDROP)) if len(scene.points) else 0.0
    return Fusion(scene, human, scales, ~merged.valid, scores)


def relative_scales(point_maps: Sequence[PointMap], masks: Sequence[Bools], config: SceneConfig) -> Floats:
    """(K,) `Fusion.scales` without the rest. Raises as `fuse_scene` does."""
    camera = _shared_camera(point_maps)
    good = (_reliable(point_map, config.edge_rtol) for point_map in point_maps)
    seen = [each & ~mask_at(mask, camera) for each, mask in zip(good, masks, strict=True)]
    return _scales(point_maps, np.stack(seen), config)


def _scales(point_maps: Sequence[PointMap], seen: Bools, config: SceneConfig) -> Floats:
    if all(each.measured for each in point_maps):  # An instrument has one scale for all.
        return np.ones(len(point_maps))
    depths = [each.depth for each in point_maps]
    return keyframe_scales(depths, seen, config.scale, config.reference, config.scale_trim)


def _scores(merged: Merged, people: Sequence[Bools], scales: Floats) -> dict[str, float]:
    return {
        "scene_hole_fraction": 1 - float(merged.valid.mean()),
        "scene_hidden_fraction": float(np.all(people, axis=0).mean()),
        "scene_disagreement": merged.disagreement,
        "keyframe_scale_spread": float(scales.max() / scales.min() - 1),
    }


def _shared_camera(point_maps: Sequence[PointMap]) -> Intrinsics:
    if any(each.intrinsics != point_maps[0].intrinsics for each in point_maps):
        raise ValueError("the point maps of one clip must share their intrinsics")
    return point_maps[0].intrinsics


def _reliable(point_map: PointMap, edge_rtol: float | None) -> Bools:
    if edge_rtol is None:
        return point_map.valid
    return point_map.valid & ~depth_edges(point_map.depth, point_map.valid, edge_rtol)


def _filled(merged: Merged, seen: Bools, room: PointMap, config: SceneConfig) -> tuple[Merged, dict[str, float]]:
    return fill_unseen(merged, seen, room.depth, _reliable(room, config.edge_rtol), config.scale, config.scale_trim)


def _human_points(rays: Floats, depth: Floats, person: Bools, reliable: Bools) -> Floats:
    """(P, 3): the person without depth edges, unless they are most of it: who is small or far is all rim, and there."""
    inner = person & reliable
    at = inner if inner.sum() >= MIN_HUMAN_SHARE * person.sum() else person
    return np.asarray(rays[at] * depth[at][:, None])


def _cloud(merged: Merged, rays: Floats, images: Sequence[Image], camera: Intrinsics) -> Scene:
    """Every pixel of `merged` that is not a hole; normals may be 0. images: those that `colour_from` numbers."""
    images = [image_at(image, camera) for image in images]
    at = np.flatnonzero(merged.valid)
    seen_by = merged.colour_from.ravel()[at]
    colors = images[0].reshape(-1, 3)[at]
    for k, image in enumerate(images[1:], start=1):
        own = np.flatnonzero(seen_by == k)
        colors[own] = image.reshape(-1, 3)[at[own]]
    normals = depth_normals(merged.depth, merged.valid, camera).reshape(-1, 3)[at]
    points = rays.reshape(-1, 3)[at]
    points *= merged.depth.ravel()[at, None]
    return Scene(points, colors, merged.source.ravel()[at], normals)

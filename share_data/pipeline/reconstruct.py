"""One clip's reconstruction from its track, in memory: geometry at the keyframes, then scene, placement and world.

Whatever changes its results raises `keys.RECONSTRUCT_VERSION`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from share_data.body.model import BodyModel, BodyOutput
from share_data.camera import Floats
from share_data.pipeline.camera.pose import UNKNOWN, CameraPose
from share_data.pipeline.geometry.base import GeometryEstimator, Image, PersonSurface
from share_data.pipeline.keyframes import keyframe_numbers
from share_data.pipeline.placement.place import Placement, PlacementOptions, place_human
from share_data.pipeline.quality.confidence import frame_confidence, seconds_to_seen
from share_data.pipeline.quality.grading import Placed, frames_to_render, grade
from share_data.pipeline.scene.backdrop import Backdrop
from share_data.pipeline.scene.fusion import Fusion, SceneConfig, fuse_scene, relative_scales
from share_data.pipeline.scene.reconciling import evidence_of, scale_of
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, PooledEvidence
from share_data.pipeline.world.edges import Edges
from share_data.pipeline.world.grounding import find_floor, world_from_camera
from share_data.pipeline.world.world_frame import body_in_world, motion_in_world, scene_in_world
from share_data.records import Clip, EstimatorInfo, Ints, Motion, PersonTrack, PointMap, Reconstruction
from share_data.store.memory import give_back


@dataclass(frozen=True, slots=True)
class ReconstructOptions:
    """What of a recipe `assemble` depends on."""

    scene: SceneConfig
    placement: PlacementOptions
    scale: ScaleConfig


def estimate_geometry(
    images: list[Image],
    times: Floats,
    track: PersonTrack,
    geometry: GeometryEstimator,
    body: BodyModel,
    keyframes: Ints,
    pose: CameraPose = UNKNOWN,
) -> list[PointMap]:
    """Point maps of the keyframes.

    images: the keyframes, (H, W, 3) uint8 RGB; times: (T,) seconds of all frames; track: the clip's person, with the
    intrinsics the point maps must share; keyframes: (K,) frame numbers, see `pipeline.shown.keyframes_of`; pose: what
    is known of its camera.
    Raises EstimationError when the estimator finds no metric geometry.
    """
    surface = _pose(track, body)
    person = PersonSurface(
        vertices=surface.vertices[keyframes],
        faces=body.faces,
        joints=surface.joints,
        masks=tuple(track.masks[frame] for frame in keyframes),
        valid=track.valid,
        times=times,
        keyframes=tuple(keyframes.tolist()),
        pose=pose,
    )
    return geometry.estimate(images, track.intrinsics, person)


def scale_evidence(
    track: PersonTrack, point_maps: Sequence[PointMap], keyframes: Ints, body: BodyModel, config: SceneConfig
) -> tuple[KeyframeEvidence, ...]:
    """What a clip's keyframes say of the scale, for clips that share theirs. Raises as `assemble` does."""
    scales = relative_scales(point_maps, [track.masks[frame] for frame in keyframes], config)
    return evidence_of(_pose(track, body), track, keyframes, point_maps, scales, body)


def assemble(
    clip: Clip,
    images: Sequence[Image],
    track: PersonTrack,
    point_maps: Sequence[PointMap],
    body: BodyModel,
    options: ReconstructOptions,
    backdrop: Backdrop | None = None,
    keyframes: Ints | None = None,
    pose: CameraPose = UNKNOWN,
    pooled: PooledEvidence | None = None,
) -> Reconstruction:
    """Fuse the scene, settle its scale, place the person, find the floor, go to the world frame, and grade the result.

    images: the K keyframes, (H, W, 3) uint8 RGB of full size; point_maps: theirs; backdrop: the camera's empty room;
    keyframes: their (K,) frame numbers, as many spaced evenly where none are given; pose: what recipe and source know
    of how the camera is held, which is kept; pooled: what the clips that share this one's scale say of it, this one
    among them; by default its own keyframes tell.
    Raises EstimationError when the keyframes share no background or show no human points, or nothing tells where the
    floor is; ValueError when the track is not the clip's.
    """
    if not len(clip) == len(track) >= 2:
        raise ValueError(f"{clip.key}: a track of {len(track)} frames does not fit a clip of {len(clip)}")
    keyframes = keyframe_numbers(clip.times, len(point_maps)) if keyframes is None else keyframes
    surface = _pose(track, body)
    masks = [track.masks[frame] for frame in keyframes]
    fusion = fuse_scene(point_maps, images, masks, options.scene, backdrop)
    give_back()
    scale = scale_of(surface, track, keyframes, point_maps, fusion.scales, body, options.scale, pooled)
    factor = 1.0 if scale is None else scale.factor
    placement = _placement(surface, fusion, factor, clip.times, keyframes, body.faces, options.placement)
    _move(surface, placement.offsets)
    scene = replace(fusion.scene, points=(fusion.scene.points * factor).astype(np.float32))
    by_person = any(each.from_person for each in point_maps)
    edges, clouds = Edges.of(images, masks, track.intrinsics), (scene.points, scene.normals)
    floor = find_floor(*clouds, surface.vertices, surface.joints, track.valid, clip.times, pose, by_person, edges)
    matrix, drawn = world_from_camera(floor.plane), frames_to_render(track, keyframes)
    seen, world, scene = surface.vertices[drawn], body_in_world(surface, matrix), scene_in_world(scene, matrix)
    del surface  # 83 KB a frame
    motion = motion_in_world(track, placement.offsets, world, scene, clip.times, body, matrix, keyframes)
    # Maps made from the body agree with it whatever is true.
    compared = [] if scale is None else list(zip(point_maps, fusion.scales, strict=True))
    depths = [(each.depth * (scale_k * factor)).astype(np.float32) for each, scale_k in compared]
    state = Placed(clip, track, drawn, seen, world, scene, matrix, keyframes, depths, placement, options.placement)
    scores = grade(state, floor, scale, body, options.scale.body_height_sd, fusion.scores)
    return _record(state, motion, scores, point_maps[0].estimator, body)


def _record(
    placed: Placed, motion: Motion, scores: Mapping[str, float], geometry: EstimatorInfo, body: BodyModel
) -> Reconstruction:
    track = placed.track
    sure = frame_confidence(scores, seconds_to_seen(track.valid, placed.clip.times), track.confidence)
    return Reconstruction(
        motion=replace(motion, confidence=sure),
        scene=placed.scene,
        intrinsics=track.intrinsics,
        T_world_cam=placed.T_world_cam,
        floor_plane=np.array([0, 0, 1, 0], dtype=np.float32),
        humans=track.estimator,
        geometry=geometry,
        body=body.stamp,
        scores={**scores, "scene_points": float(len(placed.scene.points))},
    )


def _pose(track: PersonTrack, body: BodyModel) -> BodyOutput:
    posed = body.forward(track.global_orient, track.body_pose, track.betas, track.transl)
    give_back()
    return posed


def _move(surface: BodyOutput, offsets: Floats) -> None:
    """In place: a second set of vertices would take 83 KB a frame."""
    for points in (surface.vertices, surface.joints):
        points += offsets[:, None].astype(np.float32)


def _placement(
    surface: BodyOutput,
    fusion: Fusion,
    factor: float,
    times: Floats,
    keyframes: Ints,
    faces: Ints,
    options: PlacementOptions,
) -> Placement:
    """Of the body among the fused human points. factor: that the scene is rescaled by; times: (T,) seconds."""
    human = [(points * factor).astype(np.float32) for points in fusion.human_points]
    return place_human(surface.vertices[keyframes], human, surface.joints[:, 0], times, keyframes, options, faces)

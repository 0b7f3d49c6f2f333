"""One clip's reconstruction from its track, in memory: geometry at the keyframes, then scene, placement and world.

Whatever changes its results raises `keys.RECONSTRUCT_VERSION`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from share_data.body.model import BodyModel, BodyOutput
from share_data.camera import Floats, transform
from share_data.pipeline.camera.pose import UNKNOWN, CameraPose
from share_data.pipeline.geometry.base import GeometryEstimator, Image, PersonSurface
from share_data.pipeline.keyframes import keyframe_numbers
from share_data.pipeline.placement.place import Placement, PlacementOptions, place_human
from share_data.pipeline.quality.confidence import frame_confidence, seconds_to_seen
from share_data.pipeline.quality.grading import Placed, frames_to_render, grade
from share_data.pipeline.scene.backdrop import Backdrop
from share_data.pipeline.scene.fusion import Fusion, SceneConfig, fuse_scene, relative_scales
from share_data.pipeline.scene.scale import ScaleConfig, ScaleEstimate, estimate_pooled, estimate_scale
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, PooledEvidence, keyframe_evidence, uprightness
from share_data.pipeline.world.contacts import foot_contacts, foot_heights, scene_contacts, surface_samples
from share_data.pipeline.world.edges import Edges
from share_data.pipeline.world.floor import Floor
from share_data.pipeline.world.grounding import find_floor, transform_smpl, world_from_camera
from share_data.records import Bools, Clip, Ints, Motion, PersonTrack, PointMap, Reconstruction, Scene
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
    return _evidence(_pose(track, body), track, keyframes, point_maps, scales, body)


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
    scale = _scale(surface, track, keyframes, point_maps, fusion, body, options.scale, pooled)
    factor = 1.0 if scale is None else scale.factor
    placement = _placement(surface, fusion, factor, clip.times, keyframes, body.faces, options.placement)
    placed = _moved(surface, placement.offsets)
    scene = replace(fusion.scene, points=(fusion.scene.points * factor).astype(np.float32))
    by_person = any(each.from_person for each in point_maps)
    edges = Edges.of(images, masks, track.intrinsics)
    floor = _floor(scene, placed, track.valid, clip.times, pose, by_person, edges)
    matrix = world_from_camera(floor.plane)
    rendered = frames_to_render(track, keyframes)
    seen, world = placed.vertices[rendered], _in_world(placed, matrix)
    del placed
    scene = _world_scene(scene, matrix)
    motion = _world_motion(track, placement.offsets, world, scene, clip.times, body, matrix, keyframes)
    # Maps made from the body agree with it whatever is true.
    compared = [] if scale is None else list(zip(point_maps, fusion.scales, strict=True))
    depths = [(each.depth * (scale_k * factor)).astype(np.float32) for each, scale_k in compared]
    drawn = (rendered, seen)
    state = Placed(clip, track, *drawn, world, scene, matrix, keyframes, depths, placement, options.placement)
    scores = grade(state, floor, scale, body, options.scale.body_height_sd, fusion.scores)
    motion = replace(motion, confidence=_frame_confidence(scores, track, clip.times))
    return Reconstruction(
        motion=motion,
        scene=scene,
        intrinsics=track.intrinsics,
        T_world_cam=matrix,
        floor_plane=np.array([0, 0, 1, 0], dtype=np.float32),
        humans=track.estimator,
        geometry=point_maps[0].estimator,
        body=body.stamp,
        scores={**scores, "scene_points": float(len(scene.points))},
    )


def _frame_confidence(scores: Mapping[str, float], track: PersonTrack, times: Floats) -> Floats:
    return frame_confidence(scores, seconds_to_seen(track.valid, times), track.confidence)


def _pose(track: PersonTrack, body: BodyModel) -> BodyOutput:
    posed = body.forward(track.global_orient, track.body_pose, track.betas, track.transl)
    give_back()
    return posed


def _moved(surface: BodyOutput, offsets: Floats) -> BodyOutput:
    """The same arrays, moved: a second set of vertices would take 83 KB a frame."""
    for points in (surface.vertices, surface.joints):
        points += offsets[:, None].astype(np.float32)
    return surface


def _scale(
    surface: BodyOutput,
    track: PersonTrack,
    keyframes: Ints,
    point_maps: Sequence[PointMap],
    fusion: Fusion,
    body: BodyModel,
    config: ScaleConfig,
    pooled: PooledEvidence | None,
) -> ScaleEstimate | None:
    """The point maps' scale against the body's; None where the maps were made from the body and know no other.

    A measured scale is compared with the body's, and stands, whatever the recipe says.
    """
    if any(each.from_person for each in point_maps):
        return None
    if any(each.measured for each in point_maps):
        config = config.model_copy(update={"reconcile": False})
    if pooled is not None:
        return estimate_pooled(pooled, config)
    return estimate_scale(_evidence(surface, track, keyframes, point_maps, fusion.scales, body), config)


def _evidence(
    surface: BodyOutput,
    track: PersonTrack,
    keyframes: Ints,
    point_maps: Sequence[PointMap],
    scales: Floats,
    body: BodyModel,
) -> tuple[KeyframeEvidence, ...]:
    """scales: (K,) that tie the keyframes' depths to each other."""
    evidence = []
    for frame, each, scale in zip(keyframes, point_maps, scales, strict=True):
        mesh, depth = surface.vertices[frame], each.depth * scale
        found = keyframe_evidence(mesh, body.faces, each.intrinsics, track.masks[frame], depth, each.valid)
        upright, height = uprightness(surface.joints[frame]), body.height(track.betas)
        evidence.append(replace(found, upright=upright, height=height))
    return tuple(evidence)


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


def _floor(
    scene: Scene, placed: BodyOutput, valid: Bools, times: Floats, pose: CameraPose, by_person: bool, edges: Edges
) -> Floor:
    return find_floor(scene.points, scene.normals, placed.vertices, placed.joints, valid, times, pose, by_person, edges)


def _in_world(body: BodyOutput, matrix: Floats) -> BodyOutput:
    return BodyOutput(transform(body.vertices, matrix), transform(body.joints, matrix))


def _world_scene(scene: Scene, matrix: Floats) -> Scene:
    normals = (scene.normals @ matrix[:3, :3].T).astype(np.float32)
    return Scene(transform(scene.points, matrix), scene.colors, scene.point_source, normals)


def _world_motion(
    track: PersonTrack,
    offsets: Floats,
    world: BodyOutput,
    scene: Scene,
    times: Floats,
    body: BodyModel,
    matrix: Floats,
    keyframes: Ints,
) -> Motion:
    """world: the placed body in the world frame; scene: in the same."""
    pelvis = body.rest_pelvis(track.betas)
    transl = (track.transl + offsets).astype(np.float32)
    orient, placed = transform_smpl(track.global_orient, transl, pelvis, matrix)
    _, initial = transform_smpl(track.global_orient, track.transl, pelvis, matrix)
    heights = foot_heights(world.vertices, body.weights)
    samples = surface_samples(world.vertices[0], body.weights)
    return Motion(
        global_orient=orient,
        body_pose=track.body_pose,
        betas=track.betas,
        transl=placed,
        transl_initial=initial,
        joints=world.joints,
        valid=track.valid,
        keyframe=np.isin(np.arange(len(track)), keyframes),
        confidence=track.confidence,
        foot_contact=foot_contacts(world.joints, heights, times, track.valid),
        contact_distance=scene_contacts(world.vertices[:, samples], scene.points, scene.normals).distance,
    )

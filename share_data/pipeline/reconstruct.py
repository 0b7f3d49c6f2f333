"""One clip's reconstruction from its track, in memory: geometry at the keyframes, then scene, placement and world."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from share_data.body import BodyModel, BodyOutput
from share_data.camera import Floats, transform
from share_data.pipeline.geometry.base import GeometryEstimator, Image, PersonSurface
from share_data.pipeline.gravity import fit_ground
from share_data.pipeline.grounding import Floor, fit_floor, foot_scores, transform_smpl, world_from_camera
from share_data.pipeline.placement import Placement, PlacementOptions, place_human
from share_data.pipeline.scene import Fusion, SceneConfig, fuse_scene
from share_data.records import Bools, Clip, Motion, PersonTrack, PointMap, Reconstruction, Scene
from share_data.video import ClipFrames

VERSION = 1


@dataclass(frozen=True, slots=True)
class ReconstructOptions:
    """What of a recipe `assemble` depends on."""

    scene: SceneConfig
    placement: PlacementOptions


def estimate_geometry(
    frames: ClipFrames, track: PersonTrack, geometry: GeometryEstimator, body: BodyModel
) -> list[PointMap]:
    """Point maps of the clip's first and last frame.

    frames: the clip; track: its person, with the intrinsics the point maps must share.
    Raises EstimationError when the estimator finds no metric geometry.
    """
    keyframes = _keyframes(track)
    surface = _pose(track, body)
    person = PersonSurface(
        vertices=surface.vertices[list(keyframes)],
        faces=body.faces,
        joints=surface.joints,
        masks=tuple(track.masks[frame] for frame in keyframes),
        valid=track.valid,
        keyframes=keyframes,
    )
    return geometry.estimate(frames.read(keyframes), track.intrinsics, person)


def assemble(
    clip: Clip,
    images: Sequence[Image],
    track: PersonTrack,
    point_maps: Sequence[PointMap],
    body: BodyModel,
    options: ReconstructOptions,
) -> Reconstruction:
    """Fuse the scene, place the person, find the floor, and put everything into the world frame, with scores.

    images: the first and last frame, (H, W, 3) uint8 RGB of full size; point_maps: theirs.
    Raises EstimationError when the keyframes share no background or show no human points, or nothing tells where the
    floor is; ValueError when the track is not the clip's.
    """
    if not len(clip) == len(track) >= 2:
        raise ValueError(f"{clip.key}: a track of {len(track)} frames does not fit a clip of {len(clip)}")
    keyframes = _keyframes(track)
    surface = _pose(track, body)
    masks = [track.masks[frame] for frame in keyframes]
    fusion = fuse_scene(point_maps, images, masks, options.scene)
    placement = place_human(
        surface.vertices[list(keyframes)],
        fusion.human_points,
        surface.joints[:, 0],
        np.array(keyframes),
        options.placement,
    )
    placed = _moved(surface, placement.offsets)
    floor = _floor(fusion.scene, placed, track.valid)
    matrix = world_from_camera(floor.plane)
    lowest = floor.plane.heights(placed.vertices).min(axis=1)
    scores = {
        **_placement_scores(placement, fusion, masks),
        **foot_scores(lowest[track.valid]),
        "floor_from_feet": float(floor.source == "feet"),
        "body_height_m": body.height(track.betas),
    }
    return Reconstruction(
        motion=_world_motion(track, placement.offsets, placed.joints, body, matrix, keyframes),
        scene=Scene(transform(fusion.scene.points, matrix), fusion.scene.colors, fusion.scene.point_source),
        intrinsics=track.intrinsics,
        T_world_cam=matrix,
        floor_plane=np.array([0, 0, 1, 0], dtype=np.float32),
        humans=track.estimator,
        geometry=point_maps[0].estimator,
        body=body.stamp,
        scores=scores,
    )


def _keyframes(track: PersonTrack) -> tuple[int, int]:
    return 0, len(track) - 1


def _pose(track: PersonTrack, body: BodyModel) -> BodyOutput:
    return body.forward(track.global_orient, track.body_pose, track.betas, track.transl)


def _moved(surface: BodyOutput, offsets: Floats) -> BodyOutput:
    shift = offsets[:, None].astype(np.float32)
    return BodyOutput(surface.vertices + shift, surface.joints + shift)


def _floor(scene: Scene, placed: BodyOutput, valid: Bools) -> Floor:
    ground = fit_ground(placed.joints, valid)
    lowest = (placed.vertices @ ground.normal.astype(np.float32)).argmin(axis=1)
    feet = placed.vertices[np.arange(len(lowest)), lowest]
    return fit_floor(scene.points, ground.normal, feet[valid].astype(np.float64))


def _placement_scores(placement: Placement, fusion: Fusion, masks: Sequence[Bools]) -> dict[str, float]:
    overlap, union = float((masks[0] & masks[1]).sum()), float((masks[0] | masks[1]).sum())
    return {
        "placement_body_loss_m": placement.body_loss,
        "placement_root_loss_m2": placement.root_loss,
        "placement_initial_loss": placement.initial_loss,
        "placement_mean_offset_m": float(np.linalg.norm(placement.offsets, axis=1).mean()),
        "keyframe_mask_overlap": overlap / max(union, 1.0),
        "keyframe_depth_scale": fusion.scale,
        "scene_points": float(len(fusion.scene.points)),
        "human_points_first": float(len(fusion.human_points[0])),
        "human_points_last": float(len(fusion.human_points[1])),
    }


def _world_motion(
    track: PersonTrack,
    offsets: Floats,
    joints: Floats,
    body: BodyModel,
    matrix: Floats,
    keyframes: tuple[int, int],
) -> Motion:
    pelvis = body.rest_pelvis(track.betas)
    transl = (track.transl + offsets).astype(np.float32)
    orient, placed = transform_smpl(track.global_orient, transl, pelvis, matrix)
    _, initial = transform_smpl(track.global_orient, track.transl, pelvis, matrix)
    return Motion(
        global_orient=orient,
        body_pose=track.body_pose,
        betas=track.betas,
        transl=placed,
        transl_initial=initial,
        joints=transform(joints, matrix),
        valid=track.valid,
        keyframe=np.isin(np.arange(len(track)), keyframes),
        confidence=track.confidence,
    )

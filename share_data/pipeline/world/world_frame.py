"""Body, scene and motion of a clip in its world frame: z up, the floor at 0."""

import numpy as np

from share_data.body.model import BodyModel, BodyOutput
from share_data.camera import Floats, transform
from share_data.pipeline.world.contacts import foot_contacts, foot_heights, scene_contacts, surface_samples
from share_data.pipeline.world.grounding import transform_smpl
from share_data.records import Ints, Motion, PersonTrack, Scene


def body_in_world(body: BodyOutput, matrix: Floats) -> BodyOutput:
    """A posed body, moved. matrix: (4, 4) `T_world_cam`."""
    return BodyOutput(transform(body.vertices, matrix), transform(body.joints, matrix))


def scene_in_world(scene: Scene, matrix: Floats) -> Scene:
    """A scene, moved and turned. matrix: (4, 4) `T_world_cam`."""
    normals = (scene.normals @ matrix[:3, :3].T).astype(np.float32)
    return Scene(transform(scene.points, matrix), scene.colors, scene.point_source, normals)


def motion_in_world(
    track: PersonTrack,
    offsets: Floats,
    world: BodyOutput,
    scene: Scene,
    times: Floats,
    body: BodyModel,
    matrix: Floats,
    keyframes: Ints,
) -> Motion:
    """A record's motion.

    Args:
        track: as estimated, camera frame.
        offsets: (T, 3) metres, what placement added.
        world: the placed body in the world frame.
        scene: in the same.
        times: (T,) seconds.
        body: the model.
        matrix: (4, 4) `T_world_cam`.
        keyframes: (K,) frame numbers.
    """
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

"""Ground truth of a synthetic clip, as arrays: beside the video on disk, and in memory."""

import numpy as np
from safetensors.numpy import save

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.store.hashing import canonical_json
from share_data.synthetic.production import Scene, in_camera
from share_data.truth import GroundTruth


def truth_of(scenes: list[Scene], body: BodyModel) -> GroundTruth | None:
    """The main person of every frame, in that frame's camera; None where there is nobody.

    `focal` is the first frame's; a zoom changes it (see `truth_bytes`).
    """
    if any(scene.motion is None for scene in scenes):
        return None
    vertices = [in_camera(scene, scene.motion.vertices) for scene in scenes if scene.motion is not None]
    joints = [in_camera(scene, scene.motion.joints) for scene in scenes if scene.motion is not None]
    focal = float(scenes[0].camera.focal[0])
    poses = np.concatenate([_poses(scene) for scene in scenes])
    return GroundTruth(np.concatenate(vertices), np.concatenate(joints), body.name, focal, poses)


def truth_bytes(scenes: list[Scene], body: BodyModel) -> bytes:
    """A safetensors file. T frames; world frame: z up, floor at 0, metres.

    T_world_cam (T, 4, 4) and focal (T,) px; floor_plane (T, 4): ax + by + cz + d = 0 in the camera frame, normal up;
    if there is a person: global_orient (T, 3), body_pose (T, 69), betas (T, 10), transl (T, 3), joints (T, 24, 3), all
    float32 and in the world frame, and planted (T, 2) uint8: left and right foot on the floor.
    The metadata entry `truth` is JSON: `plans`, one for each stretch of the clip, and `body`, its model's stamp.
    """
    parts = [_arrays(scene) for scene in scenes]
    arrays = {name: np.ascontiguousarray(np.concatenate([part[name] for part in parts])) for name in sorted(parts[0])}
    scenarios = [{"start": scene.start, "stop": scene.stop, **scene.scenario.as_json()} for scene in scenes]
    # One entry only: safetensors writes several in a random order.
    return save(arrays, metadata={"truth": canonical_json({"body": dict(body.stamp), "plans": scenarios}).decode()})


def _arrays(scene: Scene) -> dict[str, Floats]:
    frames = slice(scene.start, scene.stop)
    rotation = scene.camera.rotation[frames]
    floor = np.concatenate([rotation[:, :, 2], np.full((len(rotation), 1), scene.camera.centre[2])], axis=1)
    arrays = {"T_world_cam": _poses(scene), "focal": scene.camera.focal[frames], "floor_plane": floor}
    motion = scene.motion
    if motion is not None:
        arrays |= {name: getattr(motion, name)[frames] for name in ("global_orient", "body_pose", "transl", "joints")}
        arrays["betas"] = np.tile(motion.betas, (len(rotation), 1))
        arrays = {name: value.astype(np.float32) for name, value in arrays.items()}
        arrays["planted"] = motion.planted[frames].astype(np.uint8)
    return arrays


def _poses(scene: Scene) -> Floats:
    """(T, 4, 4) camera to world of the scene's frames."""
    rotation = scene.camera.rotation[scene.start : scene.stop]
    pose = np.tile(np.eye(4), (len(rotation), 1, 1))
    pose[:, :3, :3], pose[:, :3, 3] = np.swapaxes(rotation, 1, 2), scene.camera.centre
    return pose

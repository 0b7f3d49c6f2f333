"""A record whose every error is known: the mannequin walks past a level camera, and its truth is exact."""

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.body.overlay import encode_jpeg
from share_data.camera import Intrinsics, transform
from share_data.corpus.read import Record
from share_data.corpus.record import to_sample
from share_data.records import Clip, EstimatorInfo, Motion, Reconstruction, Scene, Video
from share_data.truth import GroundTruth

BODY = load_body()
CAMERA = Intrinsics.centred(200, 240, 320, source="recipe")
CAMERA_HEIGHT = 1.2
T_WORLD_CAM = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, CAMERA_HEIGHT], [0, 0, 0, 1]], np.float64)
FRAMES = 7


def walk(frames: int = FRAMES) -> dict[str, np.ndarray]:
    """World-frame SMPL parameters: upright, left to right, 4 m from the camera, one arm swinging."""
    upright = Rotation.from_euler("x", 90, degrees=True).as_rotvec()
    body_pose = np.zeros((frames, 69), np.float32)
    body_pose[:, 3 * 15 + 2] = np.linspace(0, 1, frames)
    betas = np.zeros(10, np.float32)
    sole = float(BODY.forward(upright[None], body_pose[:1], betas, np.zeros((1, 3))).vertices[..., 2].min())
    transl = np.stack([np.linspace(-0.5, 0.5, frames), np.full(frames, 4.0), np.full(frames, -sole)], axis=1)
    orient = np.tile(upright, (frames, 1)).astype(np.float32)
    return {"global_orient": orient, "body_pose": body_pose, "betas": betas, "transl": transl.astype(np.float32)}


def truth_of(motion: dict[str, np.ndarray], before: int = 0, body: str = "mannequin") -> GroundTruth:
    """The camera-frame truth of a video that shows `motion` after `before` frames of the same first pose."""
    posed = BODY.forward(**motion)
    to_camera = np.linalg.inv(T_WORLD_CAM)
    vertices, joints = (transform(part, to_camera) for part in (posed.vertices, posed.joints))
    pad = [0] * before + list(range(len(vertices)))
    return GroundTruth(vertices[pad], joints[pad], body, CAMERA.focal, np.repeat(T_WORLD_CAM[None], len(pad), axis=0))


def record_of(
    motion: dict[str, np.ndarray],
    error: tuple[float, float, float] = (0, 0, 0),
    initial_error: tuple[float, float, float] = (0, 0, 0),
    video_id: str = "walk",
    start: int = 0,
    sha256: str = "0" * 64,
) -> Record:
    """A record of `motion`, off by `error` after placement and `initial_error` before: metres, camera axes."""
    frames = len(motion["transl"])
    turn = T_WORLD_CAM[:3, :3].T
    transl = motion["transl"] + np.array(error) @ turn
    posed = BODY.forward(**(motion | {"transl": transl}))
    keyframe = np.isin(np.arange(frames), (0, frames - 1))
    found = Motion(
        **(motion | {"transl": transl}),
        transl_initial=motion["transl"] + np.array(initial_error) @ turn,
        joints=posed.joints,
        valid=np.ones(frames, bool),
        keyframe=keyframe,
        confidence=np.linspace(1, 0.5, frames),
        foot_contact=np.zeros((frames, 4), bool),
        contact_distance=np.ones((frames, 24), np.float32),
    )
    reconstruction = Reconstruction(
        motion=found,
        scene=floor(),
        intrinsics=CAMERA,
        T_world_cam=T_WORLD_CAM,
        floor_plane=np.array([0, 0, 1, 0], np.float32),
        humans=EstimatorInfo("blazepose", 1, {"net.onnx": "a" * 64}, {"stride": 2}),
        geometry=EstimatorInfo("ground_plane", 1),
        body=BODY.stamp,
        scores={"foot_skate_m": 0.01},
    )
    video = Video("synthetic", video_id, f"synthetic:{video_id}", "CC0-1.0", True, labels={"activity": "walk"})
    times = (start + np.arange(frames)) / 30
    clip = Clip(video, Path("unused.mp4"), sha256, start, start + frames, times, CAMERA.width, CAMERA.height)
    metadata, arrays = to_sample(clip, reconstruction)
    return Record(metadata, arrays, encode_jpeg(np.full((64, 48, 3), 90, np.uint8)))


def floor() -> Scene:
    """A red floor, 4 m wide and 6 m deep, with one blue pillar of points at x = -1.5, y = 3."""
    x, y = np.meshgrid(np.arange(-2, 2, 0.02), np.arange(0, 6, 0.02))
    ground = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    column = np.stack([np.full(50, -1.5), np.full(50, 3.0), np.linspace(0, 1, 50)], axis=1)
    colors = np.array([[200, 60, 60]] * len(ground) + [[60, 60, 220]] * len(column), np.uint8)
    points = np.concatenate([ground, column]).astype(np.float32)
    sources = np.repeat([0, 1], [len(ground), len(column)])
    normals = np.float32([[0, 0, 1], [0, -1, 0]])[sources]
    return Scene(points, colors, sources.astype(np.uint8), normals)

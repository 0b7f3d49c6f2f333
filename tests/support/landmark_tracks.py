"""A walking person, and the landmarks that BlazePose would report of a motion."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.camera import Floats, Intrinsics, project
from share_data.pipeline.humans.blazepose import correspondence
from share_data.pipeline.humans.blazepose.energy import SeenPoints
from share_data.pipeline.humans.blazepose.skeleton import Skeleton

BODY = load_body()
SKELETON = Skeleton(BODY)
CAMERA = Intrinsics.centred(1400, 1920, 1080)
FRAMES = 40
TIMES = np.arange(FRAMES) / 30
BETAS = np.array([0.8, -0.5, 0.4, 0, 0, 0, 0, 0, 0, 0], np.float32)


def walk() -> tuple[Floats, Floats, Floats]:
    """A person who walks across the picture, turning, arms and legs swinging: the parameters of `BODY.forward`."""
    phase = np.linspace(0, 4 * np.pi, FRAMES)
    pose = np.zeros((FRAMES, 23, 3))
    pose[:, 0, 0], pose[:, 1, 0] = -0.2 + 0.5 * np.sin(phase), -0.2 - 0.5 * np.sin(phase)
    pose[:, 3, 0], pose[:, 4, 0] = 0.5 + 0.3 * np.cos(phase), 0.5 - 0.3 * np.cos(phase)
    pose[:, 15, 2], pose[:, 16, 2] = -1.1, 1.1
    pose[:, 15, 1], pose[:, 16, 1] = -0.4 * np.sin(phase), -0.4 * np.sin(phase)
    pose[:, 17, 1], pose[:, 18, 1] = -0.8, 0.8
    turn = np.linspace(-0.6, 0.9, FRAMES)
    upright = Rotation.from_rotvec([np.pi, 0, 0])
    orient = (Rotation.from_rotvec(np.stack([0 * turn, turn, 0 * turn], axis=1)) * upright).as_rotvec()
    transl = np.stack([np.linspace(-0.8, 0.8, FRAMES), np.full(FRAMES, 0.1), np.linspace(4.5, 3.8, FRAMES)], axis=1)
    return orient.astype(np.float32), pose.reshape(FRAMES, 69).astype(np.float32), transl.astype(np.float32)


def turns_of(orient: Floats, pose: Floats) -> torch.Tensor:
    """(T, 24, 3, 3) float32 of axis-angle orient (T, 3) and pose (T, 69)."""
    vectors = np.concatenate([orient, pose], axis=1).reshape(-1, 3)
    return torch.from_numpy(Rotation.from_rotvec(vectors).as_matrix()).float().reshape(len(pose), 24, 3, 3)


def landmarks_of(
    orient: Floats,
    pose: Floats,
    transl: Floats,
    seed: int = 0,
    pixels: float = 2.0,
    metres: float = 0.01,
    betas: Floats = BETAS,
) -> tuple[Floats, Floats]:
    """What BlazePose would report of a motion: (T, 33, 3) landmarks and (T, 33, 3) world landmarks, with noise."""
    rng = np.random.default_rng(seed)
    posed = SKELETON.pose(turns_of(orient, pose), torch.from_numpy(betas), torch.from_numpy(transl))
    points = SeenPoints(torch.float32)(posed).numpy()
    landmarks, world = np.zeros((len(pose), 33, 3)), np.zeros((len(pose), 33, 3))
    landmarks[..., 2] = 0.9
    centred = (points - points[:, :2].mean(axis=1, keepdims=True)) / correspondence.WORLD_SCALE
    for column, (row, side) in enumerate(correspondence.FLAT):
        for number in row.landmarks[side]:
            landmarks[:, number, :2], world[:, number] = project(points[:, column], CAMERA), centred[:, column]
    landmarks[..., :2] += rng.normal(0, pixels, landmarks[..., :2].shape)
    return landmarks, world + rng.normal(0, metres, world.shape)

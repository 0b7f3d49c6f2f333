"""A human estimator that is wrong in known ways: a true motion, spoilt as an estimator that fits pixels would spoil it.

Whatever is wrong with its focal or its body's size, the person still covers the same pixels: a focal or a body taken
for p % too large puts the person p % too far away, along the ray through the pixel where the pelvis really is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from share_data.body.model import BodyModel
from share_data.camera import Floats, Intrinsics, project, unproject
from share_data.pipeline.error_levels import Levels
from share_data.pipeline.humans.stature import with_height

SLOW_S = 1 / 3  # sigma of the slow part of pose errors
JITTER_HZ = 30.0  # frames a second of the clips that the jitter was measured on


@dataclass(frozen=True, slots=True)
class TrueMotion:
    """What is true of a person in the camera frame, metres and radians, float32.

    global_orient (T, 3), body_pose (T, 69), betas (10,), transl (T, 3), vertices (T, V, 3), joints (T, 24, 3).
    """

    global_orient: Floats
    body_pose: Floats
    betas: Floats
    transl: Floats
    vertices: Floats
    joints: Floats


@dataclass(frozen=True, slots=True)
class SimulatedTrack:
    """What the estimator says: the arrays of a `PersonTrack` and their surface, camera frame, before placement.

    global_orient (T, 3), body_pose (T, 69), betas (10,), transl (T, 3), vertices (T, V, 3), joints (T, 24, 3) float32;
    `intrinsics` are those it assumed; height: of the body, metres.
    """

    global_orient: Floats
    body_pose: Floats
    betas: Floats
    transl: Floats
    vertices: Floats
    joints: Floats
    intrinsics: Intrinsics
    height: float


def simulate_track(
    truth: TrueMotion,
    camera: Intrinsics,
    body: BodyModel,
    levels: Levels,
    height_error: float,
    seed: Sequence[int],
    fps: float,
) -> SimulatedTrack:
    """The track of an estimator with its own default focal, a body `height_error` metres too tall, and noise.

    camera: the true one; height_error: metres, drawn once a video; seed: of this clip's noise; fps: frames a second.
    Each error has its own stream of random numbers, so that switching one on leaves the others as they are.
    """
    frames = len(truth.transl)
    focal = camera.focal + levels.focal_default * (max(camera.width, camera.height) - camera.focal)
    assumed = Intrinsics(focal, camera.cx, camera.cy, camera.width, camera.height, "default")
    betas = with_height(body, truth.betas, body.height(truth.betas) + height_error)
    size = body.height(betas) / body.height(truth.betas)
    along = 1 + levels.root_jitter * _jitter(frames, fps, np.random.default_rng([*seed, 1]))
    along += levels.drift * _slow_drift(frames, np.random.default_rng([*seed, 2]))
    true_roots = truth.joints[:, 0].astype(np.float64)
    depth = true_roots[:, 2] * (focal / camera.focal) * size * along
    roots = unproject(project(true_roots, camera), depth, assumed)
    orient, pose = _wrong_pose(truth, levels.pose, fps, np.random.default_rng([*seed, 3]))
    transl = (roots - body.rest_pelvis(betas)).astype(np.float32)
    if levels.pose or height_error:
        surface = body.forward(orient, pose, betas, transl)
        vertices, joints = surface.vertices, surface.joints
    else:
        moved = (roots - true_roots)[:, None].astype(np.float32)
        vertices, joints = truth.vertices + moved, truth.joints + moved
    return SimulatedTrack(orient, pose, betas, transl, vertices, joints, assumed, body.height(betas))


def _jitter(frames: int, fps: float, rng: np.random.Generator) -> Floats:
    """(T,) standard normal, anew in every frame of up to thirty a second; between those, frames show nearly the same
    picture, and an estimator is wrong in nearly the same way."""
    if fps <= JITTER_HZ:
        return rng.normal(size=frames)
    at = np.arange(frames) * (JITTER_HZ / fps)
    return np.asarray(np.interp(at, np.arange(frames), rng.normal(size=frames)))


def _slow_drift(frames: int, rng: np.random.Generator) -> Floats:
    """(T,): the two slowest swings of a clip, each of standard normal size."""
    phase = np.pi * (np.arange(frames) + 0.5) / frames
    first, second = rng.normal(size=2)
    return np.asarray(first * np.cos(phase) + second * np.cos(2 * phase))


def _wrong_pose(truth: TrueMotion, degrees: float, fps: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Global orientation (T, 3), body pose (T, 69), each joint turned by `degrees` (sd, an axis) from the true one."""
    if not degrees:
        return truth.global_orient, truth.body_pose
    frames = len(truth.transl)
    sigma = SLOW_S * fps
    around = round(4 * sigma)
    noise = rng.normal(size=(frames + 2 * around, 24, 3))
    slow = gaussian_filter1d(noise, sigma, axis=0)[around : around + frames]
    slow *= np.sqrt(2 * sigma * np.sqrt(np.pi))  # back to unit variance
    error = np.radians(degrees) * (rng.normal(size=(1, 24, 3)) + slow) / np.sqrt(2)
    true = np.concatenate([truth.global_orient, truth.body_pose], axis=1).reshape(-1, 3)
    turned = Rotation.from_rotvec(true.astype(np.float64)) * Rotation.from_rotvec(error.reshape(-1, 3))
    pose = turned.as_rotvec().reshape(frames, 72).astype(np.float32)
    return pose[:, :3], pose[:, 3:]

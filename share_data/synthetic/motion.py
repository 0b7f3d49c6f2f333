"""A person's motion for each action, as SMPL parameters: footsteps and legs solved, upper body from joint angles."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.records import Bools
from share_data.synthetic.gait import FootTrack, Path, follow
from share_data.synthetic.posture import BED, CLOCK_HZ, pelvis_of, pose_legs, standing_height
from share_data.synthetic.script import Progress, gestures, path_of, progress_of
from share_data.synthetic.skeleton import INDEX, Leg, leg
from share_data.synthetic.specs import Scenario
from share_data.synthetic.staging import Staging
from share_data.synthetic.torso import Torso, torso_rotations

TRUNK = ("pelvis", "spine1", "spine2", "spine3", "head")
BED_SIGMA_S = 1 / 15


@dataclass(frozen=True, slots=True)
class WorldMotion:
    """SMPL parameters and their surface in the world frame (z up, floor 0), float32, metres and radians.

    global_orient (T, 3), body_pose (T, 69), betas (10,), transl (T, 3), vertices (T, V, 3), joints (T, 24, 3);
    planted: (T, 2) bool, left and right foot on the floor.
    """

    global_orient: Floats
    body_pose: Floats
    betas: Floats
    transl: Floats
    vertices: Floats
    joints: Floats
    planted: Bools


def act(scenario: Scenario, staging: Staging, body: BodyModel) -> WorldMotion:
    """The motion of a clip's main person."""
    times = np.arange(scenario.frames) / scenario.fps
    betas = np.array(scenario.betas, dtype=np.float32)
    rest = body.forward(np.zeros((1, 3)), np.zeros((1, 69)), betas, np.zeros((1, 3)))
    sole = float(rest.vertices[0, :, 1].min())
    legs = [leg(rest.joints[0].astype(np.float64), sole, side) for side in ("left", "right")]
    path = path_of(scenario, staging)
    feet, progress, torso = _steps(scenario, staging, legs, path, times)
    pose = np.zeros((scenario.frames, 24, 3))
    torso_rotations(torso, pose)
    pelvis = pelvis_of(staging, path, times, _height(scenario, staging, legs, path, times), torso, progress)
    pose_legs(legs, feet, pelvis, progress, pose)
    pose[:, 0] = pelvis.rotation.as_rotvec()
    bed_sigma = BED_SIGMA_S * scenario.fps
    return _surface(body, betas, pose, pelvis.position - rest.joints[0, 0], feet, progress, bed_sigma)


def _steps(
    scenario: Scenario, staging: Staging, legs: list[Leg], path: Path, times: Floats
) -> tuple[list[FootTrack], Progress, Torso]:
    """Feet, progress and gestures at `times` (N,) in seconds, whatever they are."""
    march = 0.08 if scenario.hazard == "in_place" and scenario.action == "walk" else 0.0
    shift = float(scenario.rng(2).uniform(0, 1))
    feet = [follow(path, part, times, shift + k * 0.5, march) for k, part in enumerate(legs)]
    progress = progress_of(scenario, staging, times)
    return feet, progress, gestures(scenario, staging, times, feet, path, progress)


def _height(scenario: Scenario, staging: Staging, legs: list[Leg], path: Path, times: Floats) -> Floats:
    """(T,) metres: the pelvis over its path at `times` (T,), smoothed on a clock of its own."""
    ticks = max(round(scenario.frames / scenario.fps * CLOCK_HZ), 2)
    clock = np.arange(ticks) / CLOCK_HZ
    feet, progress, torso = _steps(scenario, staging, legs, path, clock)
    return np.asarray(CubicSpline(clock, standing_height(path, clock, legs, feet, torso, progress))(times))


def _surface(
    body: BodyModel,
    betas: Floats,
    pose: Floats,
    transl: Floats,
    feet: list[FootTrack],
    progress: Progress,
    bed_sigma: float,
) -> WorldMotion:
    """Forward pass, then each frame is set down so that its lowest vertex touches the floor (or the bed).

    bed_sigma: frames over which settling into the bed is smoothed.
    """
    orient, body_pose = pose[:, 0].astype(np.float32), pose[:, 1:].reshape(len(pose), 69).astype(np.float32)
    output = body.forward(orient, body_pose, betas, transl.astype(np.float32))
    trunk = body.weights[:, [INDEX[name] for name in TRUNK]].sum(axis=1) > 0.5
    on_floor = -output.vertices[..., 2].min(axis=1)
    on_bed = gaussian_filter1d(np.maximum(BED - output.vertices[:, trunk, 2].min(axis=1), 0) * progress.lie, bed_sigma)
    lift = np.zeros((len(pose), 3), dtype=np.float32)
    lift[:, 2] = np.where(progress.lie > 0, on_bed, on_floor)
    planted = np.stack([foot.planted & (progress.lie == 0) for foot in feet], axis=1)
    moved = (transl + lift).astype(np.float32)
    return WorldMotion(
        orient, body_pose, betas, moved, output.vertices + lift[:, None], output.joints + lift[:, None], planted
    )

"""A person's motion for each action, as SMPL parameters: footsteps and legs solved, upper body from joint angles."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d
from scipy.spatial.transform import Rotation, Slerp

from share_data.body import BodyModel
from share_data.camera import Floats
from share_data.synthetic.gait import FootTrack, Path, follow, smooth
from share_data.synthetic.skeleton import INDEX, Leg, leg, solve_leg, upright
from share_data.synthetic.specs import ClipPlan
from share_data.synthetic.staging import Staging
from share_data.synthetic.torso import Torso, torso_rotations

SEAT, BED = 0.44, 0.46  # metres above the floor
SEAT_BACK = 0.40  # metres the pelvis moves back to sit
TRUNK = ("pelvis", "spine1", "spine2", "spine3", "head")
REST_ON = 0.115  # metres of flesh between a seat and the pelvis joint


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
    planted: np.ndarray


@dataclass(frozen=True, slots=True)
class _Pelvis:
    """position (T, 3) and rotation (T) of the pelvis, world."""

    position: Floats
    rotation: Rotation


def act(plan: ClipPlan, staging: Staging, body: BodyModel) -> WorldMotion:
    """The motion of a clip's main person."""
    times = np.arange(plan.frames) / plan.fps
    betas = np.array(plan.betas, dtype=np.float32)
    rest = body.forward(np.zeros((1, 3)), np.zeros((1, 69)), betas, np.zeros((1, 3)))
    sole = float(rest.vertices[0, :, 1].min())
    legs = [leg(rest.joints[0].astype(np.float64), sole, side) for side in ("left", "right")]
    path = _path(plan, staging)
    march = 0.08 if plan.hazard == "in_place" and plan.action == "walk" else 0.0
    shift = float(plan.rng(2).uniform(0, 1))
    feet = [follow(path, part, times, shift + k * 0.5, march) for k, part in enumerate(legs)]
    pose = np.zeros((plan.frames, 24, 3))
    progress = _progress(plan, staging, times)
    torso = _torso(plan, staging, times, feet, path, progress)
    torso_rotations(torso, pose)
    pelvis = _pelvis(staging, path, times, legs, feet, torso, progress)
    _legs(legs, feet, pelvis, progress, pose)
    pose[:, 0] = pelvis.rotation.as_rotvec()
    return _surface(body, betas, pose, pelvis.position - rest.joints[0, 0], feet, progress)


@dataclass(frozen=True, slots=True)
class _Progress:
    """(T,) in [0, 1] each: how far the person has sat down, lain down, reached out."""

    sit: Floats
    lie: Floats
    reach: Floats


def _progress(plan: ClipPlan, staging: Staging, times: Floats) -> _Progress:
    start, seconds = (0.0 if plan.hazard == "in_place" else staging.walk_until), plan.frames / plan.fps
    left = seconds - start
    none = np.zeros_like(times)
    if plan.action == "sit_down":
        return _Progress(smooth(times, start + 0.1 * left, start + 0.95 * left), none, none)
    if plan.action == "lie_down":
        sit = smooth(times, start + 0.05 * left, start + 0.42 * left)
        return _Progress(sit, smooth(times, start + 0.44 * left, start + 0.95 * left), none)
    if plan.action == "reach":
        return _Progress(none, none, smooth(times, start - 0.1 * left, start + 0.85 * left))
    return _Progress(none, none, none)


def _path(plan: ClipPlan, staging: Staging) -> Path:
    """The way of the pelvis over the floor: at constant speed, then to a stop at the spot, turning as the action asks."""
    stops = plan.action != "walk"
    until, brake = staging.walk_until, 0.5 if stops else 0.0
    length = float(np.linalg.norm(staging.spot - staging.start))
    speed = length / max(until - brake / 2, 1e-3)
    on_spot = length < 1e-6
    travel = staging.heading if on_spot else staging.travel
    turned = {"walk": travel, "reach": travel - staging.side * 0.7}.get(plan.action, staging.heading)
    if plan.action == "turn":
        turned = travel - staging.side * 2.4
    # Every turn goes the short way, past the camera's side.
    turned = travel + (turned - travel + np.pi) % (2 * np.pi) - np.pi
    late = plan.frames / plan.fps if plan.action == "turn" else until + 0.25
    early = 0.0 if on_spot else until - (0.2 if plan.action == "turn" else 0.7)

    def path(t: Floats) -> tuple[Floats, Floats]:
        braking = np.clip(t - (until - brake), 0, brake) if stops else np.zeros_like(t)
        cruise = np.minimum(t, until - brake) if stops else t
        travelled = speed * (cruise + braking - (braking**2 / (2 * brake) if stops else 0.0))
        along = (staging.spot - staging.start) / max(length, 1e-9)
        return staging.start + np.outer(travelled, along), travel + (turned - travel) * smooth(t, early, late)

    return path


def _torso(
    plan: ClipPlan, staging: Staging, times: Floats, feet: list[FootTrack], path: Path, progress: _Progress
) -> Torso:
    """Arms swing against the feet; the trunk leans to sit; one arm goes up to reach; the head looks about a little."""
    _, heading = path(times)
    forward = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    stride = ((feet[0].ankle - feet[1].ankle)[:, :2] * forward).sum(-1)
    rng = plan.rng(3)
    swing, side = rng.uniform(0.6, 0.9) * stride, staging.side
    getting_down = np.sin(np.pi * progress.sit)
    calm = 1 - progress.sit
    look = 0.12 * np.sin(2 * np.pi * times / rng.uniform(2, 4) + rng.uniform(0, 6))
    base = Torso(
        lean=0.04 + 0.6 * getting_down + 0.08 * progress.reach,
        twist=-0.18 * stride * calm,
        head_pitch=0.05 - 0.25 * getting_down,
        head_yaw=look + side * -0.25 * (1 - progress.reach),
        raise_left=-swing * calm + 0.35 * progress.sit + 0.25 * getting_down,
        raise_right=swing * calm + 0.35 * progress.sit + 0.25 * getting_down,
        spread=0.16 + 0.06 * progress.sit + 0.25 * progress.lie,
        elbow_left=0.3 + 0.35 * np.abs(swing) + 0.5 * progress.sit * (1 - progress.lie),
        elbow_right=0.3 + 0.35 * np.abs(swing) + 0.5 * progress.sit * (1 - progress.lie),
    )
    if plan.action != "reach":
        return base
    lift = progress.reach * rng.uniform(1.7, 2.3)
    return (
        replace(base, raise_left=base.raise_left * (1 - progress.reach) + lift)
        if side > 0
        else replace(base, raise_right=base.raise_right * (1 - progress.reach) + lift)
    )


def _pelvis(
    staging: Staging,
    path: Path,
    times: Floats,
    legs: list[Leg],
    feet: list[FootTrack],
    torso: Torso,
    progress: _Progress,
) -> _Pelvis:
    """Over the path when standing, on the seat when sitting, along the bed when lying."""
    ground, heading = path(times)
    facing = upright(heading)
    forward = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    tilt = Rotation.from_rotvec(np.outer(torso.lean * 0.5 - 0.12 * progress.sit, [1.0, 0, 0]))
    rotation = facing * tilt
    position = np.concatenate([ground, _standing_height(ground, rotation, legs, feet)[:, None]], axis=1)
    position[:, :2] -= SEAT_BACK * progress.sit[:, None] * forward
    seat = SEAT + REST_ON
    position[:, 2] += (seat - position[:, 2]) * smooth(progress.sit, 0.0, 1.0) ** 0.5 * progress.sit**0.5
    if not progress.lie.any():
        return _Pelvis(position, rotation)
    flat = _lying(staging)
    # The legs come up before the body turns, so that they pass over the edge of the bed.
    share = smooth(progress.lie, 0.15, 1.0)
    turn = [Slerp([0, 1], Rotation.concatenate([one, flat]))(part) for one, part in zip(rotation, share, strict=True)]
    bed = np.array([staging.spot[0] + staging.side * 0.1, staging.spot[1] + 0.62, BED + REST_ON])
    position += share[:, None] * (bed - position)
    return _Pelvis(position, Rotation.concatenate(turn))


def _lying(staging: Staging) -> Rotation:
    """On the back along the image, head towards the side the person walked to."""
    up_of_body, front = np.array([staging.side, 0, 0.12]), np.array([0, 0, 1.0])
    up_of_body = up_of_body / np.linalg.norm(up_of_body)
    front = front - (front @ up_of_body) * up_of_body
    front /= np.linalg.norm(front)
    return Rotation.from_matrix(np.stack([np.cross(up_of_body, front), up_of_body, front], axis=1))


def _standing_height(ground: Floats, rotation: Rotation, legs: list[Leg], feet: list[FootTrack]) -> Floats:
    """(T,) the highest smooth pelvis height at which both ankles are within reach."""
    limits = []
    for part, foot in zip(legs, feet, strict=True):
        hip = rotation.apply(part.hip)
        apart = np.linalg.norm(foot.ankle[:, :2] - ground - hip[:, :2], axis=-1)
        rise = np.sqrt(np.maximum((0.992 * part.reach) ** 2 - apart**2, 0.01))
        limits.append(foot.ankle[:, 2] + rise - hip[:, 2])
    highest = np.minimum(np.min(limits, axis=0), -legs[0].sole * 0.99)
    # The filter looks 4 frames each way and the minimum covers them, so that smoothing never overreaches.
    return np.asarray(gaussian_filter1d(minimum_filter1d(highest, 9, mode="nearest"), 2.0, radius=4, mode="nearest"))


def _legs(legs: list[Leg], feet: list[FootTrack], pelvis: _Pelvis, progress: _Progress, pose: Floats) -> None:
    """Write hip, knee, ankle and toe rotations into `pose` (T, 24, 3)."""
    left_axis = pelvis.rotation.apply([1.0, 0, 0])
    for side, part, foot in zip(("left", "right"), legs, feet, strict=True):
        hip = pelvis.position + pelvis.rotation.apply(part.hip)
        thigh, knee, _ = solve_leg(part, foot.ankle - hip, left_axis)
        local = {
            "hip": pelvis.rotation.inv() * thigh,
            "knee": knee,
            "ankle": (thigh * knee).inv() * foot.rotation,
            "foot": Rotation.from_rotvec(np.outer(-foot.bend, [1.0, 0, 0])),
        }
        for name, rotation in local.items():
            pose[:, INDEX[f"{side}_{name}"]] = rotation.as_rotvec()
    if progress.lie.any():
        _stretch_out(progress.lie, pose)


def _stretch_out(lie: Floats, pose: Floats) -> None:
    """Once the person begins to lie down, the legs leave the floor and go from sitting to nearly straight."""
    begin = int(np.argmax(lie > 0)) - 1
    for side, sign in (("left", 1), ("right", -1)):
        goals = {
            "hip": ([-0.12, 0, 0.07 * sign], 0.25, 1.0),
            "knee": ([0.2, 0, 0], 0.0, 0.5),
            "ankle": ([0.45, 0, 0], 0.0, 0.6),
            "foot": ([0.0, 0, 0], 0.0, 0.6),
        }
        for name, (goal, start, end) in goals.items():
            joint = INDEX[f"{side}_{name}"]
            ends = Rotation.from_rotvec([pose[begin, joint], goal])
            pose[begin:, joint] = Slerp([0, 1], ends)(smooth(lie[begin:], start, end)).as_rotvec()


def _surface(
    body: BodyModel, betas: Floats, pose: Floats, transl: Floats, feet: list[FootTrack], progress: _Progress
) -> WorldMotion:
    """Forward pass, then each frame is set down so that its lowest vertex touches the floor (or the bed)."""
    orient, body_pose = pose[:, 0].astype(np.float32), pose[:, 1:].reshape(len(pose), 69).astype(np.float32)
    output = body.forward(orient, body_pose, betas, transl.astype(np.float32))
    trunk = body.weights[:, [INDEX[name] for name in TRUNK]].sum(axis=1) > 0.5
    on_floor = -output.vertices[..., 2].min(axis=1)
    on_bed = gaussian_filter1d(np.maximum(BED - output.vertices[:, trunk, 2].min(axis=1), 0) * progress.lie, 2.0)
    lift = np.zeros((len(pose), 3), dtype=np.float32)
    lift[:, 2] = np.where(progress.lie > 0, on_bed, on_floor)
    planted = np.stack([foot.planted & (progress.lie == 0) for foot in feet], axis=1)
    moved = (transl + lift).astype(np.float32)
    return WorldMotion(
        orient, body_pose, betas, moved, output.vertices + lift[:, None], output.joints + lift[:, None], planted
    )

"""Pelvis and legs: over the path, on a seat or along a bed, with the ankles where the feet are planted."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d
from scipy.spatial.transform import Rotation, Slerp

from share_data.camera import Floats
from share_data.synthetic.gait import FootTrack, Path, smooth
from share_data.synthetic.script import Progress
from share_data.synthetic.skeleton import INDEX, Leg, solve_leg, upright
from share_data.synthetic.staging import Staging
from share_data.synthetic.torso import Torso

SEAT, BED = 0.44, 0.46  # metres above the floor
SEAT_BACK = 0.40  # metres the pelvis moves back to sit
REST_ON = 0.115  # metres of flesh between a seat and the pelvis joint
CLOCK_HZ = 30


@dataclass(frozen=True, slots=True)
class Pelvis:
    """position (T, 3) and rotation (T) of the pelvis, world."""

    position: Floats
    rotation: Rotation


def pelvis_of(
    staging: Staging,
    path: Path,
    times: Floats,
    height: Floats,
    torso: Torso,
    progress: Progress,
) -> Pelvis:
    """Over the path when standing, on the seat when sitting, along the bed when lying.

    times: (T,) seconds; height: (T,) metres, of `standing_height`.
    """
    ground, heading = path(times)
    forward = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    rotation = _leaning(heading, torso, progress)
    position = np.concatenate([ground, height[:, None]], axis=1)
    position[:, :2] -= SEAT_BACK * progress.sit[:, None] * forward
    seat = SEAT + REST_ON
    position[:, 2] += (seat - position[:, 2]) * smooth(progress.sit, 0.0, 1.0) ** 0.5 * progress.sit**0.5
    if not progress.lie.any():
        return Pelvis(position, rotation)
    flat = _lying(staging)
    # The legs come up before the body turns, so that they pass over the edge of the bed.
    share = smooth(progress.lie, 0.15, 1.0)
    turn = [Slerp([0, 1], Rotation.concatenate([one, flat]))(part) for one, part in zip(rotation, share, strict=True)]
    bed = np.array([staging.spot[0] + staging.side * 0.1, staging.spot[1] + 0.62, BED + REST_ON])
    position += share[:, None] * (bed - position)
    return Pelvis(position, Rotation.concatenate(turn))


def _lying(staging: Staging) -> Rotation:
    """On the back along the image, head towards the side the person walked to."""
    up_of_body, front = np.array([staging.side, 0, 0.12]), np.array([0, 0, 1.0])
    up_of_body = up_of_body / np.linalg.norm(up_of_body)
    front = front - (front @ up_of_body) * up_of_body
    front /= np.linalg.norm(front)
    return Rotation.from_matrix(np.stack([np.cross(up_of_body, front), up_of_body, front], axis=1))


def _leaning(heading: Floats, torso: Torso, progress: Progress) -> Rotation:
    return upright(heading) * Rotation.from_rotvec(np.outer(torso.lean * 0.5 - 0.12 * progress.sit, [1.0, 0, 0]))


def standing_height(
    path: Path, clock: Floats, legs: list[Leg], feet: list[FootTrack], torso: Torso, progress: Progress
) -> Floats:
    """(N,) metres: the highest smooth pelvis height at which both ankles are within reach.

    clock: (N,) seconds, `CLOCK_HZ` of them in each: smoothing is a matter of time and not of a video's frames.
    """
    ground, heading = path(clock)
    rotation = _leaning(heading, torso, progress)
    limits = []
    for part, foot in zip(legs, feet, strict=True):
        hip = rotation.apply(part.hip)
        apart = np.linalg.norm(foot.ankle[:, :2] - ground - hip[:, :2], axis=-1)
        rise = np.sqrt(np.maximum((0.992 * part.reach) ** 2 - apart**2, 0.01))
        limits.append(foot.ankle[:, 2] + rise - hip[:, 2])
    highest = np.minimum(np.min(limits, axis=0), -legs[0].sole * 0.99)
    # The filter looks 4 ticks each way and the minimum covers them, so that smoothing never overreaches.
    return np.asarray(gaussian_filter1d(minimum_filter1d(highest, 9, mode="nearest"), 2.0, radius=4, mode="nearest"))


def pose_legs(legs: list[Leg], feet: list[FootTrack], pelvis: Pelvis, progress: Progress, pose: Floats) -> None:
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

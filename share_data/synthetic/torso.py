"""Trunk, head and arms from a few angles that a motion is written in."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.synthetic.skeleton import INDEX


@dataclass(frozen=True, slots=True)
class Torso:
    """Angles in radians, (T,) each. lean: trunk forwards; twist: trunk to the left; head_pitch: down; head_yaw: to the
    left; raise_left, raise_right: arm forwards and up from hanging; spread: both arms away from the body; elbow_left,
    elbow_right: flexion."""

    lean: Floats
    twist: Floats
    head_pitch: Floats
    head_yaw: Floats
    raise_left: Floats
    raise_right: Floats
    spread: Floats
    elbow_left: Floats
    elbow_right: Floats


def torso_rotations(torso: Torso, pose: Floats) -> None:
    """Write the joints above the pelvis into `pose`, (T, 24, 3) axis-angle radians, resting in T-pose."""
    trunk = _turn("x", torso.lean / 6) * _turn("y", torso.twist / 3)
    for joint in ("spine1", "spine2", "spine3"):
        pose[:, INDEX[joint]] = trunk.as_rotvec()
    head = _turn("y", torso.head_yaw / 2) * _turn("x", torso.head_pitch / 2)
    for joint in ("neck", "head"):
        pose[:, INDEX[joint]] = head.as_rotvec()
    for side, sign, up, elbow in (
        ("left", 1, torso.raise_left, torso.elbow_left),
        ("right", -1, torso.raise_right, torso.elbow_right),
    ):
        shoulder = _turn("x", -up) * _turn("z", -sign * (np.pi / 2 - torso.spread))
        # The collar takes a part of a high reach, as a shoulder blade does.
        collar = _turn("z", sign * 0.25 * np.clip(np.abs(up) - 0.8, 0, 1.5))
        pose[:, INDEX[f"{side}_shoulder"]] = shoulder.as_rotvec()
        pose[:, INDEX[f"{side}_collar"]] = collar.as_rotvec()
        pose[:, INDEX[f"{side}_elbow"]] = _turn("y", -sign * elbow).as_rotvec()


def _turn(axis: str, angle: Floats) -> Rotation:
    return Rotation.from_rotvec(np.outer(angle, np.eye(3)["xyz".index(axis)]))

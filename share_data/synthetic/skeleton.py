"""Joint angles for an SMPL skeleton: names, forward kinematics, a two-bone leg solver."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats

JOINTS = tuple(
    "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot right_foot "  # noqa: SIM905
    "neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
    "left_hand right_hand".split()
)
INDEX = {name: number for number, name in enumerate(JOINTS)}


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of the resting body (body axes: x left, y up, z forward), metres, relative to the pelvis joint.

    hip, thigh (hip to knee), shank (knee to ankle), ankle: (3,); sole: height of the ground under the resting foot.
    """

    hip: Floats
    thigh: Floats
    shank: Floats
    ball: Floats
    sole: float

    @property
    def ankle(self) -> Floats:
        """(3,) ankle of the resting body relative to its pelvis."""
        return self.hip + self.thigh + self.shank

    @property
    def reach(self) -> float:
        """Hip to ankle of the stretched leg, metres."""
        return float(np.linalg.norm(self.thigh) + np.linalg.norm(self.shank))


def leg(joints: Floats, sole: float, side: str) -> Leg:
    """The leg of a resting skeleton. joints: (24, 3); sole: lowest y of the resting body; side: left or right."""
    hip, knee, ankle, ball = (joints[INDEX[f"{side}_{name}"]] for name in ("hip", "knee", "ankle", "foot"))
    pelvis = joints[0]
    return Leg(hip - pelvis, knee - hip, ankle - knee, ball - pelvis, float(sole - pelvis[1]))


def upright(heading: Floats) -> Rotation:
    """Body axes to world axes (z up) for a person facing `heading`, radians from world +x. heading: (T,)."""
    cos, sin, zero = np.cos(heading), np.sin(heading), np.zeros_like(heading)
    left, up = np.stack([-sin, cos, zero], -1), np.stack([zero, zero, zero + 1], -1)
    forward = np.stack([cos, sin, zero], -1)
    return Rotation.from_matrix(np.stack([left, up, forward], axis=-1))


def solve_leg(part: Leg, target: Floats, left: Floats) -> tuple[Rotation, Rotation, Floats]:
    """Thigh (world) and knee (local) rotations that bring the ankle to a target, the knee bending forwards.

    target: (T, 3) ankle relative to the hip, world axes; left: (T, 3) unit axis the knee should turn about.
    Returns both rotations and (T,) how far, in metres, the target lies beyond the leg's reach (it is pulled in).
    """
    a, b = part.thigh, part.shank
    wanted = np.linalg.norm(target, axis=-1)
    # |a + Rx(angle) b|^2 = distance^2 is  p cos(angle) + q sin(angle) = k
    p, q = a[1] * b[1] + a[2] * b[2], a[2] * b[1] - a[1] * b[2]
    size, phase = np.hypot(p, q), np.arctan2(q, p)
    longest = np.sqrt(a @ a + b @ b + 2 * a[0] * b[0] + 2 * size * np.cos(0.06))
    distance = np.clip(wanted, 0.25 * longest, longest)
    k = (distance**2 - a @ a - b @ b - 2 * a[0] * b[0]) / 2
    knee = Rotation.from_rotvec(np.outer(phase + np.arccos(np.clip(k / size, -1, 1)), [1.0, 0, 0]))
    rest = _frames(a + knee.apply(b), np.broadcast_to([1.0, 0, 0], target.shape))
    thigh = Rotation.from_matrix(_frames(target, left) @ np.swapaxes(rest, -1, -2))
    return thigh, knee, wanted - distance


def _frames(along: Floats, side: Floats) -> Floats:
    """(T, 3, 3) orthonormal frames: first column along `along`, second as near `side` as can be."""
    first = along / np.linalg.norm(along, axis=-1, keepdims=True)
    second = side - (side * first).sum(-1, keepdims=True) * first
    second = second / np.linalg.norm(second, axis=-1, keepdims=True)
    return np.stack([first, second, np.cross(first, second)], axis=-1)

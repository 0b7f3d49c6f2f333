"""Footsteps: where each foot is when the body follows a path, planted feet never sliding.

A foot stands on the floor for 62 % of a stride, at the place the pelvis passes over in the middle of that time, rolls
over its ball, and swings to its next place. Standing still and turning on the spot are the same thing with short steps.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.records import Bools
from share_data.synthetic.skeleton import Leg, upright

STRIDE = 1.0  # seconds from one step of a foot to its next
STANCE = 0.62  # of a stride
HEEL_RISE, TOE_RISE = np.radians(36), np.radians(16)
HEEL, TOE = 0.05, 0.07  # metres the foot extends behind the ankle and before the ball

Path = Callable[[Floats], tuple[Floats, Floats]]
"""Times (N,) to pelvis ground positions (N, 2) metres and headings (N,) radians; defined for all times."""


@dataclass(frozen=True, slots=True)
class FootTrack:
    """One foot through a clip. ankle: (T, 3) metres, world; rotation: T, world; bend: (T,) radians of the toes;
    planted: (T,) bool, the foot is on the floor."""

    ankle: Floats
    rotation: Rotation
    bend: Floats
    planted: Bools


def smooth(t: Floats, start: float, end: float) -> Floats:
    """0 before `start`, 1 after `end`, with zero speed and acceleration at both."""
    u = np.clip((t - start) / max(end - start, 1e-6), 0, 1)
    return np.asarray(np.clip(u * u * u * (u * (6 * u - 15) + 10), 0, 1))


def follow(path: Path, leg: Leg, times: Floats, phase: float, march: float = 0.0) -> FootTrack:
    """The foot of `leg` while the pelvis follows `path`.

    times: (T,) seconds; phase: start of one of its strides, seconds; march: metres the foot is lifted even on the spot.
    """
    stride = np.floor((times - phase) / STRIDE).astype(int)
    local = (times - phase) / STRIDE - stride
    before, here, after = (_footprints(path, phase, stride + k) for k in (-1, 0, 1))
    step_in = _effort(before, here)
    step_out = _effort(here, after)
    u = np.clip(local / STANCE, 0, 1)
    w = smooth(local, STANCE, 1)
    rolling = HEEL_RISE * step_out * np.clip((u - 0.55) / 0.45, 0, 1) ** 2
    landing = -TOE_RISE * step_in * np.clip(1 - u / 0.18, 0, 1) ** 2
    next_landing = -TOE_RISE * step_out
    pitch = np.where(local < STANCE, rolling + landing, (1 - w) * rolling + w * next_landing)
    heading = (1 - w) * here[1] + w * after[1]
    start, end = _ankle(leg, *here, rolling + landing), _ankle(leg, *after, next_landing)
    ankle = (1 - w)[:, None] * start + w[:, None] * end
    swing = np.sin(np.pi * np.clip((local - STANCE) / (1 - STANCE), 0, 1)) ** 2
    ankle[:, 2] += swing * (0.05 * step_out + march)
    rotation = upright(heading) * Rotation.from_rotvec(np.outer(pitch, [1.0, 0, 0]))
    bend = np.where(local < STANCE, np.maximum(pitch, 0), (1 - w) ** 3 * rolling)
    clear = 0.012 * swing * np.maximum(step_out, march > 0)
    ankle[:, 2] += np.maximum(0, clear - _clearance(leg, ankle, rotation, bend))
    return FootTrack(ankle, rotation, bend, local < STANCE)


def _footprints(path: Path, phase: float, stride: np.ndarray) -> tuple[Floats, Floats]:
    """Ground position under the pelvis and heading that each stride's stance belongs to."""
    return path(phase + stride * STRIDE + STANCE * STRIDE / 2)


def _effort(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> Floats:
    """(T,) in [0, 1]: how much of a full step lies between two footprints."""
    length = np.linalg.norm(other[0] - one[0], axis=-1)
    return np.asarray(np.clip(length / 0.5 + np.abs(other[1] - one[1]) / 1.5, 0, 1))


def _ankle(leg: Leg, ground: Floats, heading: Floats, pitch: Floats) -> Floats:
    """Ankle of a foot on the floor, rolled about its ball (pitch > 0) or its heel (pitch < 0)."""
    ball = np.array([leg.ball[0], leg.sole, leg.ball[2]])
    heel = np.array([leg.ankle[0], leg.sole, leg.ankle[2] - HEEL])
    pivot = np.where((pitch > 0)[:, None], ball, heel)
    local = pivot + Rotation.from_rotvec(np.outer(pitch, [1.0, 0, 0])).apply(leg.ankle - pivot)
    world = upright(heading).apply(local - [0, leg.sole, 0])
    world[:, :2] += ground
    return np.asarray(world)


def _clearance(leg: Leg, ankle: Floats, rotation: Rotation, bend: Floats) -> Floats:
    """(T,) height over the floor of the lowest of heel, ball and toe tip."""
    heel = np.array([0, leg.sole - leg.ankle[1], -HEEL])
    ball = np.array([0, leg.sole - leg.ankle[1], leg.ball[2] - leg.ankle[2]])
    toes = ball + TOE * np.stack([0 * bend, np.sin(bend), np.cos(bend)], axis=-1)
    points = [rotation.apply(heel), rotation.apply(ball), rotation.apply(toes)]
    return np.asarray(ankle[:, 2] + np.min([point[:, 2] for point in points], axis=0))

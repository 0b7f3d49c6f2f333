"""Which way round the landmarks are: on blurred or distant people BlazePose takes front for back for a while.

A frame can be read in four ways: as it is, left and right swapped, near and far mirrored, or both, which is a person
seen from behind taken for one seen from the front. Bodies do not turn about between two frames: the cheapest path of
readings through the clip (Viterbi, 1967) has the fewest breaks, agrees most with how bodies are made, toes and nose
in front, and otherwise believes most frames. What it can leave undecided is which of the path's two ways is the right
one.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.pipeline.humans.blazepose.correspondence import NAMES
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.records import Ints

READINGS = ((False, False), (True, False), (False, True), (True, True))
"""(left and right swapped, near and far mirrored); the last is the person who faces the other way."""
NOISE_M, SPEED_M_S = 0.06, 1.0
"""A landmark's change between two frames, standard deviation: the network's own, and a limb's way against the trunk."""
MOST = 9.0
"""What one landmark can cost at a change of frames, in variances: many must break, not one."""
DISBELIEF = 0.5
"""What 1/30 s costs that is not read as it is."""
MADE_WRONG = 20.0
"""What 1/30 s costs in which toes and nose point backwards."""
_PACE = 30.0
UNSURE = 0.15
"""The share of frames read the other way round from which on both ways are tried."""

_LEFT_HIP, _RIGHT_HIP, _LEFT_SHOULDER, _RIGHT_SHOULDER, _NOSE, *_FORWARD = (
    NAMES.index(name)
    for name in (
        *("left_hip", "right_hip", "left_shoulder", "right_shoulder", "nose"),
        *("left_ear", "right_ear", "left_heel", "right_heel", "left_big_toe", "right_big_toe"),
    )
)


def readings(evidence: Evidence, times: Floats) -> list[Evidence]:
    """What the landmarks may mean, the likeliest first: one reading of the clip, or two where the clip is unsure.

    times: (T,) seconds.
    """
    seen = np.flatnonzero(evidence.seen)
    frames = np.zeros(len(times), np.intp)
    frames[seen] = likeliest(evidence, times, seen)
    likely = _read(evidence, frames)
    if (frames[seen] != 0).mean() < UNSURE:
        return [likely]
    return [likely, likely.turned(*np.ones((2, len(times)), bool))]


def _read(evidence: Evidence, frames: Ints) -> Evidence:
    swapped, mirrored = np.array(READINGS)[frames].T
    return evidence.turned(swapped, mirrored) if frames.any() else evidence


def likeliest(evidence: Evidence, times: Floats, seen: Ints) -> Ints:
    """(N,) numbers in `READINGS` of the frames `seen` (N,): the cheapest path through them."""
    variants = [_read(evidence, np.full(len(times), number)) for number in range(len(READINGS))]
    costs = np.stack([_believed(variant.world[seen]) for variant in variants])
    costs[1:] += DISBELIEF
    # What frames say counts for as long as they last, a break for what it is: at twice the rate it is no cheaper.
    costs *= _PACE * np.gradient(times)[seen]
    where = np.stack([_places(variant)[seen] for variant in variants])
    weights = np.stack([variant.weights[seen] for variant in variants])
    spreads = NOISE_M**2 + (SPEED_M_S * np.diff(times[seen])) ** 2
    total, origins = costs[:, 0], []
    for frame, spread in enumerate(spreads):
        moved = ((where[:, None, frame] - where[None, :, frame + 1]) ** 2).sum(axis=-1) / spread
        shared = np.minimum(weights[:, None, frame], weights[None, :, frame + 1])
        through = total[:, None] + (np.minimum(moved, MOST) * shared).sum(axis=-1)
        origins.append(through.argmin(axis=0))
        total = through.min(axis=0) + costs[:, frame + 1]
    path = [int(total.argmin())]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return np.array(path[::-1])


def _places(read: Evidence) -> Floats:
    """(T, 23, 5): the targets in the picture and in space, about their middle, all in metres.

    In space by the axes of a camera that looks straight at the person: there a clip and its mirror image move alike.
    """
    pixels, world = (points - points.mean(axis=1, keepdims=True) for points in (read.pixels, read.world))
    world = world @ _towards(read.rays())
    size = np.sqrt((world[..., :2] ** 2).sum() / max((pixels**2).sum(), 1e-9))
    return np.concatenate([pixels * size, world], axis=-1)


def _towards(rays: Floats) -> Floats:
    """(T, 3, 3): the smallest rotations of the camera's axis to the rays (T, 3)."""
    axis = np.cross([0.0, 0.0, 1.0], rays)
    sine = np.linalg.norm(axis, axis=1, keepdims=True)
    angle = np.arctan2(sine, rays[:, 2:])
    return np.asarray(Rotation.from_rotvec(axis / np.maximum(sine, 1e-9) * angle).as_matrix())


def _believed(world: Floats) -> Floats:
    """(N,) per 1/30 s: what bodies cost whose toes lie behind their heels, or noses behind their ears.

    world: (N, 23, 3).
    """
    left_ear, right_ear, left_heel, right_heel, left_toe, right_toe = _FORWARD
    hips, shoulders = (
        world[:, left] - world[:, right] for left, right in ((_LEFT_HIP, _RIGHT_HIP), (_LEFT_SHOULDER, _RIGHT_SHOULDER))
    )
    upwards = world[:, [_LEFT_SHOULDER, _RIGHT_SHOULDER]].sum(axis=1) - world[:, [_LEFT_HIP, _RIGHT_HIP]].sum(axis=1)
    forward = np.cross(hips + shoulders, upwards)
    feet = world[:, [left_toe, right_toe]].sum(axis=1) - world[:, [left_heel, right_heel]].sum(axis=1)
    face = world[:, _NOSE] - world[:, [left_ear, right_ear]].mean(axis=1)
    agreement = (_cosine(feet, forward) + _cosine(face, forward)) / 2
    return np.asarray(MADE_WRONG * np.maximum(-agreement, 0))


def _cosine(one: Floats, other: Floats) -> Floats:
    sizes = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return np.asarray((one * other).sum(axis=-1) / np.maximum(sizes, 1e-9))

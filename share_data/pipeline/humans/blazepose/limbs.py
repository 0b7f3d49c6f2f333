"""A first guess of arms and legs, straight from bone directions: close enough that the fit only has to polish."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.pipeline.humans.blazepose.correspondence import BODY_POINTS

_STRAIGHT = 0.25
"""How bent a limb must be (sine) before its own plane outweighs the rest pose's in telling which way it is twisted."""


@dataclass(frozen=True, slots=True)
class _Limb:
    """SMPL joints from the trunk outwards, and the axis in the rest pose about which the middle one bends."""

    upper: int
    middle: int
    end: int
    hinge: tuple[float, float, float]


_LIMBS = (
    _Limb(16, 18, 20, (0, -1, 0)),
    _Limb(17, 19, 21, (0, 1, 0)),
    _Limb(1, 4, 7, (1, 0, 0)),
    _Limb(2, 5, 8, (1, 0, 0)),
)


def limb_rotations(rest: Floats, world: Floats, root: Floats, pose: Floats) -> Floats:
    """`pose` with shoulders, elbows, hips and knees turned as seen; the trunk counts as rigid.

    rest: (24, 3) joints of the rest pose, metres; world: (T, 23, 3) targets, metres; root: (T, 3, 3); pose:
    (T, 21, 3) axis-angle. Returns (T, 21, 3).
    """
    posed = pose.copy()
    for limb in _LIMBS:
        start, bend, end = (world[:, BODY_POINTS.index(joint)] for joint in (limb.upper, limb.middle, limb.end))
        upper = np.einsum("tba,tb->ta", root, _unit(bend - start))
        lower = np.einsum("tba,tb->ta", root, _unit(end - bend))
        along, beyond = _unit(rest[limb.middle] - rest[limb.upper]), _unit(rest[limb.end] - rest[limb.middle])
        swung = _swing(along, upper)
        plane = np.cross(upper, lower) + _STRAIGHT * (swung @ np.array(limb.hinge))
        turned = _frame(upper, plane) @ _frame(along, np.array(limb.hinge, np.float64)).T
        posed[:, limb.upper - 1] = Rotation.from_matrix(turned).as_rotvec()
        bent = _swing(beyond, np.einsum("tba,tb->ta", turned, lower))
        posed[:, limb.middle - 1] = Rotation.from_matrix(bent).as_rotvec()
    return posed


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _frame(along: Floats, normal: Floats) -> Floats:
    """(..., 3, 3): orthonormal axes as columns: `along`, the part of `normal` across it, and their product."""
    across = _unit(normal - along * (normal * along).sum(axis=-1, keepdims=True))
    return np.stack([along, across, np.cross(along, across)], axis=-1)


def _swing(start: Floats, ends: Floats) -> Floats:
    """(T, 3, 3): the smallest rotations that take the unit vector `start` (3,) to the unit vectors `ends` (T, 3)."""
    axis = np.cross(start, ends)
    sine, cosine = np.linalg.norm(axis, axis=1, keepdims=True), (ends @ start)[:, None]
    angle = np.arctan2(sine, cosine)
    spare = _unit(np.cross(start, np.eye(3)[np.argmin(np.abs(start))]))
    return np.asarray(
        Rotation.from_rotvec(np.where(sine > 1e-6, axis / np.maximum(sine, 1e-9), spare) * angle).as_matrix()
    )

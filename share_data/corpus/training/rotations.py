"""Rotations as models are trained on them. Axis-angle in radians, quaternions as w, x, y, z; all in float64."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats

Representation = Literal["axis_angle", "6d", "matrix"]
SHAPES: dict[str, tuple[int, ...]] = {"axis_angle": (3,), "6d": (6,), "matrix": (3, 3)}


def quaternions(axis_angle: NDArray[Any]) -> Floats:
    """(..., 4) unit quaternions of (..., 3) axis-angle."""
    turns = np.asarray(axis_angle, np.float64)
    angle = np.linalg.norm(turns, axis=-1, keepdims=True)
    # sin(a/2)/a near 0 is 1/2 - a^2/48.
    factor = np.where(angle < 1e-6, 0.5 - angle * angle / 48, np.sin(angle / 2) / np.maximum(angle, 1e-12))
    return np.concatenate([np.cos(angle / 2), turns * factor], axis=-1)


def quaternions_of(turns: NDArray[Any]) -> Floats:
    """(..., 4) unit quaternions, w >= 0 where it is not next to 0, of (..., 3, 3) rotation matrices.

    Each row of 4 q q^T is a multiple of the quaternion; the one with the largest diagonal is divided by nothing small.
    """
    m = np.moveaxis(np.asarray(turns, np.float64), (-2, -1), (0, 1))
    x, y, z = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    xy, xz, yz = m[1, 0] + m[0, 1], m[2, 0] + m[0, 2], m[2, 1] + m[1, 2]
    a, b, c = m[0, 0], m[1, 1], m[2, 2]
    rows = np.array(
        [[1 + a + b + c, x, y, z], [x, 1 + a - b - c, xy, xz], [y, xy, 1 - a + b - c, yz], [z, xz, yz, 1 - a - b + c]]
    )
    largest = np.argmax(np.einsum("ii...->i...", rows), axis=0)
    found = np.moveaxis(np.take_along_axis(rows, largest[None, None], axis=0)[0], 0, -1)
    return np.asarray(found / np.linalg.norm(found, axis=-1, keepdims=True))


def axis_angles(turns: Floats) -> Floats:
    """(..., 3) axis-angle, at most pi long, of (..., 4) unit quaternions."""
    turns = np.where(turns[..., :1] < 0, -turns, turns)
    sine = np.linalg.norm(turns[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, turns[..., :1])
    factor = np.where(sine < 1e-9, 2.0, angle / np.maximum(sine, 1e-12))
    return np.asarray(turns[..., 1:] * factor)


def matrices(turns: Floats) -> Floats:
    """(..., 3, 3) rotation matrices of (..., 4) unit quaternions."""
    w, x, y, z = np.moveaxis(turns, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def product(left: Floats, right: Floats) -> Floats:
    """The turn `right`, then `left`: (..., 4) quaternions."""
    a, b = left[..., :1], right[..., :1]
    u, v = left[..., 1:], right[..., 1:]
    return np.concatenate([a * b - (u * v).sum(-1, keepdims=True), a * v + b * u + np.cross(u, v)], axis=-1)


def represented(turns: Floats, kind: Representation) -> Floats:
    """Quaternions in a representation.

    Args:
        turns: (..., 4) unit quaternions.
        kind: `axis_angle`; `matrix`; `6d`: the first column of the matrix, then its second (Zhou et al., On the
            Continuity of Rotation Representations, CVPR 2019).

    Returns:
        (..., 3), (..., 3, 3) or (..., 6).
    """
    if kind == "axis_angle":
        return axis_angles(turns)
    found = matrices(turns)
    return found if kind == "matrix" else np.concatenate([found[..., 0], found[..., 1]], axis=-1)

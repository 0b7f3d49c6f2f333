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

"""Rotations as formats want them. Axis-angle in radians, quaternions as w, x, y, z; all in float64."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats

Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""From z up to y up: x stays, y is up where z was, z is where -y was. A rotation: left stays left."""
_TURN = np.array([np.sqrt(0.5), -np.sqrt(0.5), 0, 0])


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
    return np.asarray(turns[..., 1:] * np.where(sine < 1e-9, 2.0, angle / np.maximum(sine, 1e-12)))


def matrices(turns: Floats) -> Floats:
    """(..., 3, 3) rotation matrices of (..., 4) unit quaternions."""
    w, x, y, z = np.moveaxis(turns, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.ascontiguousarray(np.moveaxis(np.array(rows), (0, 1), (-2, -1)))


def product(left: Floats, right: Floats) -> Floats:
    """The turn `right`, then `left`: (..., 4) quaternions."""
    a, b = left[..., :1], right[..., :1]
    u, v = left[..., 1:], right[..., 1:]
    return np.concatenate([a * b - (u * v).sum(-1, keepdims=True), a * v + b * u + np.cross(u, v)], axis=-1)


def y_up(turns: Floats) -> Floats:
    """(..., 4) orientations in a world with y up, of those (..., 4) in the corpus' world with z up."""
    return product(np.broadcast_to(_TURN, turns.shape), turns)


def between(turns: Floats, before: NDArray[np.int64], share: Floats) -> Floats:
    """Orientations between frames, on great arcs (SLERP; Shoemake, SIGGRAPH 1985).

    Args:
        turns: (T, J, 4) of the frames.
        before: (N,) frames at or before each moment, at most T - 2.
        share: (N,) how far it is from there to the next frame, 0 to 1.

    Returns:
        (N, J, 4) unit quaternions.
    """
    start, end, part = turns[before], turns[before + 1], share[:, None, None]
    cosine = (start * end).sum(-1, keepdims=True)
    end, cosine = np.where(cosine < 0, -end, end), np.minimum(np.abs(cosine), 1)
    angle = np.arccos(cosine)
    sine, far = np.maximum(np.sin(angle), 1e-12), angle > 1e-6
    low = np.where(far, np.sin((1 - part) * angle) / sine, 1 - part)
    found = low * start + np.where(far, np.sin(part * angle) / sine, part) * end
    return np.asarray(found / np.linalg.norm(found, axis=-1, keepdims=True))


def continuous(turns: Floats) -> Floats:
    """The same orientations (T, ..., 4), of the two quaternions of each the one that is nearer to the frame before."""
    steps = (turns[1:] * turns[:-1]).sum(-1, keepdims=True) < 0
    flips = np.cumsum(np.concatenate([np.zeros_like(steps[:1]), steps]), axis=0) % 2
    return np.where(flips == 1, -turns, turns)

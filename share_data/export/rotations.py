"""Orientations in a world with y up, as most formats want them; quaternions are w, x, y, z, in float64."""

import numpy as np

from share_data.camera import Floats
from share_data.corpus.training.rotations import product

Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""From z up to y up: x stays, y is up where z was, z is where -y was. A rotation: left stays left."""
_TURN = np.array([np.sqrt(0.5), -np.sqrt(0.5), 0, 0])


def y_up(turns: Floats) -> Floats:
    """(..., 4) orientations in a world with y up, of those (..., 4) in the corpus' world with z up."""
    return product(np.broadcast_to(_TURN, turns.shape), turns)


def continuous(turns: Floats) -> Floats:
    """The same orientations (T, ..., 4), of the two quaternions of each the one that is nearer to the frame before."""
    steps = (turns[1:] * turns[:-1]).sum(-1, keepdims=True) < 0
    flips = np.cumsum(np.concatenate([np.zeros_like(steps[:1]), steps]), axis=0) % 2
    return np.where(flips == 1, -turns, turns)

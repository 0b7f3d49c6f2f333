"""Shape directions and joint regressor of a population of bodies in the T-pose."""

import numpy as np
from scipy.optimize import nnls

from share_data.camera import Floats
from share_data.mannequin.skeleton import MIRROR
from share_data.records import Ints

COMPONENTS = 10
CANDIDATES = 400
"""Vertices nearest to a joint among which its regressor is sought."""


def shape_space(bodies: Floats) -> tuple[Floats, Floats]:
    """Principal components of (S, V, 3) bodies, scaled to one standard deviation; more is taller.

    Returns the mean (V, 3) and the directions (V, 3, 10), metres per unit of beta.
    """
    count, vertices, _ = bodies.shape
    mean = bodies.mean(axis=0)
    _, values, directions = np.linalg.svd((bodies - mean).reshape(count, -1), full_matrices=False)
    scaled = (directions[:COMPONENTS] * values[:COMPONENTS, None] / np.sqrt(count - 1)).reshape(-1, vertices, 3)
    top, bottom = mean[:, 1].argmax(), mean[:, 1].argmin()
    signs = np.where(scaled[:, top, 1] >= scaled[:, bottom, 1], 1.0, -1.0)
    return mean, np.moveaxis(scaled * signs[:, None, None], 0, -1)


def joint_regressor(bodies: Floats, joints: Floats, mirror: Ints) -> Floats:
    """(24, V) non-negative rows that sum to one and give the joints as means of vertices, symmetric.

    bodies: (S, V, 3), joints: (S, 24, 3), mirror: (V,). Middle joints are sought among mirrored pairs of vertices;
    those of the left side are sought freely and mirrored.
    """
    regressor: Floats = np.zeros((24, bodies.shape[1]))
    flip = np.array((-1.0, 1.0, 1.0))
    mean = bodies.mean(axis=0)
    for joint, other in enumerate(MIRROR):
        if other < joint:
            continue
        near = np.argsort(np.linalg.norm(mean - joints[:, joint].mean(axis=0), axis=1), kind="stable")[:CANDIDATES]
        if other == joint:
            near = np.unique(np.minimum(near, mirror[near]))
            pairs = (bodies[:, near] + bodies[:, mirror[near]] * flip) / 2
            half = _convex_fit(pairs, joints[:, joint]) / 2
            np.add.at(regressor[joint], np.concatenate([near, mirror[near]]), np.tile(half, 2))
        else:
            share = _convex_fit(bodies[:, near], joints[:, joint])
            regressor[joint, near] = regressor[other, mirror[near]] = share
    return regressor


def _convex_fit(basis: Floats, target: Floats) -> Floats:
    """(C,) non-negative weights that sum to one and bring (S, C, 3) points closest to (S, 3)."""
    count, candidates, _ = basis.shape
    rows = np.moveaxis(basis, 1, 2).reshape(-1, candidates)
    heavy = 10.0 * np.sqrt(count)
    weights, _ = nnls(np.vstack([rows, np.full(candidates, heavy)]), np.append(target.ravel(), heavy))
    return np.asarray(weights / weights.sum())

"""The reduced objective minimised over its 3K unknowns: coarse to fine, then to a convergence test on all points.

A quasi-Newton method that knows the objective's form: the body loss couples nothing but the three unknowns of a
keyframe, so its curvature is K blocks of 3 x 3, learnt one by one; the root loss is quadratic, its curvature is known.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from share_data.camera import Floats
from share_data.pipeline.placement.objective import Objective

COARSE, FINE = 200, 1_000
TOLERANCE, TOLERANCE_SQUARED = 2e-4, 1e-5
"""Shares of the objective; either leaves keyframes within about a millimetre of the minimum."""
SETTLED_M = 1e-6
PROBE_M = 0.005
MAX_STEPS = 60


def solve(objective: Objective, starts: Sequence[Floats]) -> tuple[Floats, float]:
    """(K, 3) displacements in metres that minimise the objective, and its value there. Deterministic.

    starts: (K, 3) each; the descent begins at the best. It ends when a Newton step on all points promises less than
    0.02 % of the objective (0.001 % of a squared one), or where no step leads down (coinciding surfaces have a kink
    that promises do not know).
    """
    values = [objective(start, COARSE)[0] for start in starts]
    x: Floats = np.array(starts[int(np.argmin(values))], dtype=np.float64)
    x, _, _ = _descend(objective, x, COARSE, _curvature_from_afar, 1e-2)
    x, _, blocks = _descend(objective, x, FINE, partial(_curvature_by_probes, objective, x), 1e-3)
    tolerance = TOLERANCE_SQUARED if objective.squared else TOLERANCE
    x, value, _ = _descend(objective, x, None, lambda value, gradient: blocks, tolerance)
    return x, value


def _descend(
    objective: Objective,
    x: Floats,
    limit: int | None,
    curvature: Callable[[float, Floats], Floats],
    tolerance: float,
) -> tuple[Floats, float, Floats]:
    """Steps on `limit` points until one promises less than `tolerance` of the value.

    curvature: the body loss's (K, 3, 3) to begin with, given value and gradient at x. Returns x, its value, and the
    curvature learnt.
    """
    coupling = objective.root_curvature()
    value, gradient = objective(x, limit)
    blocks = curvature(value, gradient)
    for _ in range(MAX_STEPS):
        step = -np.linalg.solve(_assemble(blocks) + coupling, gradient.ravel()).reshape(x.shape)
        if -0.5 * float((gradient * step).sum()) <= tolerance * value:
            break
        while True:
            new_value, new_gradient = objective(x + step, limit)
            change = new_gradient - gradient - (coupling @ step.ravel()).reshape(x.shape)
            blocks = np.stack([_learn(*keyframe) for keyframe in zip(blocks, step, change, strict=True)])
            if new_value < value or np.abs(step).max() < SETTLED_M:
                break
            step = 0.4 * step
        if new_value >= value:
            break
        x, value, gradient = x + step, new_value, new_gradient
    return x, value, blocks


def _assemble(blocks: Floats) -> Floats:
    """(3K, 3K) with the (K, 3, 3) blocks on its diagonal."""
    count = len(blocks)
    matrix = np.zeros((count, 3, count, 3))
    matrix[np.arange(count), :, np.arange(count)] = blocks
    return matrix.reshape(3 * count, 3 * count)


def _learn(block: Floats, step: Floats, change: Floats) -> Floats:
    """The BFGS update of one keyframe's curvature; a pair that bends downwards teaches nothing."""
    bend = float(step @ change)
    if bend <= 1e-3 * float(step @ step):
        return block
    pushed = block @ step
    return np.asarray(block - np.outer(pushed, pushed) / float(step @ pushed) + np.outer(change, change) / bend)


def _curvature_from_afar(value: float, gradient: Floats) -> Floats:
    """Blocks whose first step is Polyak's, value / |gradient|: right where everything pulls the same way."""
    size = max(float((gradient**2).sum()) / max(value, 1e-12), 1e-3)
    return np.tile(size * np.eye(3), (len(gradient), 1, 1))


def _curvature_by_probes(objective: Objective, x: Floats, value: float, gradient: Floats) -> Floats:
    """Blocks by differences of the gradient, which the convergence test relies on.

    All keyframes are probed at once, for the root loss does not feel it.
    """
    probes = [objective(x + PROBE_M * axis, FINE)[1] - gradient for axis in np.eye(3)]
    blocks = np.stack(probes, axis=1) / PROBE_M
    sizes, axes = np.linalg.eigh((blocks + blocks.transpose(0, 2, 1)) / 2)
    sizes = np.maximum(sizes, np.maximum(0.1 * sizes[:, -1:], 1e-3))
    return np.asarray((axes * sizes[:, None]) @ axes.transpose(0, 2, 1))

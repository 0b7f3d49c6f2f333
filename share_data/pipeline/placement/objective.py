"""SHARE's objective (eqs. 4-9) reduced to three unknowns a keyframe.

Poses are frozen, so a body moves rigidly with its root. With e_k = J_k - S_k (root against smoothed initial root) the
root loss over K keyframes is

    L_root = sum_k  1 / (3 (T - K + 1))  sum over i, no other keyframe, of |e_i - e_k|^2

(for K = 2 the paper's: MSE over all frames but the other keyframe). A frame i that is no keyframe is free, and
e_i = mean_k e_k minimises it. What remains depends on the keyframes' displacements x alone:

    L(x) = sum_k Chamfer(mesh_k + x_k, points_k)  +  (T - K) / (3 (T - K + 1)) * sum_k |e_k - mean e|^2
"""

from collections.abc import Sequence

import numpy as np

from share_data.camera import Floats
from share_data.pipeline.placement.anchoring import Anchors
from share_data.pipeline.placement.chamfer import Chamfer


class Objective:
    """L_body + L_root over the keyframes' displacements x: (K, 3) metres. See the module for the formula.

    Args:
        vertices: K of (V_k, 3) metres.
        human_points: K of (P_k, 3) metres.
        anchors: the roots they belong to.
        squared: square the Chamfer distances; the paper's are not.

    Attributes:
        evaluations: how often the body loss has been computed so far.
    """

    def __init__(
        self, vertices: Sequence[Floats], human_points: Sequence[Floats], anchors: Anchors, squared: bool = False
    ) -> None:
        free = len(anchors.roots) - len(anchors.keyframes)
        self.bodies = [Chamfer(v, p, squared) for v, p in zip(vertices, human_points, strict=True)]
        self.squared = squared
        self.start = anchors.start
        self.root_weight = free / (3 * (free + 1))
        self.evaluations = 0

    def body(self, x: Floats, limit: int | None = None) -> tuple[float, Floats]:
        """The body loss: Chamfer distances summed over keyframes.

        Args:
            x: (K, 3) metres, the keyframes' displacements.
            limit: how many points and vertices are asked for their neighbours, see `Chamfer`; None: all.

        Returns:
            The loss in metres (square metres when squared), and its (K, 3) gradient.
        """
        terms = [body(shift, limit) for body, shift in zip(self.bodies, x, strict=True)]
        self.evaluations += 1
        return sum(term[0] for term in terms), np.stack([term[1] for term in terms])

    def root(self, x: Floats) -> tuple[float, Floats]:
        """The root loss, with the frames between keyframes at their best.

        Args:
            x: (K, 3) metres, the keyframes' displacements.

        Returns:
            The loss in square metres, and its (K, 3) gradient.
        """
        deviation = self.start + x
        spread = deviation - deviation.mean(axis=0)
        return self.root_weight * float((spread**2).sum()), 2 * self.root_weight * spread

    def root_curvature(self) -> Floats:
        """(3K, 3K) second derivative of the root loss, which is quadratic."""
        count = len(self.start)
        return np.asarray(2 * self.root_weight * np.kron(np.eye(count) - 1 / count, np.eye(3)))

    def __call__(self, x: Floats, limit: int | None = None) -> tuple[float, Floats]:
        """The sum at x: (K, 3), and its (K, 3) gradient. limit: see `Chamfer`."""
        body, body_gradient = self.body(x, limit)
        root, root_gradient = self.root(x)
        return body + root, body_gradient + root_gradient

    def starts(self) -> tuple[Floats, Floats]:
        """Where to begin, (K, 3) each: nothing moved, and every mesh's centre on that of its points."""
        centred = [body.points.mean(axis=0) - body.vertices.mean(axis=0) for body in self.bodies]
        return np.zeros_like(self.start), np.stack(centred)

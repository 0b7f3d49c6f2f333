"""Human placement of SHARE (eqs. 4-9): translations that put the posed mesh into the point map.

Poses and shape are frozen, so a body only translates with its root. Every frame that is no keyframe has a closed
form given the keyframes, which leaves three unknowns a keyframe: with e_k = J_k - S_k (root against smoothed initial
root), J_i = S_i + mean_k e_k, and the objective becomes

    sum_k Chamfer(mesh_k + x_k, points_k)  +  (T - K) / (3 (T - K + 1)) * sum_k |e_k - mean e|^2

Solved with L-BFGS; the nearest neighbours come from two KD-trees a keyframe, built once (translating the mesh by x is
querying its tree with points - x). Arrays in, arrays out: numpy and scipy only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from share_data.camera import Floats
from share_data.config import StrictModel
from share_data.errors import EstimationError
from share_data.records import Ints

SMOOTHING_SIGMA = 3.0
SMOOTHING_RADIUS = 9
MAX_POINTS = 20_000
MAX_RESTARTS = 5
SETTLED_M = 1e-6


class PlacementOptions(StrictModel):
    """How the person is placed in the point map."""

    solver: Literal["exact"] = Field(
        default="exact", description="The paper's objective reduced to its six unknowns, L-BFGS."
    )
    anchoring: Literal["mean"] = Field(
        default="mean", description="Frames between keyframes move by the mean of both (paper)."
    )
    chamfer: Literal["symmetric"] = Field(
        default="symmetric", description="Both directions, unsquared distances (paper)."
    )


@dataclass(frozen=True, slots=True)
class Placement:
    """offsets: (T, 3) float64 metres to add to the estimator's translations.

    body_loss: Chamfer distances summed over keyframes, metres; root_loss: square metres; initial_loss: the objective
    with no keyframe moved; evaluations: how often the objective was computed.
    """

    offsets: Floats
    body_loss: float
    root_loss: float
    initial_loss: float
    evaluations: int


def smooth_roots(roots: Floats) -> Floats:
    """S of eq. 7: (T, 3) roots after a Gaussian of sigma 3 frames, 19 taps, mirrored at the ends without edge repeat.

    Clips shorter than the kernel are mirrored as often as needed.
    """
    return np.asarray(
        gaussian_filter1d(
            np.asarray(roots, dtype=np.float64), SMOOTHING_SIGMA, axis=0, mode="mirror", radius=SMOOTHING_RADIUS
        )
    )


class SymmetricChamfer:
    """mean_p min_v |p - v| + mean_v min_p |p - v| between points and a mesh moved by x (unsquared, eq. 5).

    vertices: (V, 3), points: (P, 3) metres. Above 20,000 points every n-th is used, the same ones in each evaluation.
    """

    def __init__(self, vertices: Floats, points: Floats) -> None:
        stride = -(-len(points) // MAX_POINTS)
        self.vertices = np.asarray(vertices, dtype=np.float64)
        self.points = np.asarray(points[::stride], dtype=np.float64)
        # Surfaces leave most of a box empty; trees that do not shrink their nodes answer the same, up to twice as fast.
        self.mesh_tree = cKDTree(self.vertices, compact_nodes=False)
        self.point_tree = cKDTree(self.points, compact_nodes=False)

    def __call__(self, x: Floats) -> tuple[float, Floats]:
        """Distance in metres and its (3,) gradient with the mesh translated by x: (3,) metres."""
        moved = self.vertices + x
        to_mesh, nearest_vertex = _query(self.mesh_tree, self.points - x)
        to_points, nearest_point = _query(self.point_tree, moved)
        pull = _mean_direction(moved[nearest_vertex] - self.points, to_mesh)
        pull += _mean_direction(moved - self.points[nearest_point], to_points)
        return float(to_mesh.mean() + to_points.mean()), pull


def _query(tree: cKDTree, points: Floats) -> tuple[Floats, Ints]:
    distance, index = tree.query(points)
    return np.asarray(distance), np.asarray(index)


def _mean_direction(difference: Floats, distance: Floats) -> Floats:
    # A point that coincides with its neighbour has no direction: 0 is a subgradient there.
    return np.asarray((difference / np.maximum(distance, 1e-12)[:, None]).mean(axis=0))


class Objective:
    """L_body + L_root over the keyframes' displacements (eqs. 4-9 with the closed form put in)."""

    def __init__(self, vertices: Floats, human_points: Sequence[Floats], roots: Floats, keyframes: Ints) -> None:
        frames, count = len(roots), len(keyframes)
        self.bodies = [SymmetricChamfer(v, p) for v, p in zip(vertices, human_points, strict=True)]
        self.smoothed = smooth_roots(roots)
        self.start = np.asarray(roots, dtype=np.float64)[keyframes] - self.smoothed[keyframes]
        self.root_weight = (frames - count) / (3 * (frames - count + 1))

    def deviations(self, x: Floats) -> Floats:
        """e_k = J_k - S_k: (K, 3) metres, with the keyframes displaced by x: (K, 3)."""
        return np.asarray(self.start + x)

    def parts(self, x: Floats) -> tuple[float, float, Floats]:
        """Body loss (metres), root loss (square metres) and the (K, 3) gradient of their sum at x: (K, 3)."""
        terms = [body(shift) for body, shift in zip(self.bodies, x, strict=True)]
        deviation = self.deviations(x)
        spread = deviation - deviation.mean(axis=0)
        gradient = np.stack([term[1] for term in terms]) + 2 * self.root_weight * spread
        return sum(term[0] for term in terms), self.root_weight * float((spread**2).sum()), gradient

    def flat(self, x: Floats) -> tuple[float, Floats]:
        """The sum and its gradient over the flattened 3K unknowns, as scipy wants them."""
        body, root, gradient = self.parts(x.reshape(-1, 3))
        return body + root, gradient.ravel()


def _minimise(objective: Objective, count: int) -> tuple[Floats, int]:
    """(K, 3) displacements and the evaluations used.

    The unsquared distance has kinks, at which a line search may give up early: start again from there (with a fresh
    curvature estimate) until a whole run no longer gains anything.
    """
    best, evaluations = np.zeros(3 * count), 0
    value = np.inf
    for _ in range(MAX_RESTARTS):
        result = minimize(
            objective.flat, best, jac=True, method="L-BFGS-B", options={"ftol": 1e-10, "gtol": 1e-6, "maxls": 40}
        )
        evaluations += int(result.nfev)
        gain = value - float(result.fun)
        best, value = result.x, float(result.fun)
        if gain < SETTLED_M:
            break
    return best.reshape(-1, 3), evaluations


def place_human(
    vertices: Floats,
    human_points: Sequence[Floats],
    roots: Floats,
    keyframes: Ints,
    options: PlacementOptions,
) -> Placement:
    """Place a person in the point map (SHARE eqs. 4-9), starting at the estimator's translations.

    vertices: (K, V, 3) the mesh at the keyframes; human_points: K of (P_k, 3); roots: (T, 3) pelvis positions; all in
    metres, one frame of reference, before placement; keyframes: (K,) distinct frame numbers; options: names the method,
    of which there is one so far.
    Raises EstimationError when a keyframe has no human points, ValueError when the shapes do not fit together.
    """
    keyframes = np.asarray(keyframes)
    if not len(vertices) == len(human_points) == len(keyframes) == len(set(keyframes.tolist())) > 0:
        raise ValueError("vertices, human_points and keyframes must be as many, with distinct keyframes")
    for frame, points in zip(keyframes, human_points, strict=True):
        if len(points) == 0:
            raise EstimationError(
                f"keyframe {frame}: no valid depth under the person's mask. Choose a clip in which the person is "
                "seen whole at its first and last frame."
            )
    objective = Objective(vertices, human_points, roots, keyframes)
    displacement, evaluations = _minimise(objective, len(keyframes))
    body, root, _ = objective.parts(displacement)
    offsets = objective.smoothed + objective.deviations(displacement).mean(axis=0) - roots
    offsets[keyframes] = displacement
    initial, _ = objective.flat(np.zeros(displacement.size))
    return Placement(offsets, body, root, initial, evaluations + 2)

"""SHARE's own procedure (eqs. 4-9): Adam over the translations of all frames, on random subsets. The yardstick.

As the paper and its code have it: learning rate 0.01, 600 steps, L_body + L_root with weights 1, fresh subsets of 5,000
vertices and points a keyframe in each step, started at the estimator's translations. Poses are frozen, so vertices and
root move by the translation alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.errors import MissingDependencyError
from share_data.records import Ints

STEPS = 600
LEARNING_RATE = 0.01
SUBSET = 5_000
SEED = 0
CHUNK = 1_000
"""Rows of the distance matrix held at a time: 20 MB."""

Neighbours = Callable[[Any, Any], tuple[Any, Any]]


def solve(
    vertices: Sequence[Floats],
    human_points: Sequence[Floats],
    roots: Floats,
    smoothed: Floats,
    keyframes: Ints,
    squared: bool = False,
    device: str = "cpu",
    steps: int = STEPS,
    neighbours: Neighbours | None = None,
) -> Floats:
    """(T, 3) float64 offsets in metres to the translations after `steps` steps.

    vertices: K of (V_k, 3), human_points: K of (P_k, 3), roots: (T, 3), smoothed: (T, 3) the S of eq. 7, all metres;
    keyframes: (K,) frame numbers. Subsets are drawn by numpy, the same on every device. neighbours: finds for each of
    two tensors (N, 3), (M, 3) the nearest of the other; pytorch3d's where it imports, else plain torch's.
    Raises MissingDependencyError when torch does not find the device.
    """
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise MissingDependencyError(
            "placement.device is cuda, but torch finds no CUDA device; set placement.device=cpu or install a CUDA "
            "build of torch (https://pytorch.org/get-started)"
        )

    def tensor(array: Floats) -> torch.Tensor:
        return torch.as_tensor(np.asarray(array, dtype=np.float32), device=device)

    meshes, clouds = [tensor(v) for v in vertices], [tensor(p) for p in human_points]
    # What moves rigidly with the translations is taken relative to S: only differences enter the root loss.
    deviation = tensor(np.asarray(roots, dtype=np.float64) - smoothed)
    frames = [int(k) for k in keyframes]
    free = np.setdiff1d(np.arange(len(roots)), frames)
    rows = [torch.as_tensor(np.append(free, k), device=device) for k in frames]
    find = neighbours or _best_neighbours()
    random = np.random.default_rng(SEED)
    offsets = torch.zeros_like(deviation, requires_grad=True)
    optimiser = torch.optim.Adam([offsets], lr=LEARNING_RATE)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = _root_loss(deviation + offsets, rows)
        for frame, mesh, cloud in zip(frames, meshes, clouds, strict=True):
            moved, points = _subset(mesh, random) + offsets[frame], _subset(cloud, random)
            loss = loss + _chamfer(moved, points, find, squared)
        loss.backward()
        optimiser.step()
    return np.asarray(offsets.detach().cpu().numpy(), dtype=np.float64)


def _subset(points: Any, random: np.random.Generator) -> Any:
    """5,000 of the points without repetition, or all of them where there are fewer."""
    if len(points) <= SUBSET:
        return points
    import torch

    return points[torch.as_tensor(random.permutation(len(points))[:SUBSET], device=points.device)]


def _root_loss(deviation: Any, rows: Sequence[Any]) -> Any:
    """Eqs. 7-9 for K keyframes: the mean square over all elements of e_i - e_k.

    deviation: the e = J - S, (T, 3) metres; rows: for each keyframe k the frames i that are no other, k itself last.
    """
    return sum(((deviation[frames] - deviation[frames[-1]]) ** 2).mean() for frames in rows)


def _chamfer(moved: Any, points: Any, neighbours: Neighbours, squared: bool) -> Any:
    """Eq. 5: mean distance to the nearest neighbour, in both directions."""
    of_point, of_vertex = neighbours(points.detach(), moved.detach())
    pairs = (points - moved[of_point], moved - points[of_vertex])
    if squared:
        return sum((difference**2).sum(dim=1).mean() for difference in pairs)
    return sum(difference.norm(dim=1).mean() for difference in pairs)


def _best_neighbours() -> Neighbours:
    try:
        from pytorch3d.ops import knn_points  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return nearest_by_matrix

    def by_pytorch3d(first: Any, second: Any) -> tuple[Any, Any]:
        return tuple(knn_points(a[None], b[None], K=1).idx[0, :, 0] for a, b in ((first, second), (second, first)))

    return by_pytorch3d


def nearest_by_matrix(first: Any, second: Any) -> tuple[Any, Any]:
    """Nearest neighbours by all distances: (N,) numbers into `second`, (M,) into `first`; tensors (N, 3), (M, 3)."""
    import torch

    nearest, best, arg = [], torch.full_like(second[:, 0], torch.inf), torch.zeros_like(second[:, 0], dtype=torch.long)
    for start in range(0, len(first), CHUNK):
        # Without the matrix product, whose cancellation loses millimetres of metres.
        distance = torch.cdist(first[start : start + CHUNK], second, compute_mode="donot_use_mm_for_euclid_dist")
        nearest.append(distance.argmin(dim=1))
        least, row = distance.min(dim=0)
        arg = torch.where(least < best, row + start, arg)
        best = torch.minimum(best, least)
    return torch.cat(nearest), arg

"""Small placement problems, and the paper's objective written out over all frames."""

import numpy as np

from share_data.pipeline.placement.root_paths import smooth_roots

T = 40
ENDS = np.array([0, T - 1])
FOUR = np.array([0, 11, 25, T - 1])


def times_of(roots):
    """When the frames of (T, 3) roots were taken: 30 a second."""
    return np.arange(len(roots)) / 30


def blob(rng, count):
    """A person-sized closed surface: an upright ellipsoid with arms out, so that no symmetry hides a rotation."""
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    body = directions * [0.22, 0.85, 0.14]
    body[: count // 5] = directions[: count // 5] * [0.6, 0.05, 0.05] + [0.1, -0.4, 0.0]
    return body


def problem(seed=0, shift=(0.1, -0.05, 0.3), vertices=400, points=500, keyframes=ENDS):
    """Meshes at the keyframes, the same surface sampled anew and displaced by `shift`, and a walking root."""
    rng = np.random.default_rng(seed)
    roots = np.linspace([-0.8, 0.2, 3.0], [0.9, 0.2, 4.0], T) + rng.normal(0, 0.02, (T, 3))
    mesh = np.stack([blob(np.random.default_rng(7), vertices) + roots[k] for k in keyframes])
    human = [blob(np.random.default_rng(8), points) + roots[k] + shift for k in keyframes]
    return mesh, human, roots


def body_loss(mesh, human, displacement, squared=False):
    """Eq. 5 by all distances."""
    power, total = 2 if squared else 1, 0.0
    for vertices, points, shift in zip(mesh, human, displacement, strict=True):
        distances = np.linalg.norm(points[:, None] - (vertices + shift)[None], axis=2) ** power
        total += distances.min(axis=1).mean() + distances.min(axis=0).mean()
    return total


def root_loss(roots, offsets, keyframes):
    """Eqs. 7-9: for each keyframe the MSE over all frames, the other keyframes left out."""
    placed, smoothed, total = roots + offsets, smooth_roots(roots, times_of(roots)), 0.0
    for k in keyframes:
        frames = np.array([i for i in range(len(roots)) if i == k or i not in keyframes])
        total += np.mean(((placed[frames] - placed[k]) - (smoothed[frames] - smoothed[k])) ** 2)
    return total


def paper_loss(mesh, human, roots, offsets, keyframes, squared=False):
    """L_body + L_root of offsets for every frame: (T, 3)."""
    return body_loss(mesh, human, offsets[keyframes], squared) + root_loss(roots, offsets, keyframes)

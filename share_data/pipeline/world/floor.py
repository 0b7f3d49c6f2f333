"""The floor in a scene's points: the plane, or the level if up is known, that most of them and the feet agree on."""

from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats
from share_data.pipeline.camera.pose import Teller
from share_data.pipeline.world.gravity import Plane

MAX_TILT_DEG = 20.0
INLIER_M = 0.03
MAX_FOOT_GAP_M = 0.15
MIN_SUPPORT = 0.02
BELOW_M, BETTER = (0.2, 1.3), 2.0
SAMPLE, HYPOTHESES = 8_000, 400


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor in the camera frame, who says so, and how well that agrees with the scene and with the feet.

    Attributes:
        plane: the floor.
        source: who says its height: recipe, source (its calibration), scene (its points) or person (the feet alone).
        support: share of the scene's level points that speak for it (see `support`), 0 for the feet's.
        feet_gap: metres above it at which the person stands.
        angle_sources: who says the camera's pitch and its roll.
    """

    plane: Plane
    source: Teller
    support: float
    feet_gap: float
    angle_sources: tuple[Teller, Teller] = ("person", "person")


def support_height(heights: Floats) -> float:
    """The height people stand at: the median of the lower half of the frames' lowest heights.

    Steps and jumps fill the upper half.

    >>> support_height(np.array([0.0, 0.01, 0.02, 0.4, 0.5]))
    0.01

    Args:
        heights: (T,) metres.

    Returns:
        Metres.
    """
    ordered = np.sort(heights)
    return float(np.median(ordered[: max(1, (len(ordered) + 1) // 2)]))


def thinned(points: Floats) -> Floats:
    """At most 8,000 of the points (N, 3), float64, always the same ones."""
    sample = np.asarray(points, dtype=np.float64)
    if len(sample) <= SAMPLE:
        return sample
    return np.asarray(sample[np.random.default_rng(0).choice(len(sample), SAMPLE, replace=False)])


def support(plane: Plane, points: Floats) -> float:
    """How many points speak for a plane: those within 3 cm, less what a cut through them would hold.

    A plane that cuts a wall or, at a slant, a table top has as many points in the next 6 cm on one side at least as
    in the 6 cm about it; a surface has few there.

    Args:
        plane: camera frame.
        points: (N, 3) metres, camera frame.

    Returns:
        A number of points; may be negative.
    """
    edges = INLIER_M * np.array([-3, -1, 1, 3])
    below, close, above = np.histogram(plane.heights(points), edges)[0]
    return float(close - max(below, above))


def fit_level(points: Floats, up: Floats, feet: Floats) -> Floor:
    """The height of a floor whose direction is known: of all within 15 cm of the feet the one most points lie on.

    Args:
        points: (N, 3) scene, metres, camera frame.
        up: (3,) unit, against gravity.
        feet: (T, 3) lowest body point of each frame, metres, camera frame.

    Returns:
        The floor; where fewer than 2 % of the points speak for it, the plane under the feet, source "person".
    """
    sample = thinned(points)
    level = support_height(feet @ up)
    heights = np.sort(sample @ up)
    near = heights[np.abs(heights - level) <= MAX_FOOT_GAP_M]
    if not len(near):
        return _under(feet, up)
    best = near[_support_at(near, heights).argmax()]
    plane = Plane(up, -float(heights[np.abs(heights - best) < INLIER_M].mean()))
    return _accepted(plane, sample, len(sample), feet) or _under(feet, up)


def floor_below(floor: Floor, points: Floats, feet: Floats) -> Floor:
    """The floor under what a person lies or sits on all the time: a bed is level, and near the lowest of the body too.

    Args:
        floor: as found near the feet.
        points: (N, 3) scene, metres, camera frame.
        feet: (T, 3) lowest body point of each frame, metres, camera frame.

    Returns:
        The level 0.2 to 1.3 m below it that most points speak for, where they are twice those that speak for `floor`;
        else `floor`.
    """
    sample = thinned(points)
    heights = np.sort(floor.plane.heights(sample))
    counts = _support_at(heights, heights)
    below = (heights < -BELOW_M[0]) & (heights > -BELOW_M[1])
    if not below.any():
        return floor
    best = np.flatnonzero(below)[counts[below].argmax()]
    share = counts[best] / len(sample)
    if share < MIN_SUPPORT or share < BETTER * floor.support:
        return floor
    level = float(heights[np.abs(heights - heights[best]) < INLIER_M].mean())
    plane = Plane(floor.plane.normal, floor.plane.offset - level)
    return Floor(plane, "scene", share, support_height(plane.heights(feet)))


def _support_at(levels: Floats, heights: Floats) -> Floats:
    """What `support` says of planes at these levels (n,). heights: (N,) of the points, sorted."""
    counts = [np.searchsorted(heights, levels + INLIER_M * reach) for reach in (-3, -1, 1, 3)]
    below, close, above = np.diff(counts, axis=0)
    return np.asarray(close - np.maximum(below, above))


def fit_floor(
    points: Floats, up_hint: Floats, feet: Floats, seed: int = 0, max_tilt_deg: float = MAX_TILT_DEG
) -> Floor:
    """The floor plane by RANSAC on scene points, accepted only where the feet stand on it.

    A plane qualifies near the hint, within 15 cm of the feet, below the camera, with 2 % of the points for it.

    Args:
        points: (N, 3) scene, metres, camera frame.
        up_hint: (3,) unit.
        feet: (T, 3) lowest body point of each frame, metres, camera frame.
        seed: of the random hypotheses; the same seed gives the same floor.
        max_tilt_deg: how near: a room that fixes up by itself knows it well.

    Returns:
        The floor; where no plane qualifies, the one under the feet across the hint, source "person".
    """
    by_feet = _under(feet, up_hint)
    sample = thinned(points)
    # Table tops and ceilings cannot qualify: leave them out, so that three random points often lie on the floor.
    drift = 2 * MAX_FOOT_GAP_M + np.tan(np.radians(max_tilt_deg)) * _flat_distance(sample, feet, up_hint)
    near = sample[np.abs(by_feet.plane.heights(sample)) < drift]
    if len(near) < 3:
        return by_feet
    candidates = [
        plane
        for plane in _hypotheses(near, up_hint, max_tilt_deg, np.random.default_rng(seed))
        if abs(support_height(plane.heights(feet))) <= MAX_FOOT_GAP_M
    ]
    if not candidates:
        return by_feet
    best = max(candidates, key=lambda plane: support(plane, near))
    for _ in range(3):
        best = _least_squares(near[np.abs(best.heights(near)) < INLIER_M], best)
    within = best.normal @ up_hint > np.cos(np.radians(max_tilt_deg))  # Refining it may have led elsewhere.
    return (_accepted(best, near, len(sample), feet) if within else None) or by_feet


def _under(feet: Floats, up: Floats) -> Floor:
    return Floor(Plane(up, -support_height(feet @ up)), "person", 0.0, 0.0)


def _accepted(plane: Plane, near: Floats, total: int, feet: Floats) -> Floor | None:
    """The plane as a floor if enough of `total` points support it and the person can be standing on it."""
    share = support(plane, near) / total
    gap = support_height(plane.heights(feet))
    possible = share >= MIN_SUPPORT and abs(gap) <= MAX_FOOT_GAP_M and plane.offset > 0
    return Floor(plane, "scene", share, gap) if possible else None


def _flat_distance(points: Floats, feet: Floats, up: Floats) -> Floats:
    away = points - feet.mean(axis=0)
    return np.asarray(np.linalg.norm(away - (away @ up)[:, None] * up, axis=1))


def _hypotheses(points: Floats, up_hint: Floats, max_tilt_deg: float, random: np.random.Generator) -> list[Plane]:
    a, b, c = points[random.integers(0, len(points), (3, HYPOTHESES))]
    normals = np.cross(b - a, c - a)
    sizes = np.linalg.norm(normals, axis=1)
    normals = normals[sizes > 1e-9] / sizes[sizes > 1e-9, None]
    normals *= np.where(normals @ up_hint < 0, -1.0, 1.0)[:, None]
    near_up = normals @ up_hint > np.cos(np.radians(max_tilt_deg))
    anchors = a[sizes > 1e-9]
    return [Plane(n, float(-(n @ p))) for n, p in zip(normals[near_up], anchors[near_up], strict=True)]


def _least_squares(points: Floats, fallback: Plane) -> Plane:
    if len(points) < 3:
        return fallback
    centre = points.mean(axis=0)
    normal = np.linalg.svd(points - centre, full_matrices=False)[2][2]
    normal = normal if normal @ fallback.normal > 0 else -normal
    return Plane(normal, float(-(normal @ centre)))

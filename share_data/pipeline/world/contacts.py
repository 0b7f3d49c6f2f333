"""Where a placed body touches: feet on the floor, and the skin about every joint against the scene."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from share_data.camera import Floats
from share_data.records import Bools, Ints

FOOT_JOINTS = (7, 10, 8, 11)
"""Left ankle, left toes, right ankle, right toes: HumanML3D's order of contacts."""

# A contact begins under the strict pair of thresholds and lasts under the loose pair.
BEGIN_SPEED, BEGIN_HEIGHT_M = 0.15, 0.05  # HuMoR: 5 mm a frame at 30 fps; DIMOS: 5 cm, measured on the skin
LAST_SPEED, LAST_HEIGHT_M = 0.22, 0.10  # LEMO: m/s, and 10 cm above the lowest, measured on the skin
SPEED_WINDOW_S = 0.10  # short against a stance (0.4 s and more), long against 5 mm of noise a frame

REACH_M = 1.0
MAX_SURFEL_M = 0.10
SURFEL_NEIGHBOUR = 4
SAMPLES = 32


@dataclass(frozen=True, slots=True)
class SceneContacts:
    """The body against the scene.

    Surfaces nobody saw (the floor under a table, the far side of a chair) are not there to be touched.

    Attributes:
        distance: (T, 24) float32 metres from the skin about each joint to the nearest scene surface, in [-1, 1].
            Positive: in front of that surface, on the side the camera saw. Negative: behind it, which for a single view
            means inside a solid or in the space it hides, and cannot tell which.
        far: (T, 24) bool, no surface within 1 m of any of that skin; distance is then +1 and its sign says nothing.
    """

    distance: Floats
    far: Bools


def joint_regions(weights: Floats) -> tuple[Ints, ...]:
    """The vertices that follow each joint most.

    Args:
        weights: (V, 24) skin weights.

    Returns:
        24 arrays of vertex numbers. A joint that leads nowhere gets the one vertex it moves most.
    """
    leader = weights.argmax(axis=1)
    regions = (np.flatnonzero(leader == joint) for joint in range(weights.shape[1]))
    return tuple(region if len(region) else weights[:, [joint]].argmax(axis=0) for joint, region in enumerate(regions))


def foot_heights(vertices: Floats, weights: Floats) -> Floats:
    """The lowest skin about each of `FOOT_JOINTS` above the floor z = 0.

    Args:
        vertices: (T, V, 3) metres, world frame.
        weights: (V, 24) skin weights.

    Returns:
        (T, 4) metres.
    """
    regions = joint_regions(weights)
    return np.stack([vertices[:, regions[joint], 2].min(axis=1) for joint in FOOT_JOINTS], axis=1)


def foot_contacts(joints: Floats, heights: Floats, times: Floats, valid: Bools) -> Bools:
    """Which parts of the feet rest on the floor.

    A contact begins where a foot part is slower than 0.15 m/s within 5 cm of the floor, and extends both ways while it
    stays under 0.22 m/s and 10 cm. Frames that are not valid are False, end a contact, and lend their positions to no
    speed. Thresholds are HuMoR's, DIMOS' and LEMO's, see the module.

    Args:
        joints: (T, 24, 3) metres, world frame.
        heights: (T, 4) metres, of `foot_heights`.
        times: (T,) seconds, increasing.
        valid: (T,) frames in which the person was seen.

    Returns:
        (T, 4) bool in the order of `FOOT_JOINTS`.
    """
    speeds = np.stack([_speeds(joints[:, joint], times, valid) for joint in FOOT_JOINTS], axis=1)
    seen = np.asarray(valid, dtype=bool)[:, None]
    begins = seen & (speeds < BEGIN_SPEED) & (np.abs(heights) < BEGIN_HEIGHT_M)
    lasts = seen & (speeds < LAST_SPEED) & (np.abs(heights) < LAST_HEIGHT_M)
    return np.stack([_hysteresis(*columns) for columns in zip(begins.T, lasts.T, strict=True)], axis=1)


def _speeds(positions: Floats, times: Floats, valid: Bools) -> Floats:
    """(T,) m/s over the 0.1 s before or after each frame, whichever is slower; inf where neither was seen.

    A foot that has just landed is still from now on, one about to leave was still until now: a central difference
    would call both moving.
    """
    where, when = np.asarray(positions, dtype=np.float64), np.asarray(times, dtype=np.float64)
    unseen = (~np.asarray(valid, dtype=bool)).astype(np.float64)
    crossed = 2 * np.cumsum(unseen) - unseen  # grows on the way into an unseen frame, and out of it
    best = np.full(len(where), np.inf)
    for window in (-SPEED_WINDOW_S, SPEED_WINDOW_S):
        there = when + window
        moved = np.stack([np.interp(there, when, axis) for axis in where.T], axis=1) - where
        speed = np.linalg.norm(moved, axis=1) / SPEED_WINDOW_S
        inside = (there > when[0] - 1e-6) & (there < when[-1] + 1e-6)
        seen = inside & (np.abs(np.interp(there, when, crossed) - crossed) < 1e-6)
        best = np.where(seen, np.minimum(best, speed), best)
    return best


def _hysteresis(begins: Bools, lasts: Bools) -> Bools:
    """The runs of `lasts` (T,) that hold at least one `begins` (T,)."""
    run = np.cumsum(np.diff(lasts, prepend=False) & lasts) * lasts
    return np.asarray(np.isin(run, np.unique(run[begins & lasts])) & lasts)


def surface_samples(vertices: Floats, weights: Floats) -> Ints:
    """Vertices spread over the skin about each joint, for `scene_contacts`.

    Farthest point sampling; small regions repeat vertices.

    Args:
        vertices: (V, 3) metres in any pose.
        weights: (V, 24) skin weights.

    Returns:
        (24, 32) vertex numbers.
    """
    return np.stack([region[_spread(vertices[region])] for region in joint_regions(weights)])


def _spread(points: Floats) -> Ints:
    """`SAMPLES` indices into (n, 3) points, each the farthest from those before it."""
    chosen = np.empty(SAMPLES, dtype=np.int64)
    distance = np.linalg.norm(points - points.mean(axis=0), axis=1)
    for i in range(SAMPLES):
        chosen[i] = distance.argmax()
        to_last = np.linalg.norm(points - points[chosen[i]], axis=1)
        distance = to_last if i == 0 else np.minimum(distance, to_last)
    return chosen


def scene_contacts(skin: Floats, points: Floats, normals: Floats) -> SceneContacts:
    """Signed distance of the skin about each joint to the nearest scene surface: its lowest over the samples.

    Every scene point counts as a disc across its normal, as wide as its neighbours are apart, so that distances to a
    sampled plane are those to the plane.

    Args:
        skin: (T, 24, S, 3) metres, the skin at each joint, from `vertices[:, surface_samples(...)]`.
        points: (N, 3) metres, scene, same frame.
        normals: (N, 3) unit, towards the camera; zero where unknown: then the side is taken to be the front.
    """
    frames, joints, samples = skin.shape[:3]
    if not len(points):
        return SceneContacts(np.full((frames, joints), REACH_M, np.float32), np.ones((frames, joints), dtype=bool))
    tree = cKDTree(np.asarray(points, dtype=np.float64), compact_nodes=False, balanced_tree=False)
    queries = np.asarray(skin, dtype=np.float64).reshape(-1, 3)
    gap, nearest = (np.asarray(found) for found in tree.query(queries, distance_upper_bound=REACH_M))
    hit = np.asarray(np.isfinite(gap))
    signed = np.full(len(queries), REACH_M)
    signed[hit] = _to_surfels(queries[hit], tree, normals, nearest[hit])
    shape = (frames, joints, samples)
    distance = np.clip(signed.reshape(shape).min(axis=2), -REACH_M, REACH_M)
    return SceneContacts(distance.astype(np.float32), np.asarray(~hit.reshape(shape).any(axis=2)))


def _to_surfels(queries: Floats, tree: cKDTree, normals: Floats, nearest: Ints) -> Floats:
    """Signed distance (Q,) of queries (Q, 3) to the discs of their nearest points (Q,).

    A query lies behind a disc only within 45 degrees of straight behind: what is beside an edge, below the level of a
    table top, is in front of the table.
    """
    used, which = np.unique(nearest, return_inverse=True)
    facing = np.asarray(normals, dtype=np.float64)[used]
    spacing, _ = tree.query(tree.data[used], k=[min(SURFEL_NEIGHBOUR + 1, tree.n)])
    radius = np.minimum(np.asarray(spacing)[:, 0], MAX_SURFEL_M)
    radius = np.where((facing**2).sum(axis=1) > 0.5, radius, 0.0)
    offset = queries - tree.data[nearest]
    height = (offset * facing[which]).sum(axis=1)
    aside = np.sqrt(np.maximum((offset**2).sum(axis=1) - height**2, 0))
    beyond = np.maximum(aside - radius[which], 0)
    behind = (height < 0) & (-height > beyond)
    return np.asarray(np.where(behind, -1.0, 1.0) * np.hypot(height, beyond))

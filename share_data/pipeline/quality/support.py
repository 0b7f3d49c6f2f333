"""Bodies that hang over what they stand on, or sink into it: floor, stair, chair or bed, whichever is nearest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from share_data.camera import Floats
from share_data.records import Bools, Ints

TOLERANCE_M = 0.005
LEVEL_COS = 0.9
ASIDE_M = 0.12
SIDEWAYS = 3.0  # a centimetre beside counts as three above: what lies under a foot is nearer than the step next to it
NEIGHBOURS = 5
FEET = ((7, 10), (8, 11))
ARMS = frozenset(range(16, 24))


@dataclass(frozen=True, slots=True)
class Supports:
    """What a body can rest on: the floor z = 0 and the scene's level surfaces.

    Attributes:
        points: (N, 3) metres, world frame, of level surfaces.
    """

    points: Floats

    @classmethod
    def of(cls, points: Floats, normals: Floats) -> "Supports":
        """points, normals: (N, 3) of the scene, world frame; what looks up within 26 degrees is level."""
        return cls(np.asarray(points[normals[:, 2] > LEVEL_COS], dtype=np.float64))

    def gaps(self, skin: Floats) -> Floats:
        """Height of points (..., 3) over the nearest support, metres; negative inside it.

        >>> stair = Supports(np.array([[x, y, 0.4] for x in np.arange(9) / 20 for y in np.arange(9) / 20]))
        >>> stair.gaps(np.array([[0.2, 0.2, 0.45], [0.2, 0.2, -0.1], [3.0, 3.0, 0.45]])).round(2).tolist()
        [0.05, -0.1, 0.45]
        """
        flat = np.asarray(skin, dtype=np.float64).reshape(-1, 3)
        over_floor = flat[:, 2].copy()
        if len(self.points) < NEIGHBOURS:
            return over_floor.reshape(skin.shape[:-1])
        stretch = np.array([SIDEWAYS, SIDEWAYS, 1.0])
        _, near = cKDTree(self.points * stretch).query(flat * stretch, k=NEIGHBOURS)
        beside = self.points[near]
        aside = np.linalg.norm(beside[..., :2] - flat[:, None, :2], axis=-1).max(axis=1)
        gap = flat[:, 2] - np.median(beside[..., 2], axis=1)
        nearer = (aside < ASIDE_M) & (np.abs(gap) < np.abs(over_floor))
        return np.asarray(np.where(nearer, gap, over_floor).reshape(skin.shape[:-1]))


def support_scores(vertices: Floats, regions: Sequence[Ints], valid: Bools, supports: Supports) -> dict[str, float]:
    """How far the body hangs over its supports, and how deep its feet sink into them, beyond 5 mm.

    Floating is that of the part nearest to its support (all but the arms), so that whoever sits, lies, or stands on a
    stair does not float, and whoever jumps does. Penetration is that of the deeper foot. The support of a part is the
    nearest in height of the floor and the level surfaces within 12 cm: half-way between two steps it is the other one,
    so that nothing beyond half a step's height is seen on stairs; nor is what no keyframe shows.

    Args:
        vertices: (T, V, 3) metres, world frame.
        regions: 24 arrays of vertex numbers, see `joint_regions`.
        valid: (T,) bool.
        supports: of the same frame.

    Returns:
        penetration_mm and floating_mm, means over the valid frames; empty without any.

    Source: the tolerance is PhysDiff's (Yuan et al., ICCV 2023), which knows one floor and the lowest vertex.
    """
    if not valid.any():
        return {}
    body = vertices[valid]
    feet = [np.concatenate([regions[joint] for joint in foot]) for foot in FEET]
    others = [region for joint, region in enumerate(regions) if joint not in ARMS | set(np.ravel(FEET))]
    gaps = supports.gaps(np.stack([_lowest(body, part) for part in (*feet, *others)], axis=1))
    sunk = np.maximum(-gaps[:, : len(feet)].min(axis=1) - TOLERANCE_M, 0)
    hanging = np.maximum(np.maximum(gaps, 0).min(axis=1) - TOLERANCE_M, 0)
    return {"penetration_mm": float(sunk.mean() * 1000), "floating_mm": float(hanging.mean() * 1000)}


def _lowest(body: Floats, part: Ints) -> Floats:
    """(T, 3) the lowest vertex of a part in each frame."""
    skin = body[:, part]
    return np.asarray(skin[np.arange(len(skin)), skin[..., 2].argmin(axis=1)])

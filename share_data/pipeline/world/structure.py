"""What a room says of up: most of its surfaces are level or plumb.

Which of a room's three axes is up it does not say: that is left to the person and to how cameras are held.
"""

from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats
from share_data.pipeline.world.posture import unit

SAMPLE = 400
NEIGHBOURS, SURFACE_DEG = 40, 45.0
SD_DEG = 3.0
OBSERVATIONS = 30.0  # a room's points count as this many: neighbours share their surface and its error
LARGE = 0.03  # share of the points that makes a direction one of the room's
SAME_DEG = 8.0
MIN_CROSSING = 0.5  # sine of the angle between two walls that tell a vertical
MIN_HELD = 0.04  # least share of points that must hold the up vector in every direction
RAMP_DEG, RAMP_GAIN = 3.0, 0.1


@dataclass(frozen=True, slots=True)
class Structure:
    """Directions of a scene's surfaces.

    Attributes:
        normals: (n, 3) unit, at most 400, camera frame.
    """

    normals: Floats

    @classmethod
    def of(cls, points: Floats, normals: Floats) -> "Structure":
        """Always the same sample of a scene, each normal the mean of its surface around it: a depth map's are rough.

        points: (N, 3) metres, evenly over the surfaces; normals: (N, 3) unit; camera frame.
        """
        from scipy.spatial import cKDTree

        count = len(points)
        if not count:
            return NOTHING
        chosen = np.arange(count)
        if count > SAMPLE:
            chosen = np.random.default_rng(0).choice(count, SAMPLE, replace=False)
        _, nearest = cKDTree(points).query(points[chosen], min(NEIGHBOURS, count))
        own = np.asarray(normals, dtype=np.float64)[chosen]
        around = np.asarray(normals, dtype=np.float64)[np.reshape(nearest, (len(chosen), -1))]
        same = np.einsum("nki,ni->nk", around, own) > np.cos(np.radians(SURFACE_DEG))
        return cls(unit((around * same[..., None]).sum(axis=1)))

    def residuals(self, up: Floats) -> Floats:
        """(n,) Geman-McClure residuals of each surface's angle to level or to plumb, whichever is less.

        up: (3,) unit, camera frame.
        """
        along = np.clip(self.normals @ up, -1, 1)
        away = np.degrees(np.minimum(np.arccos(along), np.abs(np.arcsin(along)))) / SD_DEG
        weight = np.sqrt(OBSERVATIONS / max(len(along), 1))
        return np.asarray(weight * away / np.sqrt(1 + (away / 2) ** 2))

    def guesses(self) -> list[Floats]:
        """(3,) unit: the normals of the largest surfaces and what is square to two of them, both ways round."""
        found = self._large()
        pairs = [np.cross(a, b) for i, a in enumerate(found) for b in found[:i]]
        found += [unit(pair) for pair in pairs if np.linalg.norm(pair) > MIN_CROSSING]
        return [sign * each for each in found for sign in (1.0, -1.0)]

    def _large(self) -> list[Floats]:
        left, found = self.normals, []
        for _ in range(6):
            if not len(left) or len(left) < LARGE * len(self.normals):
                break
            aligned = np.abs(left @ left.T) > np.cos(np.radians(SAME_DEG))
            best = left[aligned.sum(axis=1).argmax()]
            near = np.abs(left @ best) > np.cos(np.radians(SAME_DEG))
            if near.sum() < LARGE * len(self.normals):
                break
            found.append(unit((left[near] * np.sign(left[near] @ best)[:, None]).sum(axis=0)))
            left = left[~near]
        return found

    def holds(self, up: Floats) -> bool:
        """Whether surfaces fix the up vector both ways: one wall alone lets it turn about the wall's normal."""
        level, plumb = self._level(up), self._plumb(up)
        moment = level.sum() * (np.eye(3) - np.outer(up, up)) + self.normals[plumb].T @ self.normals[plumb]
        return bool(np.linalg.eigvalsh(moment)[1] >= MIN_HELD * max(len(self.normals), 1))

    def plumb_line(self, up: Floats) -> Floats | None:
        """The vertical of walls that face two ways, where more of them agree on it than on `up` and it is more than 3
        degrees from it: walls are built plumb, and floors may slope. Else None.

        up: (3,) unit, camera frame.
        """
        if not len(self.normals):
            return None
        near = np.abs(self.normals @ up) < np.sin(np.radians(20.0))
        line = up
        for _ in range(5):
            walls = self.normals[near]
            if len(walls) < LARGE * len(self.normals):
                return None
            spread, axes = np.linalg.eigh(walls.T @ walls)
            if spread[1] < MIN_HELD * len(self.normals):
                return None
            line = axes[:, 0] * np.sign(axes[:, 0] @ up)
            near = self._plumb(line)
        gain = (self._plumb(line).sum() - self._plumb(up).sum()) / len(self.normals)
        apart = np.degrees(np.arccos(np.clip(line @ up, -1, 1)))
        return np.asarray(line) if RAMP_DEG < apart < 20.0 and gain > RAMP_GAIN else None

    def _plumb(self, up: Floats) -> Floats:
        return np.asarray(np.abs(self.normals @ up) < np.sin(np.radians(SD_DEG)))

    def _level(self, up: Floats) -> Floats:
        return np.asarray(self.normals @ up > np.cos(np.radians(SD_DEG)))


NOTHING = Structure(np.zeros((0, 3)))
"""No scene, or one that was made from the person and knows nothing else."""

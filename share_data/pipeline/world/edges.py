"""What straight edges in the picture say of up: most of a room's are plumb or level, and parallel ones meet in a point.

Where the images of parallel edges meet is their direction in space (their vanishing point); no depth is needed. A
direction counts only where far more edges agree on it than chance would have it. Which of a room's directions is
up they do not say: that is left to the person and to how cameras are held.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics
from share_data.pipeline.world.posture import unit
from share_data.pipeline.world.segments import Segments, straight_segments
from share_data.records import Bools

MOST_DIRECTIONS = 4
SHARE = 0.1
"""Of the edges that run in one direction."""
PAIRED = 60
"""Edges, the longest, that directions to try are made from: each two meet somewhere."""
TRUE_SD_DEG = 0.5
"""Of a direction, beside what its edges leave open: focal, lens, and what they share."""
P_PLUMB, P_LEVEL, P_OTHER = 0.4, 0.5, 0.1
CHANCE = 1e-3
"""Expected directions a picture that are none: what chance alone gives more often is not one."""
DOUBT = 15.0
"""Nats beyond chance that make a direction 63 % certain."""
MIN_SD_HELD_DEG = 2.0
KNOWN_FOCAL_SD = 0.01
FOCAL_SD = {"default": 0.25, "edges": 0.04, "lens": 0.05, "geometry": 0.05, "camera": 0.05}
"""Standard deviations, as shares, of focals by who says them."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Directions that many of a picture's edges have in common.

    Attributes:
        directions: (k, 3) unit, camera frame, either way round.
        spreads: (k, 3, 3) radians squared, their covariances.
        certain: (k,) the probabilities that they are directions of the scene, and no chance.
    """

    directions: Floats
    spreads: Floats
    certain: Floats

    @classmethod
    def of(cls, images: Sequence[NDArray[np.uint8]], masks: Sequence[Bools], intrinsics: Intrinsics) -> "Edges":
        """As `straight_segments`, trusted as far as the focal is."""
        found = cls.among(straight_segments(images, masks, intrinsics))
        return found.with_focal_sd(FOCAL_SD.get(intrinsics.source, KNOWN_FOCAL_SD))

    @classmethod
    def among(cls, segments: Segments) -> "Edges":
        """The directions of these edges, the best supported first; none where there are few or they agree on none."""
        found: list[tuple[Floats, Floats, float]] = []
        left = np.arange(len(segments))
        tests = len(left) * (len(left) - 1) / 2
        while len(found) < MOST_DIRECTIONS and len(left) > 2:
            some = Segments(segments.normals[left], segments.rays[left], segments.sd[left])
            direction, spread, own, gain = _best(some)
            excess = gain - np.log(max(tests, 1.0) / CHANCE)
            if excess <= 0:
                break
            found.append((direction, spread, float(1 - np.exp(-excess / DOUBT))))
            left = left[~own]
        if not found:
            return NO_EDGES
        directions, spreads, certain = (np.array(part) for part in zip(*found, strict=True))
        return cls(directions, spreads, certain)

    def with_focal_sd(self, sd: float) -> "Edges":
        """The same under a focal that is known to a share of `sd`: a longer one bends directions to the axis."""
        along = self.directions[:, 2:]
        bend = along * ([0.0, 0.0, 1.0] - along * self.directions)
        return replace(self, spreads=self.spreads + sd**2 * bend[:, :, None] * bend[:, None, :])

    def residuals(self, up: Floats) -> Floats:
        """(k,) of which half the squares' sum is -log likelihood of the directions, less its least value.

        up: (3,) unit, camera frame.
        """
        if not len(self.certain):
            return np.zeros(0)
        plumb, level = self._peaks(up)
        across = up - (self.directions @ up)[:, None] * self.directions
        away = np.einsum("ki,kij,kj->k", across, np.linalg.pinv(self.spreads, rcond=1e-6, hermitian=True), across)
        tilted = (self.directions @ up) ** 2 / self._level_variance(up)
        said = P_PLUMB * plumb * np.exp(-away / 2) + P_LEVEL * level * np.exp(-tilted / 2) + P_OTHER
        likelihood = self.certain * said + 1 - self.certain
        most = self.certain * (P_PLUMB * plumb + P_OTHER) + 1 - self.certain
        return np.asarray(np.sqrt(2 * np.maximum(np.log(most / likelihood), 0)))

    def _peaks(self, up: Floats) -> tuple[Floats, Floats]:
        """(k,) densities of a plumb direction at up and of a level one across it, over those of any direction."""
        largest = np.linalg.eigvalsh(self.spreads)[:, 1:]
        level = 2 / np.sqrt(2 * np.pi * self._level_variance(up))
        return 1 / np.sqrt(largest.prod(axis=1)), level

    def _level_variance(self, up: Floats) -> Floats:
        return np.asarray(np.einsum("i,kij,j->k", up, self.spreads, up) + np.radians(TRUE_SD_DEG) ** 2)

    def guesses(self) -> list[Floats]:
        """(3,) unit: the directions and what is square to two of them, both ways round."""
        pairs = [np.cross(a, b) for i, a in enumerate(self.directions) for b in self.directions[:i]]
        found = [*self.directions, *(unit(pair) for pair in pairs if np.linalg.norm(pair) > 0.5)]
        return [sign * each for each in found for sign in (1.0, -1.0)]

    def holds(self, up: Floats) -> bool:
        """Whether they fix the up vector both ways, within 2 degrees. up: (3,) unit, camera frame."""
        information = np.zeros((3, 3))
        limit = np.radians(3 * MIN_SD_HELD_DEG)
        for direction, spread, certain in zip(self.directions, self.spreads, self.certain, strict=True):
            along = abs(direction @ up)
            if along > np.cos(limit):
                information += certain * np.linalg.pinv(spread, rcond=1e-6, hermitian=True)
            elif along < np.sin(limit):
                information += certain * np.outer(direction, direction) / (up @ spread @ up + 1e-6)
        return bool(np.linalg.eigvalsh(information)[1] > np.radians(MIN_SD_HELD_DEG) ** -2)


NO_EDGES = Edges(np.zeros((0, 3)), np.zeros((0, 3, 3)), np.zeros(0))
"""A picture without straight edges that agree."""


def _best(segments: Segments) -> tuple[Floats, Floats, Bools, float]:
    """The direction that explains most edges, its spread, which edges (n,) it explains, and by how many nats more
    than chance would."""
    first, second = np.triu_indices(min(len(segments), PAIRED), 1)
    crossing = np.cross(segments.normals[first], segments.normals[second])
    tried = unit(crossing[np.linalg.norm(crossing, axis=1) > 1e-3])
    if not len(tried):
        return np.array([0.0, 0.0, 1.0]), np.eye(3), np.zeros(len(segments), bool), -np.inf
    direction = tried[_log_odds(segments, tried).sum(axis=1).argmax()]
    information = np.eye(3)
    for _ in range(5):
        odds = np.exp(_log_odds(segments, direction[None])[0])
        share = np.clip(1 - (1 - SHARE) / odds, 0, 1)
        weights = share / segments.sd**2
        information = (segments.normals * weights[:, None]).T @ segments.normals
        direction = np.linalg.eigh(information)[1][:, 0]
    gain = _log_odds(segments, direction[None])[0]
    sizes, axes = np.linalg.eigh(information)
    variances = 1 / np.maximum(sizes[1:], 1e-9) + np.radians(TRUE_SD_DEG) ** 2
    spread = (axes[:, 1:] * np.minimum(variances, 1.0)) @ axes[:, 1:].T
    return direction, spread, gain > 0, float(gain.sum())


def _log_odds(segments: Segments, directions: Floats) -> Floats:
    """(m, n) nats by which an edge speaks for a direction (m, 3) being one of the scene's, against edges at random."""
    off = directions @ segments.normals.T
    # The normal of an edge turned at random about its ray comes as near to the direction by this density:
    sideways = np.sqrt(np.maximum(1 - (directions @ segments.rays.T) ** 2, 1e-6))
    chance = 1 / (np.pi * np.maximum(sideways, segments.sd))
    density = np.exp(-((off / segments.sd) ** 2) / 2) / (np.sqrt(2 * np.pi) * segments.sd)
    return np.asarray(np.log1p(SHARE * (density / chance - 1)))

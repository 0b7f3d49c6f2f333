"""What a body's posture says of up: people who stand or walk are upright, those who sit sit upright, others say little.

A frame's axis is that from ankles to neck where the legs go on from the trunk, else the trunk's. It is within a few
degrees of up with a probability, and anywhere with the rest: who lies has an axis too.
"""

from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats
from share_data.records import Bools

PELVIS, ANKLES, NECK = 0, (7, 8), 12
MAX_LEG_BEND_DEG = 30.0
STANDING_SD_DEG, SITTING_SD_DEG = 5.0, 10.0
P_STANDING, P_SITTING = 0.8, 0.6  # that a stretched, a bent body is upright
STANDS_WITHIN_DEG, STANDING_SHARE = 30.0, 0.2


def unit(vectors: Floats) -> Floats:
    """Vectors (..., 3) of length 1; those of no length stay as they are."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def stretched(joints: Floats) -> Bools:
    """The frames in which the legs go on from the trunk, as in standing, walking and lying flat.

    Args:
        joints: (T, 24, 3) metres.

    Returns:
        (T,) bool.
    """
    legs = unit(joints[:, PELVIS] - joints[:, ANKLES].mean(axis=1))
    trunk = unit(joints[:, NECK] - joints[:, PELVIS])
    return np.asarray((legs * trunk).sum(axis=1) > np.cos(np.radians(MAX_LEG_BEND_DEG)))


@dataclass(frozen=True, slots=True)
class Posture:
    """A person's axis over a clip.

    Attributes:
        axes: (T, 3) unit, camera frame.
        standing: (T,) bool, see `stretched`.
    """

    axes: Floats
    standing: Bools

    @classmethod
    def of(cls, joints: Floats) -> "Posture":
        """joints: (T, 24, 3) metres, camera frame."""
        straight = stretched(joints)
        low = np.where(straight[:, None], joints[:, ANKLES].mean(axis=1), joints[:, PELVIS])
        return cls(unit(joints[:, NECK] - low), straight)

    def residuals(self, up: Floats) -> Floats:
        """(T,) of which half the squares' sum is one observation's -log likelihood, less its least value: errors of a
        body's lean last a clip, so that its frames count as one.

        up: (3,) unit, camera frame.
        """
        sd = np.where(self.standing, STANDING_SD_DEG, SITTING_SD_DEG)
        certain = np.where(self.standing, P_STANDING, P_SITTING)
        peak = certain * 2 / np.radians(sd) ** 2  # over the density of a direction that may be any
        likelihood = peak * np.exp(-((_degrees(self.axes @ up) / sd) ** 2) / 2) + 1 - certain
        cost = np.log((peak + 1 - certain) / likelihood)
        return np.asarray(np.sqrt(2 * np.maximum(cost, 0) / len(cost)))

    def guesses(self) -> list[Floats]:
        """(3,) unit: mean axes over the standing frames and over all."""
        chosen = [self.axes[self.standing], self.axes] if self.standing.any() else [self.axes]
        return [unit(axes.mean(axis=0)) for axes in chosen]

    def stands(self, up: Floats) -> bool:
        """Whether the person is on his feet in a fifth of the frames at least.

        up: (3,) unit, camera frame.
        """
        upright = self.axes @ up > np.cos(np.radians(STANDS_WITHIN_DEG))
        return bool((self.standing & upright).mean() >= STANDING_SHARE)


def _degrees(cosine: Floats) -> Floats:
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))

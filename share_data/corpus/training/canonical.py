"""A window's own frame: its first pelvis at x = y = 0, its first heading along +y, the floor still at z = 0."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.corpus.training.rotations import matrices, product


@dataclass(frozen=True, slots=True)
class Turn:
    """Sample frame from world frame: about the vertical by `angle` radians, `origin` (3,) metres subtracted first."""

    angle: float
    origin: Floats

    @property
    def matrix(self) -> Floats:
        """(3, 3)."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])

    def points(self, values: NDArray[Any]) -> NDArray[Any]:
        """(..., 3) metres in the sample frame, of world points, in their dtype."""
        moved = values - self.origin.astype(values.dtype)
        return np.asarray(moved @ self.matrix.T.astype(values.dtype))

    def directions(self, values: NDArray[Any]) -> NDArray[Any]:
        """(..., 3) directions in the sample frame, in their dtype."""
        return np.asarray(values @ self.matrix.T.astype(values.dtype))

    def orientations(self, turns: Floats) -> Floats:
        """(..., 4) quaternions in the sample frame."""
        half = np.array([np.cos(self.angle / 2), 0, 0, np.sin(self.angle / 2)])
        return product(np.broadcast_to(half, turns.shape), turns)

    def to_world(self) -> Floats:
        """(4, 4): world from sample."""
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = self.matrix.T, self.origin
        return pose


def first_frame(orient: Floats, joints: Floats) -> Turn:
    """The canonical frame of a window.

    The heading is where the chest points (SMPL's +z) or, of somebody who lies on the back or front, what is horizontal
    across the hips: whichever is told more clearly.

    Args:
        orient: (4,) global orientation of the first frame, quaternion, world frame.
        joints: (24, 3) metres of the first frame, world frame.
    """
    chest = matrices(orient)[:2, 2]
    across = joints[1] - joints[2]
    across = across / max(float(np.linalg.norm(across)), 1e-9)
    hips = np.array([across[1], -across[0]])
    heading = chest if np.linalg.norm(chest) >= np.linalg.norm(hips) else hips
    angle = np.pi / 2 - np.arctan2(heading[1], heading[0]) if np.linalg.norm(heading) > 1e-6 else 0.0
    return Turn(float(angle), np.array([joints[0, 0], joints[0, 1], 0.0]))

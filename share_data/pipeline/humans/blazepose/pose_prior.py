"""A weak belief about human joints: where each rests, how far it turns, which way knees and elbows never bend."""

import torch
from torch import Tensor

FITTED = 21
"""body_pose holds 23 joints; the last two are the hands, which landmarks cannot see, and stay straight."""

_ARM_DOWN = 1.0

# body_pose row (joint number - 1): mean and standard deviation of the axis-angle vector, radians
_HIP, _KNEE, _ANKLE, _TOES = (0.9, 0.5, 0.5), (1.2, 0.2, 0.2), (0.5, 0.4, 0.3), (0.25, 0.1, 0.1)
_SPINE, _NECK, _COLLAR = (0.3, 0.25, 0.2), (0.35, 0.4, 0.25), (0.2, 0.25, 0.25)
_SHOULDER, _ELBOW, _WRIST = (1.0, 1.2, 1.2), (0.6, 1.4, 0.6), (0.4, 0.4, 0.5)
_SPREADS = (
    *(_HIP, _HIP, _SPINE, _KNEE, _KNEE, _SPINE, _ANKLE, _ANKLE, _SPINE, _TOES, _TOES),
    *(_NECK, _COLLAR, _COLLAR, _NECK, _SHOULDER, _SHOULDER, _ELBOW, _ELBOW, _WRIST, _WRIST),
)
_MEANS = {3: (0.25, 0.0, 0.0), 4: (0.25, 0.0, 0.0), 15: (0.0, 0.0, -_ARM_DOWN), 16: (0.0, 0.0, _ARM_DOWN)}
_MEANS |= {17: (0.0, -0.3, 0.0), 18: (0.0, 0.3, 0.0)}

# (row, axis, sign of the impossible side): knees bend about +x only, the left elbow about -y, the right one
# about +y
_HINGES = ((3, 0, -1.0), (4, 0, -1.0), (17, 1, 1.0), (18, 1, -1.0))
_HINGE_SPREAD = 0.05


def neutral(dtype: torch.dtype = torch.float32) -> Tensor:
    """(21, 3) axis-angle: standing, arms hanging a little away from the body, knees and elbows slightly bent."""
    pose = torch.zeros(FITTED, 3, dtype=dtype)
    for row, vector in _MEANS.items():
        pose[row] = torch.tensor(vector, dtype=dtype)
    return pose


class PosePrior:
    """Negative log of the belief, up to a constant."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        self._mean = neutral(dtype)
        self._precision = torch.tensor(_SPREADS, dtype=dtype) ** -1
        self._rows = torch.tensor([row for row, _, _ in _HINGES])
        self._axes = torch.tensor([axis for _, axis, _ in _HINGES])
        self._signs = torch.tensor([sign for _, _, sign in _HINGES], dtype=dtype)

    @property
    def curvature(self) -> Tensor:
        """(63,): the diagonal of the quadratic part."""
        return (self._precision**2).flatten()

    def __call__(self, body_pose: Tensor) -> Tensor:
        """Sum over joints and frames for body_pose (T, 21, 3) axis-angle."""
        usual = (((body_pose - self._mean) * self._precision) ** 2).sum()
        beyond = torch.relu(body_pose[:, self._rows, self._axes] * self._signs) / _HINGE_SPREAD
        return usual + (beyond**2).sum()

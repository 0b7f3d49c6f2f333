"""Coordinates in which the fit is round, so that L-BFGS needs tens of iterations and not hundreds.

Smoothness couples frames: a slow swing costs nothing, a one-frame twitch a thousand times more. In the cosine
basis of time that coupling is diagonal, so each coefficient is divided by the root of its own curvature,
taken from how far one typical frame's points move with each variable.
"""

import math

import torch
from torch import Tensor


def cosine_basis(frames: int, dtype: torch.dtype) -> Tensor:
    """(T, T): orthonormal DCT-II, coefficients to frames."""
    n = torch.arange(frames, dtype=torch.float64)
    basis = torch.cos(math.pi / frames * (n[:, None] + 0.5) * n[None, :]) * math.sqrt(2 / frames)
    basis[:, 0] /= math.sqrt(2)
    return basis.to(dtype)


def acceleration_gains(frames: int, dtype: torch.dtype) -> Tensor:
    """(T,): the squared second difference of each basis vector."""
    n = torch.arange(frames, dtype=torch.float64)
    return ((2 - 2 * torch.cos(math.pi * n / frames)) ** 2).to(dtype)


class Coordinates:
    """Per-frame variables (T, D): start + basis @ (scale * coefficients); shared ones (S,): origin + scale * values.

    A point holds the coefficients, frame by frame, and then the shared values: (T D + S,), all zero at the start.
    """

    def __init__(self, start: Tensor, origin: Tensor, data: Tensor, acceleration: Tensor, shared: Tensor) -> None:
        """start: (T, D); origin: (S,); data, acceleration: (D,) curvatures of one frame's energy; shared: (S,)."""
        frames, dtype = len(start), start.dtype
        gains = acceleration_gains(frames, dtype)
        self._start, self._origin, self._basis = start, origin, cosine_basis(frames, dtype)
        self._scale = (data[None, :] + gains[:, None] * acceleration[None, :]).rsqrt()
        self._shared_scale = (shared * frames).rsqrt()
        self.dtype, self.size = dtype, start.numel() + shared.numel()

    def values(self, point: Tensor) -> tuple[Tensor, Tensor]:
        """The per-frame variables (T, D) and the shared ones (S,) at a point (T D + S,)."""
        count = self._start.numel()
        rows = self._start + self._basis @ (self._scale * point[:count].reshape(self._start.shape))
        return rows, self._origin + self._shared_scale * point[count:]

"""What a good fit is: body points where the landmarks are, in metres and in the image, in smooth human motion."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from share_data.camera import Floats
from share_data.pipeline.humans.blazepose import correspondence
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.pose_prior import FITTED, PosePrior
from share_data.pipeline.humans.blazepose.skeleton import Pose, Skeleton, rotations_of

# Standard deviations, metres and radians; accelerations per (1/30 s) squared: feet of a walker reach 0.04.
WORLD = 0.06
IMAGE = 0.02
ACCELERATION = 0.02
TURN_ACCELERATION = 0.1
PRIOR_WEIGHT = 0.5
SHAPE_WEIGHT = 1.0
OUTLIER = 2.0
"""Residuals beyond this many standard deviations pull less and less (Geman-McClure)."""

_NEAREST = 0.1
_STEP = 0.01
_PACE = 30.0
_CLOSEST = 0.1  # frames nearer in time than this, in 1/30 s, are noise in the timestamps


@dataclass(frozen=True, slots=True)
class Variables:
    """What the fit changes. delta: (T, 3) turn of the initial root; pose: (T, 21, 3); transl: (T, 3); betas: (10,)."""

    delta: Tensor
    pose: Tensor
    transl: Tensor
    betas: Tensor

    @classmethod
    def unpack(cls, rows: Tensor, betas: Tensor) -> "Variables":
        """From (T, 69) rows of delta, pose and transl side by side."""
        return cls(rows[:, :3], rows[:, 3:66].reshape(-1, FITTED, 3), rows[:, 66:], betas)

    def body_pose(self) -> Tensor:
        """(T, 23, 3) axis-angle with straight hands."""
        return torch.cat([self.pose, self.pose.new_zeros(len(self.pose), 2, 3)], dim=1)


class Energy:
    """The terms for one clip, summed over frames."""

    def __init__(
        self, skeleton: Skeleton, evidence: Evidence, times: Floats, root: Tensor, depth: Tensor, shape: Tensor
    ) -> None:
        """times: (T,) seconds; root: (T, 3, 3) initial root rotations; depth: (T,) metres, pixels to metres there.

        shape: (10,) the betas that are believed in without evidence.
        """
        dtype, camera = skeleton.dtype, evidence.intrinsics
        self._gaps = torch.from_numpy(np.maximum(np.diff(times) * _PACE, _CLOSEST)).to(dtype)
        self._skeleton, self._root, self._shape = skeleton, root, shape
        self._prior = PosePrior(dtype)
        self._seen = SeenPoints(dtype)
        self._weights = torch.from_numpy(evidence.weights).to(dtype)
        self._world = _centred(torch.from_numpy(evidence.world).to(dtype), self._weights)
        centre = torch.tensor([camera.cx, camera.cy], dtype=dtype)
        self._slopes = (torch.from_numpy(evidence.pixels).to(dtype) - centre) / camera.focal
        self._depth = depth.to(dtype)[:, None, None]

    def __call__(self, variables: Variables, robust: bool) -> Tensor:
        """The energy; `robust` limits the pull of outlying landmarks."""
        pose = self._skeleton.pose(
            rotations_of(self._root, variables.delta, variables.body_pose()), variables.betas, variables.transl
        )
        shape = ((variables.betas - self._shape) ** 2).sum() * len(variables.pose)
        belief = PRIOR_WEIGHT * self._prior(variables.pose) + SHAPE_WEIGHT * shape
        return self._landmarks(pose, robust) + self._roughness(pose) + belief

    def _landmarks(self, pose: Pose, robust: bool) -> Tensor:
        points = self._seen(pose)
        spatial = (_centred(points, self._weights) - self._world) / WORLD
        planar = (_slopes(points) - self._slopes) * self._depth / IMAGE
        squares = torch.stack([(spatial**2).sum(dim=-1), (planar**2).sum(dim=-1)])
        if robust:
            squares = squares * OUTLIER**2 / (squares + OUTLIER**2)
        return (squares * self._weights).sum()

    def curvature(self, rows: Tensor, betas: Tensor, frame: int) -> tuple[Tensor, Tensor, Tensor]:
        """Diagonal curvatures of one frame: (69,) of the landmarks and the prior, (69,) of roughness, (10,) in betas.

        By one-sided differences around rows (69,) and betas: scales for the solver, so rough is good enough.
        """
        moved = torch.cat([rows[None], rows + _STEP * torch.eye(69, dtype=rows.dtype)])
        data, motion = self._measure(moved, betas, frame)
        shapes = betas + _STEP * torch.eye(10, dtype=betas.dtype)
        shared = torch.cat([data[:1], *(self._measure(moved[:1], shape, frame)[0] for shape in shapes)])
        prior = torch.nn.functional.pad(PRIOR_WEIGHT * self._prior.curvature, (3, 3))
        return _squared_slopes(data) + prior, _squared_slopes(motion), _squared_slopes(shared) + SHAPE_WEIGHT

    def _measure(self, rows: Tensor, betas: Tensor, frame: int) -> tuple[Tensor, Tensor]:
        """(B, 115) landmark and (B, 288) motion quantities, in standard deviations, of B variants of one frame."""
        variables = Variables.unpack(rows, betas)
        root = self._root[frame].expand(len(rows), 3, 3)
        rotations = rotations_of(root, variables.delta, variables.body_pose())
        pose = self._skeleton.pose(rotations, betas, variables.transl)
        weights = torch.from_numpy(correspondence.WEIGHTS).to(rows.dtype)
        points = self._seen(pose)
        spatial, planar = _centred(points, weights[None]) / WORLD, _slopes(points) * self._depth[frame] / IMAGE
        seen = torch.cat([spatial, planar], dim=-1) * weights[:, None].sqrt()
        motion = torch.cat([pose.joints / ACCELERATION, pose.turns.flatten(2) / TURN_ACCELERATION], dim=-1)
        pace = self._gaps.mean() ** 2 if len(self._gaps) else 1.0
        return seen.flatten(1), motion.flatten(1) / pace

    def _roughness(self, pose: Pose) -> Tensor:
        """Squared acceleration of joints and of their rotations, in standard deviations, summed over frames."""
        if len(pose.joints) < 3:
            return pose.joints.new_zeros(())
        moved, turned = self._acceleration(pose.joints), self._acceleration(pose.turns)
        return (moved**2).sum() / ACCELERATION**2 + (turned**2).sum() / TURN_ACCELERATION**2

    def _acceleration(self, values: Tensor) -> Tensor:
        """Second divided difference of (T, ...) per (1/30 s) squared, for any frame rate, steady or not."""
        gaps = self._gaps.reshape(-1, *[1] * (values.dim() - 1))
        speed = (values[1:] - values[:-1]) / gaps
        return 2 * (speed[1:] - speed[:-1]) / (gaps[1:] + gaps[:-1])


class SeenPoints:
    """Where BlazePose would put its landmarks on a posed body."""

    def __init__(self, dtype: torch.dtype) -> None:
        self._points = torch.tensor(correspondence.BODY_POINTS)
        self._bones = torch.tensor(correspondence.BONES)
        self._offsets = torch.from_numpy(correspondence.OFFSETS).to(dtype)[None, :, :, None]

    def __call__(self, pose: Pose) -> Tensor:
        """(T, 23, 3) metres."""
        anchors = torch.cat([pose.joints, pose.surface], dim=1)[:, self._points]
        return anchors + (pose.turns[:, self._bones] @ self._offsets)[..., 0]


def _centred(points: Tensor, weights: Tensor) -> Tensor:
    """Points (T, 23, 3) less their weighted mean, so that no single joint is the root of the comparison."""
    share = weights / weights.sum(dim=1, keepdim=True).clamp(min=1e-6)
    return points - (share[..., None] * points).sum(dim=1, keepdim=True)


def _slopes(points: Tensor) -> Tensor:
    """(T, 23, 2): x / z and y / z, for points that are not behind the camera."""
    return points[..., :2] / points[..., 2:].clamp(min=_NEAREST)


def _squared_slopes(values: Tensor) -> Tensor:
    """Squared norm of the difference quotients of rows 1.. against row 0."""
    return ((values[1:] - values[0]) / _STEP).square().sum(dim=1)

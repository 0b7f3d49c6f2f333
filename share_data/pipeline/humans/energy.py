"""What a good fit is: body points where the landmarks are, in metres and in the image, moving smoothly, as
bodies do.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from share_data.pipeline.humans import correspondence
from share_data.pipeline.humans.evidence import Evidence
from share_data.pipeline.humans.pose_prior import FITTED, PosePrior
from share_data.pipeline.humans.skeleton import Pose, Skeleton, rotations_of

# Standard deviations: metres, radians, metres a frame squared.
WORLD = 0.06
IMAGE = 0.02
ACCELERATION = 0.008
TURN_ACCELERATION = 0.05
SHAPE = 1.0
PRIOR_WEIGHT = 0.5
SHAPE_WEIGHT = 1.0
OUTLIER = 2.0
"""Residuals beyond this many standard deviations pull less and less (Geman-McClure)."""

_NEAREST = 0.1
_STEP = 0.01


@dataclass(frozen=True, slots=True)
class Variables:
    """What the fit changes. delta: (T, 3) turn after the initial root; pose: (T, 21, 3); transl: (T, 3);
    betas: (10,).
    """

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
    """The sum of all terms for one clip, per frame."""

    def __init__(self, skeleton: Skeleton, evidence: Evidence, root: Tensor, depth: Tensor) -> None:
        """root: (T, 3, 3) initial root rotations; depth: (T,) metres, turns pixels into metres at the
        person.
        """
        dtype, camera = skeleton.dtype, evidence.intrinsics
        self._skeleton, self._root = skeleton, root
        self._prior = PosePrior(dtype)
        self._points = list(correspondence.BODY_POINTS)
        self._weights = torch.from_numpy(evidence.weights).to(dtype)
        self._share = self._weights / self._weights.sum(dim=1, keepdim=True).clamp(min=1e-6)
        world = torch.from_numpy(evidence.world).to(dtype)
        self._world = world - self._centroid(world)
        centre = torch.tensor([camera.cx, camera.cy], dtype=dtype)
        self._slopes = (torch.from_numpy(evidence.pixels).to(dtype) - centre) / camera.focal
        self._depth = depth.to(dtype)[:, None, None]

    def pose(self, variables: Variables) -> Pose:
        """The body that the variables describe."""
        rotations = rotations_of(self._root, variables.delta, variables.body_pose())
        return self._skeleton.pose(rotations, variables.betas, variables.transl)

    def __call__(self, variables: Variables, robust: bool) -> Tensor:
        """The energy; `robust` limits the pull of outlying landmarks."""
        pose = self.pose(variables)
        total = self._landmarks(pose, robust) + _roughness(pose)
        shape = (variables.betas**2).sum() / SHAPE**2 * len(variables.pose)
        return total + PRIOR_WEIGHT * self._prior(variables.pose) + SHAPE_WEIGHT * shape

    @property
    def prior_curvature(self) -> Tensor:
        """(69,): the diagonal of the pose prior."""
        return torch.nn.functional.pad(PRIOR_WEIGHT * self._prior.curvature, (3, 3))

    def curvature(self, rows: Tensor, betas: Tensor, frame: int) -> tuple[Tensor, Tensor, Tensor]:
        """Diagonal curvatures (69,) of one frame's landmark terms, (69,) of its roughness, and (10,) in
        betas.

        By one-sided differences around rows (69,) and betas: scales for the solver, so rough is good enough.
        """
        moved = torch.cat([rows[None], rows + _STEP * torch.eye(69, dtype=rows.dtype)])
        root = self._root[frame].expand(len(moved), 3, 3)
        weights, depth = torch.from_numpy(correspondence.WEIGHTS).to(rows.dtype), self._depth[frame]

        def measure(batch: Tensor, shape: Tensor) -> tuple[Tensor, Tensor]:
            variables = Variables.unpack(batch, shape)
            pose = self._skeleton.pose(
                rotations_of(root[: len(batch)], variables.delta, variables.body_pose()), shape, variables.transl
            )
            points = torch.cat([pose.joints, pose.surface], dim=1)[:, self._points]
            slopes = points[..., :2] / points[..., 2:].clamp(min=_NEAREST) * depth
            spatial = points - (points * weights[:, None]).sum(dim=1, keepdim=True) / weights.sum()
            scaled = torch.cat([spatial / WORLD, slopes / IMAGE], dim=-1) * weights[:, None].sqrt()
            motion = torch.cat([pose.joints / ACCELERATION, (pose.turns / TURN_ACCELERATION).flatten(2)], dim=-1)
            return scaled.flatten(1), motion.flatten(1)

        data, motion = measure(moved, betas)
        shared = [data[:1]] + [measure(moved[:1], betas + _STEP * unit)[0] for unit in torch.eye(10, dtype=betas.dtype)]
        return _squared_slopes(data), _squared_slopes(motion), _squared_slopes(torch.cat(shared))

    def _landmarks(self, pose: Pose, robust: bool) -> Tensor:
        points = torch.cat([pose.joints, pose.surface], dim=1)[:, self._points]
        spatial = (points - self._centroid(points) - self._world) / WORLD
        slopes = points[..., :2] / points[..., 2:].clamp(min=_NEAREST)
        planar = (slopes - self._slopes) * self._depth / IMAGE
        squares = torch.stack([(spatial**2).sum(dim=-1), (planar**2).sum(dim=-1)])
        if robust:
            squares = squares * OUTLIER**2 / (squares + OUTLIER**2)
        return (squares * self._weights).sum()

    def _centroid(self, points: Tensor) -> Tensor:
        """(T, 1, 3): the mean of the targets, weighted alike for both sides, so that no single joint is the
        root.
        """
        return (self._share[..., None] * points).sum(dim=1, keepdim=True)


def _roughness(pose: Pose) -> Tensor:
    """Squared acceleration of joints and of their rotations, in standard deviations, mean over frames."""
    if len(pose.joints) < 3:
        return pose.joints.new_zeros(())
    moved = pose.joints[2:] - 2 * pose.joints[1:-1] + pose.joints[:-2]
    turned = pose.turns[2:] - 2 * pose.turns[1:-1] + pose.turns[:-2]
    return (moved**2).sum() / ACCELERATION**2 + (turned**2).sum() / TURN_ACCELERATION**2


def _squared_slopes(values: Tensor) -> Tensor:
    """Squared norm of the difference quotients of rows 1.. against row 0."""
    return ((values[1:] - values[0]) / _STEP).square().sum(dim=1)

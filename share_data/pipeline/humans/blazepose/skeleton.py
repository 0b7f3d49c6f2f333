"""A body model reduced to what landmarks can see: 24 joints and a few surface points, without the 6890 vertices.

Joints are linear in betas through the joint regressor, and a surface point is skinned with its own weights, so one
evaluation costs microseconds a frame. Pose-dependent corrections are left out: a few millimetres at these points.
"""

from dataclasses import dataclass

import torch
from smplx.lbs import batch_rodrigues
from torch import Tensor

from share_data.body.model import BodyModel
from share_data.store.threads import one_thread

SURFACE = {
    "nose": 332,
    "left_eye": 2800,
    "right_eye": 6260,
    "left_ear": 583,
    "right_ear": 4071,
    "left_big_toe": 3216,
    "left_heel": 3387,
    "right_big_toe": 6617,
    "right_heel": 6787,
}
"""smplx's landmark vertices. The mannequin keeps these slots, so the numbers hold for both bodies."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Posed points. joints: (T, 24, 3) metres; surface: (T, 9, 3) metres; turns: (T, 24, 3, 3) global rotations."""

    joints: Tensor
    surface: Tensor
    turns: Tensor


class Skeleton:
    """The kinematic chain of `body`, differentiable in rotations, betas and translation."""

    def __init__(self, body: BodyModel, dtype: torch.dtype = torch.float32) -> None:
        layer = body.layer
        vertices = list(SURFACE.values())
        template, regressor = layer.v_template.to(dtype), layer.J_regressor.to(dtype)
        shapes = layer.shapedirs[..., :10].to(dtype)
        self.dtype = dtype
        with one_thread():
            self.joint_template = regressor @ template
            self.joint_shapes = torch.einsum("jv,vck->jck", regressor, shapes)
        self.point_template = template[vertices]
        self.point_shapes = shapes[vertices]
        self.point_weights = layer.lbs_weights[vertices].to(dtype)
        self._levels = _levels([int(parent) for parent in layer.parents])
        self._order = torch.argsort(torch.cat([torch.tensor([0]), *(level.children for level in self._levels)]))

    def rest(self, betas: Tensor) -> tuple[Tensor, Tensor]:
        """(24, 3) joints and (9, 3) surface points of the rest pose, metres, for betas (10,)."""
        return self.joint_template + self.joint_shapes @ betas, self.point_template + self.point_shapes @ betas

    def pose(self, rotations: Tensor, betas: Tensor, transl: Tensor) -> Pose:
        """Forward kinematics. rotations: (T, 24, 3, 3) relative to the parent; betas: (10,); transl: (T, 3) metres."""
        rest, points = self.rest(betas)
        turns, joints = rotations[:, :1], (rest[:1] + transl[:, None])
        all_turns, all_joints = [turns], [joints]
        for level in self._levels:
            parent_turns = turns[:, level.rows]
            bones = (rest[level.children] - rest[level.parents])[None, :, :, None]
            joints = joints[:, level.rows] + (parent_turns @ bones)[..., 0]
            turns = parent_turns @ rotations[:, level.children]
            all_turns.append(turns)
            all_joints.append(joints)
        placed = torch.cat(all_joints, dim=1)[:, self._order]
        turned = torch.cat(all_turns, dim=1)[:, self._order]
        return Pose(placed, self._skin(points, rest, placed, turned), turned)

    def _skin(self, points: Tensor, rest: Tensor, joints: Tensor, turns: Tensor) -> Tensor:
        """Linear blend skinning of the surface points: (T, 9, 3)."""
        shifts = joints - (turns @ rest[None, :, :, None])[..., 0]
        blended = torch.einsum("kj,tjab->tkab", self.point_weights, turns)
        return (blended @ points[None, :, :, None])[..., 0] + torch.einsum("kj,tja->tka", self.point_weights, shifts)


def rotations_of(root: Tensor, global_delta: Tensor, body_pose: Tensor) -> Tensor:
    """(T, 24, 3, 3) from root (T, 3, 3), a small turn applied to it (T, 3) and body_pose (T, 23, 3) axis-angle."""
    vectors = torch.cat([global_delta[:, None], body_pose], dim=1)
    turns = batch_rodrigues(vectors.reshape(-1, 3)).reshape(*vectors.shape, 3)
    return torch.cat([root[:, None] @ turns[:, :1], turns[:, 1:]], dim=1)


@dataclass(frozen=True, slots=True)
class _Level:
    """Joints equally far from the root. children, parents: joint numbers; rows: the parents' places one level up."""

    children: Tensor
    parents: Tensor
    rows: Tensor


def _levels(parents: list[int]) -> list[_Level]:
    """The joints below the root, grouped by depth, so that each level is one batched product."""
    levels, above = [], [0]
    while children := [joint for joint in range(1, len(parents)) if parents[joint] in above]:
        rows = [above.index(parents[joint]) for joint in children]
        levels.append(
            _Level(torch.tensor(children), torch.tensor([parents[joint] for joint in children]), torch.tensor(rows))
        )
        above = children
    return levels

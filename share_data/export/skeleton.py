"""SMPL's 24 joints as a tree: names, parents, and positions from rotations without a body model."""

import numpy as np

from share_data.camera import Floats
from share_data.corpus.training.rotations import matrices

NAMES = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hand", "right_hand",
)  # fmt: skip
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
BODY = 22
"""The first joints, which SMPL, SMPL+H and SMPL-X have in common; SMPL's last two are its hands."""


def _levels() -> list[tuple[list[int], list[int]]]:
    """Joints and their parents, by how far they are from the root: those of a level can be posed at once."""
    depth = [0] * len(PARENTS)
    for joint, parent in enumerate(PARENTS[1:], 1):
        depth[joint] = depth[parent] + 1
    by_depth = [[joint for joint, far in enumerate(depth) if far == level] for level in range(1, max(depth) + 1)]
    return [(joints, [PARENTS[joint] for joint in joints]) for joints in by_depth]


_LEVELS = _levels()


def world_turns(turns: Floats) -> Floats:
    """(T, 24, 3, 3) matrices that take each joint's rest axes to the world, of its own rotations (T, 24, 4)."""
    found = matrices(turns)
    for joints, parents in _LEVELS:
        found[:, joints] = found[:, parents] @ found[:, joints]
    return found


def rest_offsets(world: Floats, joints: Floats) -> tuple[Floats, float]:
    """From each joint's parent to the joint in the rest pose, told by posed joints.

    Args:
        world: (T, 24, 3, 3), see `world_turns`.
        joints: (T, 24, 3) metres.

    Returns:
        (24, 3) metres, the pelvis' zero; and how far a joint is off them at most, metres: the joints of a pose are not.
    """
    parents = list(PARENTS[1:])
    bones = joints[:, 1:] - joints[:, parents]
    # To the rest pose: the parent's matrix, transposed.
    resting = np.einsum("tjba,tjb->tja", world[:, parents], bones)
    offsets = resting.mean(axis=0)
    return np.concatenate([np.zeros((1, 3)), offsets]), float(np.abs(resting - offsets).max(initial=0))


def posed(world: Floats, offsets: Floats, pelvis: Floats) -> Floats:
    """(T, 24, 3) joints of a pose.

    Args:
        world: (T, 24, 3, 3), see `world_turns`.
        offsets: (24, 3) metres, see `rest_offsets`.
        pelvis: (T, 3) metres.
    """
    found = np.empty((len(pelvis), len(PARENTS), 3))
    found[:, 0] = pelvis
    for joints, parents in _LEVELS:
        found[:, joints] = found[:, parents] + (world[:, parents] @ offsets[joints][..., None])[..., 0]
    return found


def resting(offsets: Floats) -> Floats:
    """(24, 3) joints of the rest pose, from the pelvis."""
    found = np.zeros((len(PARENTS), 3))
    for joint, parent in enumerate(PARENTS[1:], 1):
        found[joint] = found[parent] + offsets[joint]
    return found

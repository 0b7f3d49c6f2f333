"""BVH: the skeleton and its motion as text, for animation tools."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.corpus.training.rotations import matrices
from share_data.export.base import File, Format
from share_data.export.motion import ClipMotion
from share_data.export.rotations import Y_UP, y_up
from share_data.export.skeleton import NAMES, PARENTS

CENTIMETRES = 100.0
_ROOT = "Xposition Yposition Zposition"
_TURN = "Zrotation Xrotation Yrotation"
_LEAF = 0.5
"""An end site lies beyond the last joint by this much of the bone before it."""


class Bvh(Format):
    """`KEY.bvh`: centimetres, y up, rest pose facing +z; the root's position, every joint's degrees about z, x, y."""

    name = "bvh"
    says = (
        "no mesh and no scene",
        "numbers have six digits after the point: positions to 10 nm, angles to 1e-6 degree",
        "frames in which nobody was seen are not told apart",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        turns = clip.turns.copy()
        turns[:, 0] = y_up(turns[:, 0])
        angles = np.degrees(np.unwrap(zxy(matrices(turns)), axis=0))
        rows = np.concatenate([clip.pelvis @ Y_UP.T * CENTIMETRES, _by_hierarchy(angles)], axis=1)
        told = [*_joint(clip.offsets * CENTIMETRES, 0, ""), "MOTION", f"Frames: {len(rows)}"]
        told.append(f"Frame Time: {1 / clip.fps:.9f}")
        form = " ".join(["%.6f"] * rows.shape[1])
        told += [form % tuple(row) for row in (rows + 0.0).tolist()]
        yield f"{clip.metadata['key']}.bvh", ("HIERARCHY\n" + "\n".join(told) + "\n").encode()


def zxy(turn: Floats) -> Floats:
    """Angles (..., 3) radians of rotations (..., 3, 3) = Rz Rx Ry, about z, x and y; where x is upright, y is 0."""
    sine = np.clip(turn[..., 2, 1], -1, 1)
    upright = 1 - np.abs(sine) < 1e-12
    about_z = np.where(
        upright, np.arctan2(turn[..., 1, 0], turn[..., 0, 0]), np.arctan2(-turn[..., 0, 1], turn[..., 1, 1])
    )
    about_y = np.where(upright, 0, np.arctan2(-turn[..., 2, 0], turn[..., 2, 2]))
    return np.stack([about_z, np.arcsin(sine), about_y], axis=-1)


def _children(joint: int) -> list[int]:
    return [child for child, parent in enumerate(PARENTS) if parent == joint]


def _order(joint: int = 0) -> list[int]:
    """Joints as the hierarchy names them: depth first."""
    return [joint, *(below for child in _children(joint) for below in _order(child))]


def _by_hierarchy(angles: Floats) -> Floats:
    return angles[:, _order()].reshape(len(angles), -1)


def _joint(offsets: Floats, joint: int, margin: str) -> list[str]:
    kind, channels = ("JOINT", f"3 {_TURN}") if joint else ("ROOT", f"6 {_ROOT} {_TURN}")
    inner = margin + "  "
    lines = [f"{margin}{kind} {NAMES[joint]}", margin + "{", f"{inner}OFFSET {_three(offsets[joint])}"]
    lines.append(f"{inner}CHANNELS {channels}")
    for child in _children(joint):
        lines += _joint(offsets, child, inner)
    if not _children(joint):
        end = f"{inner}  OFFSET {_three(offsets[joint] * _LEAF)}"
        lines += [f"{inner}End Site", inner + "{", end, inner + "}"]
    return [*lines, margin + "}"]


def _three(values: Floats) -> str:
    return " ".join(f"{value + 0.0:.6f}" for value in values)

"""272 numbers a frame with SMPL's own rotations (Li-xingXiao/272-dim-Motion-Representation, MotionStreamer)."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.corpus.training.rotations import matrices
from share_data.export.base import File, Format, npy
from share_data.export.dataset import (
    caption_of,
    piece_names,
    pieces,
    split_of,
    text_lines,
    write_lists,
    write_statistics,
)
from share_data.export.folder import ExportFolder
from share_data.export.motion import ClipMotion, LeftOutError
from share_data.export.rotations import Y_UP, y_up
from share_data.export.skeleton import BODY

MOST = 300
GROUPS = (slice(0, 2), slice(2, 8), slice(8, 74), slice(74, 140), slice(140, 272))
"""Walking, turning, positions, velocities, rotations."""


class Motion272(Format):
    """`motion_data/`, `texts/`, `split/`, `mean_std/`; 30 frames a second, y up."""

    name = "motion272"
    fps = 30.0
    fixed = True
    says = (
        "every piece starts at x = z = 0 and faces +z, its lowest joint at height 0: the scene is left out",
        f"clips of more than {MOST} frames are cut into pieces",
        "SMPL's two hand joints and its shape are left out",
        "texts are the source's labels or title, without parts of speech",
        "frames in which nobody was seen are not told apart",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        if len(clip.times) < 2:
            raise LeftOutError("it is shorter than two frames at 30 a second")
        turns = clip.turns[:, :BODY].copy()
        turns[:, 0] = y_up(turns[:, 0])
        joints, own = clip.joints[:, :BODY] @ Y_UP.T, matrices(turns)
        parts = pieces(len(joints), MOST)
        names, text = piece_names(clip.metadata["key"], len(parts)), text_lines(caption_of(clip.metadata))
        notes |= {"names": names, "split": split_of(clip.metadata), "caption": bool(text)}
        for name, part in zip(names, parts, strict=True):
            yield f"motion_data/{name}.npy", npy(vectors(joints[part], own[part]).astype(np.float32))
            yield f"texts/{name}.txt", text

    def close(self, folder: ExportFolder) -> Mapping[str, Any]:
        """See `Format`."""
        write_statistics(folder, "mean_std/", "motion_data", GROUPS)
        return write_lists(folder, "split/", {})


def vectors(joints: Floats, turns: Floats) -> Floats:
    """(T, 272) after the arithmetic of representation_272.py: rotations are the first two rows of their matrices.

    Args:
        joints: (T, 22, 3) metres, y up.
        turns: (T, 22, 3, 3) the root's rotation to that world, the others' to their parents.
    """
    first = _about_y(-np.arctan2(turns[:1, 0, 0, 2], turns[:1, 0, 2, 2]))[0]
    joints, root = joints @ first.T, first @ turns[:, 0]
    joints = joints - [joints[0, 0, 0], joints[..., 1].min(), joints[0, 0, 2]]
    angle = -np.arctan2(root[:, 0, 2], root[:, 2, 2])
    to_heading = _about_y(angle)
    walking = (to_heading[:-1] @ (joints[1:, 0] - joints[:-1, 0])[..., None])[:, [0, 2], 0]
    local = np.einsum("tab,tjb->tja", to_heading, joints - joints[:, :1] * [1, 0, 1])
    own = np.concatenate([(to_heading @ root)[:, None], turns[:, 1:]], axis=1)
    frames = len(joints)
    found = np.zeros((frames, 272))
    found[0, [2, 6]] = 1
    found[1:, :2] = walking
    found[1:, 2:8] = _about_y(np.diff(angle))[:, :2].reshape(frames - 1, -1)
    found[:, 8:74] = local.reshape(frames, -1)
    found[1:, 74:140] = np.diff(local, axis=0).reshape(frames - 1, -1)
    found[:, 140:] = own[..., :2, :].reshape(frames, -1)
    return found


def _about_y(angle: Floats) -> Floats:
    """(T, 3, 3) rotations about y by (T,) radians."""
    c, s, zero = np.cos(angle), np.sin(angle), np.zeros_like(angle)
    rows = [[c, zero, s], [zero, zero + 1, zero], [-s, zero, c]]
    return np.ascontiguousarray(np.moveaxis(np.array(rows), -1, 0))

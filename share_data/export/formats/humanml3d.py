"""HumanML3D: 263 numbers a frame, with texts, splits, mean and deviation (EricGuo5513/HumanML3D, MDM and its kin)."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

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
from share_data.export.humanml3d_vectors import GROUPS, canonical, vectors
from share_data.export.motion import ClipMotion, LeftOutError
from share_data.export.rotations import Y_UP
from share_data.export.skeleton import BODY

MOST = 199
"""Loaders leave out what has 200 vectors or more."""
LEAST = 40
"""They leave out what has fewer, too."""


class HumanML3D(Format):
    """`new_joints/`, `new_joint_vecs/`, `texts/`, `Mean.npy`, `Std.npy`, `train.txt`, ...; 20 frames a second, y up."""

    name = "humanml3d"
    fps = 20.0
    fixed = True
    says = (
        "every piece starts at x = z = 0 and faces +z, its lowest joint at height 0: the scene is left out",
        "bones keep their lengths: HumanML3D itself bends all bodies to one skeleton, so mix the two with care",
        f"clips of more than {MOST + 1} frames are cut into pieces, since loaders leave them out; pieces of fewer "
        f"than {LEAST} vectors are written, and left out by loaders",
        "texts are the source's labels or title, without parts of speech",
        "frames in which nobody was seen are not told apart",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        joints = clip.joints[:, :BODY] @ Y_UP.T
        if len(joints) < 2:
            raise LeftOutError("it is shorter than two frames at 20 a second")
        parts = pieces(len(joints), MOST + 1)
        names, caption = piece_names(clip.metadata["key"], len(parts)), caption_of(clip.metadata)
        made = [canonical(joints[part]) for part in parts]
        rows = [vectors(piece) for piece in made]
        notes |= {"names": names, "split": split_of(clip.metadata), "caption": bool(text_lines(caption))}
        notes["pieces_too_short_for_loaders"] = sum(len(each) < LEAST for each in rows)
        for name, piece, row in zip(names, made, rows, strict=True):
            yield f"new_joints/{name}.npy", npy(piece[:-1].astype(np.float32))
            yield f"new_joint_vecs/{name}.npy", npy(row.astype(np.float32))
            yield f"texts/{name}.txt", text_lines(caption)

    def close(self, folder: ExportFolder) -> Mapping[str, Any]:
        """See `Format`."""
        write_statistics(folder, "", "new_joint_vecs", GROUPS)
        return write_lists(folder, "", {"train_val": ["train", "val"], "all": ["train", "val", "test"]})

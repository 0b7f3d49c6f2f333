"""HUMANISE in its re-formatted layout: a pickle a motion, a table of annotations, a scene each."""

import csv
import io
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from share_data.corpus.training.rotations import axis_angles
from share_data.export.base import File, Format, npy
from share_data.export.dataset import caption_of
from share_data.export.folder import PARTS, ExportFolder
from share_data.export.formats.ply import points_ply
from share_data.export.formats.scenediffuser import cloud
from share_data.export.motion import ClipMotion
from share_data.export.skeleton import BODY
from share_data.export.smplx_shape import SmplxShape, smplx_shape_for

_COLUMNS = (
    "motion_id", "scene_id", "scene_trans_x", "scene_trans_y", "scene_trans_z", "object_id", "object_label",
    "object_semantic_label", "action", "text",
)  # fmt: skip


class Humanise(Format):
    """`motions/000000.pkl`, `annotation.csv`, `scenes/KEY.npy`, `scenes/KEY/KEY_vh_clean_2.ply`; 30 a second, z up."""

    name = "humanise"
    needs = "smpl"
    fps = 30.0
    fixed = True
    says = (
        "hands are at rest; betas are those of the SMPL-X body whose rest joints lie nearest, the first ten of them",
        "a scene a clip; no object is told apart: object_id is -1, and so are the last two columns of the clouds",
        "HUMANISE's own motions have 120 frames at most: longer ones are written whole",
        "frames in which nobody was seen are not told apart",
    )
    _shape: SmplxShape

    def require(self, manifest_body: Mapping[str, str]) -> None:
        """See `Format`."""
        self._shape = smplx_shape_for(self.name, self.options.smplx)

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`. Motions are numbered once all are there."""
        key, record = clip.metadata["key"], clip.record
        betas, pelvis, misfit = self._shape.fitted(clip.offsets, betas=10)
        text = caption_of(clip.metadata)
        notes |= {"text": text, "rest_joints_off_m": round(misfit, 5)}
        pose = axis_angles(clip.turns[:, :BODY]).reshape(len(clip.times), -1)
        rows = np.concatenate([clip.pelvis - pelvis, pose, np.zeros((len(pose), 90))], axis=1)
        yield f"{PARTS}/{key}.pkl", pickle.dumps((rows.astype(np.float32), betas[:10].astype(np.float32)), protocol=4)
        points = cloud(record)
        yield f"scenes/{key}.npy", npy(np.concatenate([points, np.full((len(points), 2), -1, np.float32)], axis=1))
        scene = points_ply(record.points, record.arrays["normals"], record.arrays["colors"])
        yield f"scenes/{key}/{key}_vh_clean_2.ply", scene

    def close(self, folder: ExportFolder) -> Mapping[str, Any]:
        """See `Format`."""
        folder.add("annotation.csv", _rows(folder))
        for number, line in enumerate(folder.clips()):
            folder.add(f"motions/{number:06d}.pkl", (folder.folder / PARTS / f"{line['key']}.pkl").read_bytes())
        return {}


def _rows(folder: ExportFolder) -> Iterator[bytes]:
    yield _line(_COLUMNS)
    for number, line in enumerate(folder.clips()):
        yield _line((f"{number:06d}", line["key"], 0.0, 0.0, 0.0, -1, "", "", line["text"], line["text"]))


def _line(values: tuple[Any, ...]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue().encode()

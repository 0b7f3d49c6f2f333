"""Scene clouds as SceneDiffuser and PROX-based trainers read them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.corpus.read import Record
from share_data.export.base import File, Format, npy
from share_data.export.motion import ClipMotion


class SceneDiffuser(Format):
    """`KEY.npy` (N, 9) float32: place in metres, z up; red, green, blue from 0 to 255; normal."""

    name = "scenediffuser"
    needs = "scene"
    own_times = True
    says = (
        "clouds alone: motion is SMPL-X's, in amass or humanise",
        "signed distances, which its planner wants, are not made: a cloud from one view has no inside",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        notes["points"] = len(clip.record.points)
        yield f"{clip.metadata['key']}.npy", npy(cloud(clip.record))


def cloud(record: Record) -> Floats:
    """(N, 9) float32, see `SceneDiffuser`."""
    parts = [record.points, record.arrays["colors"].astype(np.float32), record.arrays["normals"]]
    return np.concatenate(parts, axis=1).astype(np.float32)

"""Joint positions and a height: what retargeting to humanoids asks of a format of one's own (holosoma-retargeting)."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from share_data.export.base import File, Format, npz
from share_data.export.motion import ClipMotion
from share_data.export.skeleton import BODY


class JointsHeight(Format):
    """`NAME.npz` with `global_joint_positions` (T, 22, 3), metres, z up, in SMPL-X's order, and `height`, metres."""

    name = "joints_height"
    needs = "body"
    fps = 30.0
    says = (
        "positions alone: readers find rotations anew",
        "SMPL's two hand joints are left out",
        "the scene is left out",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        height = self.body(clip.record).height(clip.record.arrays["betas"])
        notes["height_m"] = round(height, 4)
        positions = clip.joints[:, :BODY].astype(np.float32)
        yield f"{clip.metadata['key']}.npz", npz({"global_joint_positions": positions, "height": np.float64(height)})

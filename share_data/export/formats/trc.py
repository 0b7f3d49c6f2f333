"""TRC: marker paths as text, for OpenSim and other tools of biomechanics."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from share_data.export.base import File, Format
from share_data.export.motion import ClipMotion
from share_data.export.rotations import Y_UP
from share_data.export.skeleton import NAMES

MILLIMETRES = 1000.0


class Trc(Format):
    """`KEY.trc`: SMPL's 24 joints as markers; millimetres, y up."""

    name = "trc"
    says = (
        "positions of joints alone, as if they were markers on the skin: no rotations, no mesh, no scene",
        "numbers have three digits after the point: a micrometre",
        "frames in which nobody was seen are not told apart",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        key, frames, count = clip.metadata["key"], len(clip.times), len(NAMES)
        rows = (clip.joints @ Y_UP.T * MILLIMETRES).reshape(frames, -1)
        rate = f"{clip.fps:.6f}"
        axes = "\t".join(f"X{number}\tY{number}\tZ{number}" for number in range(1, count + 1))
        head = [
            f"PathFileType\t4\t(X/Y/Z)\t{key}.trc",
            "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
            f"{rate}\t{rate}\t{frames}\t{count}\tmm\t{rate}\t1\t{frames}",
            "Frame#\tTime\t" + "\t\t\t".join(NAMES),
            f"\t\t{axes}",
            "",
        ]
        form = "%d\t%.6f" + "\t%.3f" * rows.shape[1]
        numbers = zip(range(1, frames + 1), clip.times.tolist(), (np.round(rows, 3) + 0.0).tolist(), strict=True)
        lines = [form % (number, time, *row) for number, time, row in numbers]
        yield f"{key}.trc", "\n".join([*head, *lines, ""]).encode()

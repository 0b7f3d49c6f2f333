"""What `confidence.py` fits and judges: a clip's scores, its true errors, and a few of its frames; kept as JSON lines.

A row of a clip that an estimator refused has no scores: it never becomes a record.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from share_data.camera import Floats, transform
from share_data.errors import EstimationError
from share_data.evaluation.metrics import mrpe, pa_mpjpe
from share_data.pipeline.quality.confidence import seconds_to_seen, table
from share_data.pipeline.world.posture import unit
from share_data.records import Reconstruction

FRAMES = 12
"""How many of a clip's frames are kept."""
Row = dict[str, Any]


def row_of(found: Reconstruction, seen: Floats, times: Floats, joints: Floats, up: Floats) -> Row:
    """Scores and true errors.

    seen: (T,) the human estimator's own confidence; times: (T,) seconds; joints: (T, 24, 3) metres and up: (3,) unit,
    the truth in the camera frame.
    """
    matrix, motion = found.T_world_cam, found.motion
    placed = transform(motion.joints, np.linalg.inv(matrix))
    root, pose = mrpe(placed[:, 0], joints[:, 0]), pa_mpjpe(placed, joints)
    depth = np.linalg.norm(placed[:, 0], axis=1) - np.linalg.norm(joints[:, 0], axis=1)
    lost = seconds_to_seen(motion.valid, times)
    some = np.unique(np.linspace(0, len(times) - 1, FRAMES).round().astype(int))
    scores = {name: value for name, value in found.scores.items() if name != "confidence"}
    scores["depth_uncertainty_m"] /= table()["uncertainty"]["depth_factor"][
        depth_by(scores)
    ]  # the table's, to be fitted
    return {
        "scores": scores,
        "root_m": float(root.mean()),
        "depth_m": float(depth.mean()),
        "up_deg": math.degrees(math.acos(float(np.clip(matrix[2, :3] @ up, -1, 1)))),
        "pa_mpjpe_mm": 1000 * float(pose.mean()),
        "turn_deg": float(turned_deg(placed, joints).mean()),
        "frames": [
            {
                "root_m": float(root[k]),
                "pa_mpjpe_mm": 1000 * float(pose[k]),
                "lost_s": float(lost[k]),
                "seen": float(seen[k]),
            }
            for k in some
        ],
    }


def depth_by(scores: Mapping[str, float]) -> str:
    """What a record's depth rests on: the `person` alone, or a `map`."""
    return "map" if "scale_sd" in scores else "person"


def turned_deg(found: Floats, true: Floats) -> Floats:
    """(T,) degrees between two bodies' trunks, which PA-MPJPE turns away. found, true: (T, 24, 3), camera frame."""
    steps = _trunks(found).swapaxes(-1, -2) @ _trunks(true)
    cosine = (np.trace(steps, axis1=-2, axis2=-1) - 1) / 2
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _trunks(joints: Floats) -> Floats:
    """(T, 3, 3) axes of the trunk, in rows: to the left hip, to the neck, ahead."""
    across, along = joints[:, 1] - joints[:, 2], joints[:, 12] - joints[:, 0]
    along = unit(along.astype(np.float64))
    across = unit(across - (across * along).sum(axis=1, keepdims=True) * along)
    return np.stack([across, along, np.cross(across, along)], axis=1)


def rows(path: Path, seed: int, count: int, make: Callable[[int, int], Row]) -> Iterator[Row]:
    """The rows of the first `count` clips of a seed, from the file, or made and appended to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    yield from known[:count]
    for index in range(len(known), count):
        try:
            row = make(seed, index)
        except EstimationError as error:
            row = {"refused": str(error)}
        row = {"seed": seed, "index": index, **row}
        with path.open("a") as file:
            file.write(json.dumps(row) + "\n")
        yield row

"""Between a clip at its own times and GVHMR at 30 frames a second; between its SMPL-X and SMPL.

The two bodies share the rotations of 21 joints; their shapes and rest poses differ, so betas and translations do not
carry over. SMPL's betas are those whose rest surface is nearest, and the pelvis is put where GVHMR has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.pipeline.humans.bridging import bridge_positions, bridge_rotations
from share_data.records import Bools
from share_data.video.encode import encode_mp4
from share_data.video.frames import ClipFrames
from share_data.video.picture import Image

FPS = 30
"""GVHMR is trained at this rate, and resamples what comes at another."""
_CRF = 12
"""Of x264: no artefact to be seen."""


@dataclass(frozen=True, slots=True)
class GvhmrMotion:
    """What GVHMR says at L moments, in the camera frame, float64 or float32.

    global_orient: (L, 3), body_pose: (L, 63) axis-angle of 21 joints; rest: (V, 3) metres, the rest surface of its mean
    shape in SMPL's topology; pelvis: (L, 3) metres, SMPL's joint 0; crops: (L, 3) px, centre x, y and side of the
    square it looked at.
    """

    global_orient: Floats
    body_pose: Floats
    rest: Floats
    pelvis: Floats
    crops: Floats


@dataclass(frozen=True, slots=True)
class SmplMotion:
    """global_orient (T, 3), body_pose (T, 69) axis-angle, betas (10,), transl (T, 3) m, crops (T, 3) px: float32."""

    global_orient: Floats
    body_pose: Floats
    betas: Floats
    transl: Floats
    crops: Floats


def ticks(times: Floats) -> Floats:
    """(L,) seconds: every 1 / 30 s from the first of `times` (T,) to the last."""
    count = int(np.floor((times[-1] - times[0]) * FPS + 1e-6)) + 1
    return np.asarray(times[0] + np.arange(count) / FPS)


def require_span(times: Floats) -> None:
    """Raises EstimationError for a clip of a single tick: a motion takes two moments. times: (T,) seconds."""
    if len(ticks(times)) < 2:
        raise EstimationError(f"the clip lasts less than 1/{FPS} s, too short for GVHMR. Raise clips.min_seconds.")


def write_resampled(frames: ClipFrames, times: Floats, path: Path) -> None:
    """Write the frame nearest to every tick. Odd sides are made even by a repeated edge, which moves no pixel."""
    wanted = np.abs(times[None, :] - ticks(times)[:, None]).argmin(axis=1)

    def images() -> Iterator[tuple[int, Image]]:
        for number, image in frames.select(wanted.tolist()):
            padded = np.pad(image, ((0, frames.height % 2), (0, frames.width % 2), (0, 0)), mode="edge")
            yield from ((int(tick), padded) for tick in np.flatnonzero(wanted == number))

    with path.open("wb") as out:
        encode_mp4(images(), FPS, _CRF, out)


def to_smpl(motion: GvhmrMotion, times: Floats, body: BodyModel) -> SmplMotion:
    """GVHMR's motion for SMPL at the clip's own `times` (T,); hands are straight, for GVHMR says nothing of them."""
    count = len(motion.global_orient)
    known = ticks(times)[:count]
    turns = np.concatenate([motion.global_orient, motion.body_pose], axis=1).reshape(count, 22, 3)
    pose = np.zeros((len(times), 24, 3), np.float32)
    for joint in range(22):
        pose[:, joint] = bridge_rotations(Rotation.from_rotvec(turns[:, joint]), known, times)
    betas = nearest_betas(motion.rest, body)
    pelvis = bridge_positions(motion.pelvis, known, times)
    return SmplMotion(
        pose[:, 0],
        pose[:, 1:].reshape(len(times), 69),
        betas,
        pelvis - body.rest_pelvis(betas),
        bridge_positions(motion.crops, known, times),
    )


def nearest_betas(rest: Floats, body: BodyModel) -> Floats:
    """(10,) float32: the betas whose rest surface is nearest to `rest` (V, 3), wherever that stands (least squares)."""
    directions = body.arrays.shapedirs.astype(np.float64)
    offsets = np.asarray(rest, np.float64) - body.arrays.v_template
    matrix = (directions - directions.mean(axis=0)).reshape(-1, directions.shape[2])
    found, *_ = np.linalg.lstsq(matrix, (offsets - offsets.mean(axis=0)).ravel(), rcond=None)
    return np.asarray(found, np.float32)


def inside(boxes: Floats, crops: Floats) -> Bools:
    """(T,) bool: the centre of the box (T, 4) lies in the square crop (T, 3): both show the same person."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.asarray((np.abs(centres - crops[:, :2]) < crops[:, 2:] / 2).all(axis=1))

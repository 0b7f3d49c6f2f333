"""The posed mesh of a clip, from the body model the corpus was made with."""

from collections.abc import Iterator

import numpy as np

from share_data.body.model import BodyModel, BodyOutput
from share_data.camera import Floats
from share_data.corpus.training.rotations import axis_angles
from share_data.export.motion import ClipMotion
from share_data.records import Ints

CHUNK = 32
"""Frames posed at a time: 6890 vertices of 32 frames take about 30 MB."""


def posed_frames(body: BodyModel, clip: ClipMotion, frames: Ints | None = None) -> Iterator[Floats]:
    """(V, 3) float32 metres in the corpus' world, frame by frame; frames: their numbers, default all."""
    chosen = np.arange(len(clip.times)) if frames is None else frames
    for start in range(0, len(chosen), CHUNK):
        part = chosen[start : start + CHUNK]
        pose = axis_angles(clip.turns[part]).reshape(len(part), -1)
        transl = clip.pelvis[part] - clip.rest_pelvis
        yield from body.forward(pose[:, :3], pose[:, 3:], clip.record.arrays["betas"], transl).vertices


def rest_body(body: BodyModel, betas: Floats) -> BodyOutput:
    """The body of a shape in its rest pose: vertices (1, V, 3) and joints (1, 24, 3), metres, y up, facing +z."""
    return body.forward(np.zeros((1, 3)), np.zeros((1, 69)), betas, np.zeros((1, 3)))

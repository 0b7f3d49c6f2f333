"""What one look at a video has found: where every frame is, how much changes from each to the next, samples, people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.footage import PLAIN, Footage
from share_data.records import Ints

CELLS = (9, 16)
"""Rows and columns of the grid in which changes are told apart."""
SAMPLE_S = 0.5
"""From one sample to the next, seconds; also at the ends of every shot. Windows begin and end at samples."""
GREY_SIDE = 480
"""Long side of the sampled grey images, pixels at most."""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who was found in a video's samples, a row each, by sample.

    sample: (P,) which sample, counted in `Scan.sampled`; box: (P, 4) float32 x1 y1 x2 y2, pixels of the grey images;
    score: (P,) float32, the detector's confidence, 0 to 1; track: (P,) who it is: one number for one person through the
    samples of a shot, as far as boxes tell.
    """

    sample: Ints
    box: Floats
    score: Floats
    track: Ints


@dataclass(frozen=True, slots=True)
class Scan:
    """One look at a whole video of N frames, decoded once. Frame numbers count frames that decode, from 0.

    Nothing here depends on a threshold of a recipe, nor on the lengths of its clips.

    Attributes:
        width, height: pixels of the upright image.
        times: (N,) float64 seconds by the file's own clock, strictly increasing; true ones are these times the video's
            `time_scale`.
        keys: (K,) ascending numbers of the key frames.
        shots: (C,) ascending numbers of frames that begin a new shot, or come after a hole in the times; without 0.
        change: (N, 9, 16) float16, for each cell of a grid over the upright image the mean absolute change of luma
            since the frame before, grey levels of 0-255; 0 for frame 0, and everywhere in a frame that repeats the one
            before.
        sampled: (S,) ascending frame numbers: first and last of every shot, every `SAMPLE_S` in between, and the frame
            before each of these: a window that begins at a sample ends its neighbour on one.
        looked: (S,) bool, in which samples people were looked for; the others are twins, one frame before the next.
        people: who was found.
        footage: what the pictures are.
    """

    width: int
    height: int
    times: Floats
    keys: Ints
    shots: Ints
    change: NDArray[np.float16]
    sampled: Ints
    looked: NDArray[np.bool_]
    people: People
    footage: Footage = PLAIN


Greys = Sequence[NDArray[np.uint8]]
"""The (h, w) images of samples, long side <= `GREY_SIDE`, in the order of `Scan.sampled`; read from the store as they
are asked for, one by one: a long video's do not fit into memory together."""

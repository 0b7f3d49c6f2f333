"""What one look at a video has found: where every frame is, how each differs from the one before, samples, people."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.changes import Changes
from share_data.footage import PLAIN, Footage, FrameIndex
from share_data.records import Bools, Ints
from share_data.store.store import Artifact

VERSION = 8
"""Raise it when a look at the same file finds something else."""
GREY_SIDE = 480
"""Long side of the sampled grey images, pixels at most."""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who was found in a video's samples, a row each, by sample.

    sample: (P,) which sample, counted in `Scan.sampled`; box: (P, 5) float32 x1 y1 x2 y2 score, pixels of the grey
    images, and the detector's confidence, 0 to 1; track: (P,) who it is: one number for one person through the video,
    as far as boxes tell, -1 for a box that shows somebody once more.
    """

    sample: Ints
    box: Floats
    track: Ints

    def of(self, sample: int) -> tuple[Floats, Ints]:
        """(n, 5) boxes and (n,) tracks in one sample."""
        first, last = np.searchsorted(self.sample, [sample, sample + 1])
        return self.box[first:last], self.track[first:last]


@dataclass(frozen=True, slots=True)
class Scan:
    """One look at a whole video of N frames, decoded once. Frame numbers count frames that decode, from 0.

    No threshold of a recipe is in it. The samples' images lie beside it, see `scan.pictures`.

    Attributes:
        width, height: pixels of the upright image.
        index: where the frames are, by the file's own clock: true times are its times the video's `time_scale`.
        shots: (C,) ascending numbers of frames that begin a new shot, or come after a hole in the times; without 0.
        changes: (N, 9, 16) how each frame differs from the one before.
        sampled: (S,) ascending frame numbers, see `scan.sampling`.
        looked: (S,) bool, in which samples people were looked for.
        masked: (S,) bool, in which of those the main person's mask was taken.
        people: who was found.
        footage: what the pictures are.
        stands: (N,) bool, frames in which the picture stands, see `stillness.standing`.
        fades: (N,) bool, frames in which the person fades from one place to another, see `scan.fading`.
    """

    width: int
    height: int
    index: FrameIndex
    shots: Ints
    changes: Changes
    sampled: Ints
    looked: Bools
    masked: Bools
    people: People
    footage: Footage = PLAIN
    stands: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    fades: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __len__(self) -> int:
        return len(self.index)

    @property
    def borders(self) -> Ints:
        """(B,) ascending numbers of frames at which a window may begin: they and the frames before are sampled."""
        begins = self.sampled[self.masked]
        return np.asarray(begins[(begins == 0) | np.isin(begins - 1, self.sampled)])

    def to_artifact(self) -> Artifact:
        """For the store."""
        arrays = {
            "times": self.index.times, "keys": self.index.keys, "marks": self.index.marks, "shots": self.shots,
            "fine": self.changes.fine, "coarse": self.changes.coarse, "sampled": self.sampled, "looked": self.looked,
            "masked": self.masked, "sample": self.people.sample, "box": self.people.box, "track": self.people.track,
            "stands": self.stands, "fades": self.fades,
        }  # fmt: skip
        return Artifact({"width": self.width, "height": self.height, "footage": self.footage.to_json()}, arrays)

    @classmethod
    def from_artifact(cls, stored: Artifact) -> Self:
        """What `to_artifact` made."""
        told, found = stored.meta, stored.arrays
        return cls(
            told["width"],
            told["height"],
            FrameIndex(found["times"], found["keys"], found["marks"]),
            found["shots"],
            Changes(found["fine"], found["coarse"]),
            found["sampled"],
            found["looked"],
            found["masked"],
            People(found["sample"], found["box"], found["track"]),
            Footage.from_json(told["footage"]),
            found["stands"],
            found["fades"],
        )

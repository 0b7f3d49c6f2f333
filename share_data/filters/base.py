"""The contract of a filter: measure once (slow, cached, no thresholds), decide as often as you like (pure)."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.verdict import Verdict
from share_data.records import Bools, Ints, Measurement
from share_data.strict import StrictModel
from share_data.video.frames import ClipFrames


class FilterConfig(StrictModel):
    """Thresholds of one filter; never part of a stage key.

    A subclass narrows `kind` to its literal, with that as default, and gives every threshold a default and bounds.
    """

    kind: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What the filters look at: a clip sampled once, with its people.

    Attributes:
        indices: (S,) int frame numbers within the clip, first and last included.
        times: (S,) seconds.
        grey: (S, h, w) uint8, long side <= 480 px.
        people: S arrays of (n, 5) float32: x1 y1 x2 y2 score, pixels of the grey images.
        mask_frames: (M,) frame numbers, some of `indices`, first and last frame included.
        masks: the main person in those, each (h, w) bool or None where nobody was found.
        tracks: S arrays of (n,) int: who each of `people` is, one number for one person through the clip; empty where
            nobody was followed.
        frame_times: (T,) seconds of every frame of the clip.
        change: (T, 9, 16) mean absolute change of luma since the frame before in each cell of a grid over the image,
            grey levels of 0-255; the clip's first frame has none that is its own.
        coarse: (T, 9, 16) uint8 change of each cell's mean, see `filters.evidence.changes`.
        stands: (T,) bool, the frames in which, as the whole video tells, the picture stands; empty where nobody looked.
        fades: (T,) bool, the frames in which, as the whole video tells, the person fades from one place to another;
            empty where nobody looked.
        frames: the clip itself, to be decoded, turned back where its camera's sway is; None unless a filter needs
            `frames`.
    """

    indices: NDArray[np.integer[Any]]
    times: Floats
    grey: NDArray[np.uint8]
    people: tuple[Floats, ...]
    mask_frames: NDArray[np.integer[Any]]
    masks: tuple[Bools | None, ...]
    tracks: tuple[Ints, ...] = ()
    frame_times: Floats = field(default_factory=lambda: np.zeros(0))
    change: NDArray[np.floating[Any]] = field(default_factory=lambda: np.zeros((0, 9, 16)))
    coarse: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 9, 16), np.uint8))
    stands: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    fades: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    frames: ClipFrames | None = None


Need = Literal["track", "samples", "frames"]


def need_of(filter_: Any) -> Need:
    """What of an `Observation` a filter looks at, by its optional attribute `needs`.

    track: times, changes, people and their tracks; samples: the grey images and masks too, which is what is meant where
    it says nothing; frames: the clip's own frames at full size, which are decoded for it alone.
    """
    needs: Need = getattr(filter_, "needs", "samples")
    return needs


class Filter(Protocol):
    """One file, one question about a clip. Built as `Filter()`; measurement constants are covered by `version`.

    Registered in the entry point group `share_data.filters`; `examples/own_filter` is one in a package of its own.
    What it says of its scores and thresholds beyond this, see `filters.gates.Gated`, is optional; with it rejections
    carry numbers, and `share-data audit` decides a million clips at once.

    Attributes:
        kind: what recipes call it, the entry point's name.
        needs: what it looks at, where it looks at less or more than `samples`, see `need_of`.
        version: raised whenever `measure` gives other numbers; stored ones are then left aside.
        Config: its thresholds, a `FilterConfig`.
    """

    kind: ClassVar[str]
    version: ClassVar[int]
    Config: ClassVar[Any]

    def measure(self, observation: Observation) -> Measurement:
        """Numbers about the clip. Slow, stored, and blind to thresholds.

        Args:
            observation: the sampled clip.

        Returns:
            Scores by name. NaN is never stored: a score that cannot be had is left out or has its own flag.
        """
        ...

    def decide(self, measurement: Measurement, config: Any) -> Verdict:
        """Keep or reject, from the numbers alone: pure, and done anew whenever thresholds change.

        Args:
            measurement: what `measure` gave, perhaps in an earlier build.
            config: the thresholds, this filter's `Config`.

        Returns:
            The verdict; its reason, a short snake_case word, is what reports count.
        """
        ...


class ReconstructionFilter(Protocol):
    """A filter that looks at nothing itself: it decides on the scores that a reconstruction was given.

    Registered like a `Filter`; that it has no `measure` is what tells them apart.
    """

    kind: ClassVar[str]
    version: ClassVar[int]
    Config: ClassVar[Any]

    def decide(self, measurement: Measurement, config: Any) -> Verdict:
        """As `Filter.decide`; `measurement.scores` are the record's."""
        ...


def measures(filter_: Any) -> bool:
    """Whether a filter, or its class, measures clips itself; otherwise it waits for their reconstruction."""
    return hasattr(filter_, "measure")

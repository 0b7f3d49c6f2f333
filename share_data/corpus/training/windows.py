"""Which stretches of which records are samples. A sample is a number; where it begins may be drawn anew each epoch."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from share_data.corpus.training.options import SampleOptions
from share_data.corpus.training.rows import Rows
from share_data.resampling import ROUNDING_S
from share_data.store.draws import below

Counts = NDArray[np.int64]


class Stretch(NamedTuple):
    """Part of a record. row: in `Rows`; start, length: frames, at the rate that samples have."""

    row: int
    start: int
    length: int


class Windows(Protocol):
    """The samples of a training. `len`, and `at`."""

    def __len__(self) -> int: ...

    def at(self, sample: int, draw: int) -> Stretch:
        """The stretch of a sample. draw: 64 random bits."""
        ...

    def rows_of(self) -> Counts:
        """(S,) row of every sample."""
        ...


def frame_counts(rows: Rows, fps: float | None) -> Counts:
    """(K,) frames of every record at a rate, None for its own. No frame lies beyond the record's last."""
    if fps is None:
        return rows.n_frames
    seconds = rows.time_last - rows.time_first
    return np.asarray(np.floor((seconds + ROUNDING_S) * fps), np.int64) + 1


@dataclass(frozen=True, slots=True)
class OneEach:
    """A stretch a record: of `window` frames at a drawn place, or the whole where `window` is None or it is shorter."""

    counts: Counts
    window: int | None

    def __len__(self) -> int:
        return len(self.counts)

    def at(self, sample: int, draw: int) -> Stretch:
        """See `Windows`."""
        count = int(self.counts[sample])
        if self.window is None or count <= self.window:
            return Stretch(sample, 0, count)
        return Stretch(sample, below(count - self.window + 1, draw), self.window)

    def rows_of(self) -> Counts:
        """See `Windows`."""
        return np.arange(len(self.counts))


class Strided:
    """Every window of a record, `stride` frames apart, and one more that ends with it; the same in every epoch."""

    def __init__(self, counts: Counts, window: int, stride: int) -> None:
        self._counts, self._window, self._stride = counts, window, stride
        self._ends = np.cumsum(np.maximum(-(-(counts - window) // stride), 0) + 1)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def at(self, sample: int, draw: int) -> Stretch:
        """See `Windows`."""
        row = int(np.searchsorted(self._ends, sample, side="right"))
        number = sample - (int(self._ends[row - 1]) if row else 0)
        last = max(int(self._counts[row]) - self._window, 0)
        return Stretch(row, min(number * self._stride, last), min(self._window, int(self._counts[row])))

    def rows_of(self) -> Counts:
        """See `Windows`."""
        return np.repeat(np.arange(len(self._counts)), np.diff(self._ends, prepend=0))


@dataclass(frozen=True, slots=True)
class Listed:
    """Samples whose beginnings are listed, as runs of neighbouring frames; one is drawn from all runs of a sample.

    rows, starts, counts, lengths: (R,) a run's row, its first beginning, how many it has, frames of a window there.
    firsts: (S,) the first run of every sample.
    """

    rows: Counts
    starts: Counts
    counts: Counts
    lengths: Counts
    firsts: Counts

    def __len__(self) -> int:
        return len(self.firsts)

    def at(self, sample: int, draw: int) -> Stretch:
        """See `Windows`."""
        first = int(self.firsts[sample])
        last = int(self.firsts[sample + 1]) if sample + 1 < len(self.firsts) else len(self.rows)
        place = below(int(self.counts[first:last].sum()), draw)
        for run in range(first, last):
            if place < self.counts[run]:
                break
            place -= int(self.counts[run])
        return Stretch(int(self.rows[run]), int(self.starts[run]) + place, int(self.lengths[run]))

    def rows_of(self) -> Counts:
        """See `Windows`."""
        return np.asarray(self.rows[self.firsts])


def windows_of(rows: Rows, options: SampleOptions) -> OneEach | Strided:
    """The samples of records, whatever was seen in them."""
    counts = frame_counts(rows, options.fps)
    if options.window is not None and options.stride is not None:
        return Strided(counts, options.window, options.stride)
    return OneEach(counts, options.window)

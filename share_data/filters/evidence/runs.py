"""Runs of frames."""

import numpy as np

from share_data.camera import Floats
from share_data.records import Bools, Ints


def runs(flags: Bools) -> Ints:
    """(n, 2) [start, stop) of each run of true values. flags: (T,) bool."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)


def joined(found: Ints, times: Floats, gap_s: float) -> Ints:
    """(m, 2) runs of which those no more than `gap_s` seconds apart are one. found: (n, 2) ascending; times: (T,)."""
    made: list[list[int]] = []
    for start, stop in found.tolist():
        if made and times[start] - times[made[-1][1] - 1] <= gap_s:
            made[-1][1] = stop
        else:
            made.append([start, stop])
    return np.array(made, dtype=np.int64).reshape(-1, 2)


def widened(found: Ints, times: Floats, by_s: float) -> Ints:
    """The runs with all frames up to `by_s` seconds before and after. found: (n, 2); times: (T,) seconds."""
    starts = np.searchsorted(times, times[found[:, 0]] - by_s)
    stops = np.searchsorted(times, times[found[:, 1] - 1] + by_s, side="right")
    return np.stack([starts, stops], axis=1).astype(np.int64).reshape(-1, 2)

"""Motions at other moments than their frames', so that what is measured of them does not depend on a frame rate."""

import numpy as np

from share_data.camera import Floats
from share_data.records import Bools

ROUNDING_S = 1e-3
"""Files round their timestamps, mostly to a millisecond."""


def at_times(values: Floats, times: Floats, when: Floats) -> Floats:
    """Values on straight lines between frames, the ends held.

    >>> at_times(np.array([[0.0], [3.0]]), np.array([0.0, 0.3]), np.array([0.1, 0.5])).round(6).tolist()
    [[1.0], [3.0]]

    Args:
        values: (T, ...) of the frames.
        times: (T,) seconds, rising.
        when: (N,) seconds.

    Returns:
        (N, ...) float64.
    """
    frames = np.asarray(values, dtype=np.float64)
    flat = frames.reshape(len(frames), -1)
    columns = np.stack([np.interp(when, times, column) for column in flat.T], axis=1)
    return np.asarray(columns.reshape(len(when), *frames.shape[1:]))


def regular(times: Floats, rate: float) -> Floats:
    """(N,) seconds from the first of `times` (T,) to the last, `rate` a second."""
    count = int(np.floor((times[-1] - times[0] + ROUNDING_S) * rate)) + 1
    return np.asarray(np.minimum(times[0] + np.arange(count) / rate, times[-1]))


def surrounded(times: Floats, valid: Bools, when: Floats, longest_s: float) -> Bools:
    """Which moments `when` (N,) lie between two valid frames at most `longest_s` apart, or on a valid frame.

    times: (T,) seconds, rising; valid: (T,) bool.
    """
    after = np.clip(np.searchsorted(times, when), 1, max(len(times) - 1, 1))
    before, after = after - 1, np.minimum(after, len(times) - 1)
    near = times[after] - times[before] <= longest_s + ROUNDING_S
    on_before, on_after = (np.abs(times[frame] - when) <= ROUNDING_S for frame in (before, after))
    between = near & valid[before] & valid[after]
    return np.asarray(between | (on_before & valid[before]) | (on_after & valid[after]))

"""From samples to seconds: when somebody is in view, as far as samples tell."""

from itertools import pairwise

import numpy as np

from share_data.camera import Floats
from share_data.records import Bools, Ints


def frames_in_view(frame_times: Floats, sample_times: Floats, seen: Bools) -> Bools:
    """(T,) frames in which somebody may be in view: from after the last sample without him to before the next.

    frame_times: (T,) seconds; sample_times: (S,) ascending seconds; seen: (S,) bool.
    """
    after = np.clip(np.searchsorted(sample_times, frame_times), 0, len(seen) - 1)
    before = np.clip(np.searchsorted(sample_times, frame_times, side="right") - 1, 0, len(seen) - 1)
    return np.asarray(seen[before] | seen[after])


def seconds_in_view(sample_times: Floats, seen: Bools) -> float:
    """Seconds for which somebody is in view: half of the time to each neighbouring sample is a sample's.

    sample_times: (S,) ascending seconds; seen: (S,) bool.
    """
    return float(_weights(sample_times)[seen].sum())


def longest_absence(sample_times: Floats, seen: Bools) -> float:
    """Seconds of the longest time between two samples with somebody, or to the clip's ends, less what lies between
    any two neighbouring samples; 0 where every sample shows him."""
    shown = np.flatnonzero(seen)
    if not len(shown):
        return float(sample_times[-1] - sample_times[0])
    runs = [float(sample_times[b - 1] - sample_times[a + 1]) for a, b in pairwise(shown.tolist()) if b - a > 1]
    runs += [float(sample_times[shown[0]] - sample_times[0]), float(sample_times[-1] - sample_times[shown[-1]])]
    return max(runs)


def share_in_view(sample_times: Floats, seen: Bools) -> float:
    """Share of the time, 0 to 1, for which somebody is in view."""
    weights = _weights(sample_times)
    return float(weights[seen].sum() / weights.sum()) if weights.sum() > 0 else float(np.mean(seen))


def _weights(times: Floats) -> Floats:
    """(S,) seconds that each sample stands for."""
    if len(times) < 2:
        return np.zeros(len(times))
    gaps = np.diff(times) / 2
    return np.concatenate([gaps[:1], gaps[:-1] + gaps[1:], gaps[-1:]])


def chosen(samples: Ints, count: int) -> Bools:
    """(count,) bool, true at `samples`."""
    made = np.zeros(count, dtype=bool)
    made[samples] = True
    return made

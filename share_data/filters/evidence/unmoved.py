"""Is it the camera that changes the picture? A lamp that flickers, a curtain in the wind and a screen of snow change a
third of it frame after frame, and what stands in the room is at each sample where it was."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence.background import Reference
from share_data.records import Ints

VERSION = 1
"""Raise it when other sweeps are taken for the camera's."""
_FEWEST, _APART_S = 3, 0.3
"""Samples so far apart that must show the room where it was: a knock is over before, or shows in one of them."""
_EASE_S = 0.2
"""At both ends of a sweep nothing need move."""
_SHIFT_PCT, _MOVING_SHARE = 0.10, 0.4
"""What a camera that stands still stays below: of the diagonal, and of the picture's middle, which may be a curtain."""


def by_camera(
    moves: Ints,
    frame_times: Floats,
    sample_times: Floats,
    people: Sequence[Floats],
    grey: Sequence[NDArray[np.uint8]] | NDArray[np.uint8],
) -> Ints:
    """(m, 2) those sweeps in which the camera moves, or may.

    Args:
        moves: (n, 2) frames [start, stop), see `sweeps.sweeps`.
        frame_times: (T,) seconds.
        sample_times: (S,) ascending seconds of the samples.
        people: S arrays of (n, 4 or more) boxes, pixels of the grey images.
        grey: the S images (h, w) uint8.
    """
    kept = []
    for start, stop in moves.tolist():
        within = _apart(sample_times, float(frame_times[start]) + _EASE_S, float(frame_times[stop - 1]) - _EASE_S)
        if len(within) < _FEWEST or not _stands(within, people, grey):
            kept.append((start, stop))
    return np.array(kept, dtype=np.int64).reshape(-1, 2)


def _apart(times: Floats, begin: float, end: float) -> list[int]:
    """Numbers of samples from `begin` to `end` seconds, none nearer than `_APART_S` to the one before."""
    chosen: list[int] = []
    for k in np.flatnonzero((times >= begin) & (times <= end)).tolist():
        if not chosen or times[k] - times[chosen[-1]] >= _APART_S:
            chosen.append(k)
    return chosen


def _stands(
    samples: Sequence[int], people: Sequence[Floats], grey: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]
) -> bool:
    """Whether all samples show the room in the same place, and most of them nothing else that moves as one: a camera
    that sways between banners does so in most."""
    reference, shares = Reference(grey[samples[0]], people[samples[0]]), []
    for k in samples[1:]:
        motion = reference.motion(grey[k], people[k])
        if not motion.trusted or motion.shift > _SHIFT_PCT:
            return False
        shares.append(motion.moving_share)
    return float(np.median(shares)) <= _MOVING_SHARE

"""Motions at moments between their frames, from the frames' true times.

On straight lines a path of 10 m/s2 is 5.6 mm off half way between frames of a 15 fps video. So values go through the
four nearest frames (Lagrange's cubic, error of fourth order); next to a gap, and in a clip of less than four frames,
positions go on straight lines and rotations on great arcs (SLERP).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.records import Bools
from share_data.resampling import ROUNDING_S

UNEVEN = 4.5
"""Steps between four frames that differ by more than this factor have a gap among them; phones vary by three."""
LONGEST_S = 0.25
"""Two seen frames farther apart than this say nothing of the time between them."""


@dataclass(frozen=True, slots=True)
class Moments:
    """How values at moments are made of those of frames.

    Attributes:
        before: (N,) the frame at or before each moment.
        share: (N,) how far it is to the next frame, 0 to 1.
        four: (N, 4) frames of the cubic.
        weights: (N, 4) their weights.
        smooth: (N,) whether the cubic holds.
    """

    before: NDArray[np.int64]
    share: Floats
    four: NDArray[np.int64]
    weights: Floats
    smooth: Bools


def moments(times: Floats, valid: Bools, when: Floats) -> Moments:
    """Weights of frames for moments.

    Args:
        times: (T,) seconds, rising; T >= 2.
        valid: (T,) frames in which the person was seen.
        when: (N,) seconds, held to the first and last frame.
    """
    when = np.clip(when, times[0], times[-1])
    before = np.clip(np.searchsorted(times, when, side="right") - 1, 0, len(times) - 2)
    share = (when - times[before]) / np.maximum(times[before + 1] - times[before], 1e-9)
    first = np.clip(before - 1, 0, max(len(times) - 4, 0))
    four = np.minimum(first[:, None] + np.arange(4), len(times) - 1)
    at = times[four] - when[:, None]
    steps = np.diff(times[four], axis=1)
    even = (steps.min(axis=1) > 0) & (steps.max(axis=1) <= np.minimum(UNEVEN * steps.min(axis=1), LONGEST_S))
    smooth = even & valid[four].all(axis=1)
    weights = np.ones((len(when), 4))
    for node in range(4):
        for other in set(range(4)) - {node}:
            apart = at[:, node] - at[:, other]
            weights[:, node] *= -at[:, other] / np.where(apart == 0, 1, apart)
    return Moments(before, share, four, weights, smooth)


def positions(values: NDArray[Any], at: Moments) -> Floats:
    """(N, ...) values at moments of (T, ...) values of frames."""
    low, share = values[at.before], _beside(at.share, values)
    straight = low + share * (values[at.before + 1] - low)
    curved = np.einsum("nk,nk...->n...", at.weights, values[at.four].astype(np.float64))
    return np.asarray(np.where(_beside(at.smooth, values), curved, straight))


def turns(values: Floats, at: Moments) -> Floats:
    """(N, ..., 4) unit quaternions at moments of (T, ..., 4) of frames."""
    four = values[at.four]
    near = four[:, 1:2]
    four = np.where((four * near).sum(-1, keepdims=True) < 0, -four, four)
    curved = np.einsum("nk,nk...->n...", at.weights, four)
    curved /= np.linalg.norm(curved, axis=-1, keepdims=True)
    if at.smooth.all():
        return np.asarray(curved)
    arcs = _slerp(values[at.before], values[at.before + 1], _beside(at.share, values))
    return np.asarray(np.where(_beside(at.smooth, values), curved, arcs))


def _slerp(start: Floats, end: Floats, share: Floats) -> Floats:
    cosine = (start * end).sum(-1, keepdims=True)
    end, cosine = np.where(cosine < 0, -end, end), np.minimum(np.abs(cosine), 1)
    angle = np.arccos(cosine)
    sine = np.maximum(np.sin(angle), 1e-12)
    far = angle > 1e-6
    low = np.where(far, np.sin((1 - share) * angle) / sine, 1 - share)
    found = low * start + np.where(far, np.sin(share * angle) / sine, share) * end
    return np.asarray(found / np.linalg.norm(found, axis=-1, keepdims=True))


def nearest(values: NDArray[Any], at: Moments) -> NDArray[Any]:
    """(N, ...) of the nearest frame: for what is true or false of a frame."""
    return np.asarray(values[at.before + (at.share > 0.5)])


def seen(times: Floats, valid: Bools, at: Moments) -> Bools:
    """(N,) whether a moment lies on a frame in which the person was seen, or between two such that are near enough."""
    after = at.before + 1
    gap = times[after] - times[at.before]
    on_before = (at.share * gap <= ROUNDING_S) & valid[at.before]
    on_after = ((1 - at.share) * gap <= ROUNDING_S) & valid[after]
    return np.asarray(on_before | on_after | (valid[at.before] & valid[after] & (gap <= LONGEST_S)))


def _beside(values: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    """(N,) as (N, 1, ...) with as many axes as `like`."""
    return values.reshape(-1, *[1] * (like.ndim - 1))

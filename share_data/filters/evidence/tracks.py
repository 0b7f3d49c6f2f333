"""Who is who from sample to sample: boxes linked into tracks by where they are and how large."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.pipeline.humans.movenet import MIN_SCORE

VERSION = 1
"""Raise it when other tracks come out of the same boxes."""
_LONGEST_GAP_S = 2.0
"""A person is the same after being hidden for this long, if near enough."""
_SLACK, _SPEED = 0.35, 1.6
"""How far a box's middle may be off, in heights of the box, and how much farther a second: people run at 2.7 m/s."""
_SIZES = 0.9
"""Largest difference of the logarithm of two heights: 2.5 times. Who sits down or bends loses half of his height."""
SURE = MIN_SCORE
"""Boxes of a lower score are doubtful."""
_NEAR_S, _ALIKE = 1.1, 0.35
"""A doubtful box shows the person of a sure one so near in time, if they share so much (intersection over union)."""
_PART = 0.5
"""A doubtful box that shares more with a better one, as a share of the smaller, is no second person."""
_SAME = 0.6
"""Boxes of one sample that share more (intersection over union) are one person, found twice."""


def link(times: Floats, people: Sequence[Floats]) -> tuple[NDArray[np.int64], ...]:
    """Tracks through the samples of a clip.

    Args:
        times: (S,) seconds, ascending.
        people: S arrays of (n, 4 or more): x1 y1 x2 y2, pixels.

    Returns:
        S arrays of (n,): the number of each one's track, from 0 in order of appearance; -1 for a box that shows a
        person of the same sample once more.
    """
    from scipy.optimize import linear_sum_assignment

    ends: list[tuple[float, Floats]] = []
    linked = []
    for time, boxes in zip(times.tolist(), people, strict=True):
        named = np.full(len(boxes), -1, dtype=np.int64)
        fresh = [k for k in range(len(boxes)) if not _shown_by(boxes[k], boxes[:k])]
        alive = [track for track, (last, _) in enumerate(ends) if time - last <= _LONGEST_GAP_S]
        costs = np.array([[_cost(boxes[k], ends[t][1], time - ends[t][0]) for t in alive] for k in fresh])
        if costs.size:
            # Far more than any other cost, so that as many as possible are linked.
            for row, column in zip(*linear_sum_assignment(np.where(np.isfinite(costs), costs, 1e3)), strict=True):
                if np.isfinite(costs[row, column]):
                    named[fresh[row]] = alive[column]
        for k in fresh:
            if named[k] < 0:
                named[k] = len(ends)
                ends.append((time, boxes[k]))
            ends[named[k]] = (time, boxes[k])
        linked.append(named)
    return tuple(linked)


def steady(times: Floats, people: Sequence[Floats]) -> tuple[Floats, ...]:
    """Everybody whom the detector is sure of: a box of a low score only where a sure one of the same person is
    near in place and time. An empty scene has low scores too, but not beside a sure one.

    Args:
        times: (S,) seconds, ascending.
        people: S arrays of (n, 5): x1 y1 x2 y2, pixels, and the score.

    Returns:
        The same without what is doubtful, best score first.
    """
    kept = []
    for time, boxes in zip(times.tolist(), people, strict=True):
        near = np.flatnonzero(np.abs(times - time) <= _NEAR_S).tolist()
        sure = np.concatenate([people[k][people[k][:, 4] >= SURE] for k in near])
        own, theirs = areas(boxes), areas(sure)
        doubtful = [k for k in range(len(boxes)) if boxes[k, 4] < SURE]
        common = {k: shared(boxes[k], sure) for k in doubtful}
        alike = {k for k in doubtful if (common[k] > _ALIKE * (own[k] + theirs - common[k])).any()}
        chosen = [k for k in range(len(boxes)) if k not in doubtful or k in alike]
        # A second, doubtful box about the same body is a part of it.
        parts = {k for k in alike if (common_share(boxes[k], boxes[[j for j in chosen if j < k]]) > _PART).any()}
        chosen = [k for k in chosen if k not in parts]
        kept.append(boxes[chosen])
    return tuple(kept)


def common_share(box: Floats, others: Floats) -> Floats:
    """(n,) what a box has in common with each of (n, 4 or more) others, as a share of the smaller one."""
    smaller = np.minimum(areas(box[None]), areas(others))
    return np.asarray(shared(box, others) / np.maximum(smaller, 1e-6))


def areas(boxes: Floats) -> Floats:
    """(n,) square pixels of (n, 4 or more) boxes; 0 for one that is turned inside out."""
    return np.asarray(np.clip(boxes[:, 2:4] - boxes[:, :2], 0, None).prod(axis=1), dtype=np.float64)


def shared(box: Floats, others: Floats) -> Floats:
    """(n,) square pixels that a box has in common with each of (n, 4 or more) others."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:4], others[:, 2:4])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=1), dtype=np.float64)


def _shown_by(box: Floats, earlier: Floats) -> bool:
    """Whether one of `earlier` is the same person; they come best first. A box without area shows nobody."""
    own = areas(box[None])[0]
    common = shared(box, earlier)
    return bool(own <= 0 or (common > _SAME * (own + areas(earlier) - common)).any())


def _cost(box: Floats, before: Floats, seconds: float) -> float:
    """How unlike a box is to that of a track last seen `seconds` ago; infinite where it cannot be the same person."""
    heights = np.maximum([box[3] - box[1], before[3] - before[1]], 1e-6)
    away = float(np.linalg.norm((box[:2] + box[2:4] - before[:2] - before[2:4]) / 2) / heights.max())
    sizes = float(abs(np.log(heights[0] / heights[1])))
    return away + 0.5 * sizes if away <= _SLACK + _SPEED * seconds and sizes <= _SIZES else np.inf

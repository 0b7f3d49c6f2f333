"""Which frames of a clip are keyframes: spread over the clip, where the person is well seen and uncovers the room.

Known before any geometry is estimated: from the track alone, by `choose_keyframes`, or by number, as the paper has it.
"""

from typing import Literal

import numpy as np
from pydantic import Field

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.records import Bools, Ints
from share_data.strict import StrictModel

VERSION = 1
"""Of the choice; part of the keys of point maps."""
STEPS = 8
"""Candidates to a stretch between two evenly spaced keyframes."""
LEAST_SHARE, LEAST_OF_BEST = 0.15, 0.5
"""Shown less of than this share of the body, or than half of what other frames show, a person is not well seen."""
AS_GOOD = 0.9
"""Of the best frame's share: more than that is no better."""
PULL = 0.2
"""What a stretch away from its evenly spaced place costs a keyframe, against a body shown or a hole of its size."""
SWEEPS = 2


class KeyframesConfig(StrictModel):
    """How many frames of a clip get a point map, and which."""

    count: int = Field(default=5, ge=2, le=16, description="At most so many (paper: 2).")
    choice: Literal["seen", "even"] = Field(
        default="seen",
        description="seen: spread over the clip, each near its place where the person is well seen and hides little "
        "that the others hide too; left out where there is no such frame. even: spaced evenly, first and last frame "
        "included, whatever they show (the paper's first and last with count: 2).",
    )


def keyframe_numbers(times: Floats, count: int) -> Ints:
    """(K,) ascending numbers of the frames nearest to moments spaced evenly over a clip.

    times: (T,) seconds, rising, of 2 frames or more; fewer than `count` in a clip that has no more frames.
    """
    places = np.arange(min(count, len(times)))
    position = np.interp(np.linspace(times[0], times[-1], len(places)), times, np.arange(len(times)))
    # Rounded twice, for halves are halves whatever the times' last digits.
    nearest = np.round(position.round(3)).astype(np.int64)
    # About a hole in the times several places have the same frame: they take the next ones.
    apart = np.maximum.accumulate(nearest - places) + places
    return np.asarray(np.minimum(apart, len(times) - len(places) + places))


def candidates(times: Floats, count: int) -> Ints:
    """(N,) ascending frame numbers to choose `count` keyframes from. times: (T,) seconds, rising."""
    return keyframe_numbers(times, (count - 1) * STEPS + 1)


def choose_keyframes(frames: Ints, times: Floats, shown: Floats, masks: Bools, count: int) -> Ints:
    """The keyframes among some candidates.

    Each place, evenly spaced in time, is filled by a candidate nearer to it than to any other place. Together they
    trade three things: how much of the body each shows, how much of the image is hidden in all of them, and how far
    each is from its place.

    Args:
        frames: (N,) ascending numbers of the candidates, those of the clip's first and last frame among them.
        times: (N,) seconds of the candidates, rising.
        shown: (N,) share of the body that each shows, 0 for one that must not be taken.
        masks: (N, h, w) the person in them, of any size.
        count: how many at most, 2 or more.

    Returns:
        (K,) ascending frame numbers, 2 <= K <= count.

    Raises:
        EstimationError: the person is well seen in fewer than two of the candidates.
    """
    frames, shown = np.asarray(frames), np.asarray(shown, dtype=np.float64)
    fit = np.flatnonzero(shown >= max(LEAST_OF_BEST * shown.max(), min(LEAST_SHARE, shown.max())))
    fit = fit[shown[fit] > 0]
    if len(fit) < 2:
        raise EstimationError(
            f"the person is well seen in {len(fit)} of the {len(frames)} frames looked at, and two keyframes are "
            "needed. Choose a clip in which the person is in view, and not hidden, at two moments at least."
        )
    when = np.asarray(times, dtype=np.float64)
    places = np.linspace(when[0], when[-1], min(count, len(frames)))
    # In stretches, rounded, so that what lies half-way does so whatever the times' last digits.
    away = (np.abs(when[:, None] - places) / (places[1] - places[0])).round(3)
    nearest = away.argmin(axis=1)
    worth = np.minimum(shown / (AS_GOOD * shown.max()), 1) - PULL * away.min(axis=1)
    groups = [fit[nearest[fit] == place] for place in range(len(places))]
    taken = _improved([group for group in groups if len(group)], worth, masks)
    if len(taken) < 2:  # All that is well seen lies about one place.
        taken = [int(fit[0]), int(fit[-1])]
    return np.asarray(frames[np.sort(taken)])


def _improved(groups: list[Ints], worth: Floats, masks: Bools) -> list[int]:
    """One candidate of each group: the worthiest, then in turn the one best for all, less what all of them hide."""
    taken = [int(group[np.argmax(worth[group])]) for group in groups]
    size = max(float(masks.sum(axis=(1, 2)).mean()), 1.0)
    for _ in range(SWEEPS):
        for place, group in enumerate(groups):
            others = [each for number, each in enumerate(taken) if number != place]
            hidden = masks[others].all(axis=0) if others else np.zeros(masks.shape[1:], dtype=bool)
            gains = [worth[each] - np.count_nonzero(hidden & masks[each]) / size for each in group]
            taken[place] = int(group[int(np.argmax(gains))])
    return taken

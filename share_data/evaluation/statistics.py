"""How sure a pooled mean is: bootstrap intervals over clips.

Frames of a clip are anything but independent, so clips are resampled, never frames (Efron & Tibshirani, An Introduction
to the Bootstrap, 1993, §13.3, percentile interval). The statistic is the one the tables print: the mean over all frames
pooled, in which a long clip weighs more. Deterministic: the same values, in the same order, give the same interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats
from share_data.evaluation.metrics import pool

RESAMPLES = 10_000
LEVEL = 0.95
_BLOCK = 2_000_000  # numbers drawn at a time: bounds the memory when there are thousands of clips


@dataclass(frozen=True, slots=True)
class Summary:
    """A pooled mean and how sure it is. A number that does not exist is None.

    Attributes:
        mean: of all frames pooled.
        sd: sample standard deviation; needs individual frames (a published mean comes without).
        low, high: the 95 % interval of the mean; needs two clips or more.
        frames: how many values are pooled.
        clips: how many clips they come from.
    """

    mean: float
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    frames: int | None = None
    clips: int | None = None


def summarise(clips: Sequence[Floats], seed: int = 0, resamples: int = RESAMPLES) -> Summary:
    """Pool the frames of all clips: mean, standard deviation (ddof 1) and bootstrap interval over clips.

    Args:
        clips: one array (T_i,) of per-frame errors each, in any unit.
        seed: of the resampling; the same values, in the same order, give the same interval.
        resamples: how many.

    Raises:
        ValueError: there is no frame at all, or a value is not finite.
    """
    low, high = bootstrap_mean(clips, seed=seed, resamples=resamples)
    spread = pool(clips)
    certain = not np.isnan(low)
    return Summary(
        spread.mean, spread.sd, low if certain else None, high if certain else None, spread.count, _occupied(clips)
    )


def bootstrap_mean(
    values: Sequence[Floats] | Floats,
    weights: Sequence[float] | Floats | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """95 % percentile interval of the frame-pooled mean, clips resampled with replacement.

    >>> [round(end, 6) for end in bootstrap_mean([np.full(10, 0.2), np.full(10, 0.4)])]
    [0.2, 0.4]

    Args:
        values: one array (T_i,) of per-frame values a clip, or, with `weights`, one mean a clip.
        weights: (C,) frames of each clip.
        seed: of the resampling.
        resamples: how many.

    Returns:
        Low and high. Clips without frames are left out; with fewer than two clips both are NaN: one clip says nothing
        about the spread of clips.

    Raises:
        ValueError: a value is not finite or a weight is negative.
    """
    sums, counts = _totals(values, weights)
    return _interval(sums, counts, seed, resamples)


def bootstrap_difference(
    first: Sequence[Floats] | Floats,
    second: Sequence[Floats] | Floats,
    weights: Sequence[float] | Floats | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """95 % interval of (pooled mean of `first` - pooled mean of `second`), paired: both see the same resampled clips.

    An interval that leaves out zero is a difference that does not hang on which clips were taken.

    Args:
        first: as `values` in `bootstrap_mean`.
        second: clip i of it must be the same clip as clip i of `first`.
        weights: (C,) frames of each clip.
        seed: of the resampling.
        resamples: how many.

    Returns:
        Low and high.

    Raises:
        ValueError: as `bootstrap_mean`, and when the numbers of frames differ.
    """
    sums, counts = _totals(first, weights)
    other, other_counts = _totals(second, weights)
    if not np.array_equal(counts, other_counts):
        raise ValueError("paired clips must have the same numbers of frames")
    return _interval(sums - other, counts, seed, resamples)


def _totals(values: Sequence[Floats] | Floats, weights: Sequence[float] | Floats | None) -> tuple[Floats, Floats]:
    """Sum and number of frames of each clip that has any. Returns (C,) and (C,) float64."""
    if weights is None:
        clips = [np.asarray(clip, np.float64).reshape(-1) for clip in values]
        sums, counts = np.array([clip.sum() for clip in clips]), np.array([float(len(clip)) for clip in clips])
    else:
        means, counts = np.asarray(values, np.float64), np.asarray(weights, np.float64)
        if means.shape != counts.shape or means.ndim != 1:
            raise ValueError(f"one mean and one weight a clip, got {means.shape} and {counts.shape}")
        sums = means * counts
    if not (np.isfinite(sums).all() and np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError("errors must be finite, and weights not negative")
    return sums[counts > 0], counts[counts > 0]


def _interval(sums: Floats, counts: Floats, seed: int, resamples: int) -> tuple[float, float]:
    number = len(sums)
    if number < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    means = np.empty(resamples)
    block = max(1, _BLOCK // number)
    for start in range(0, resamples, block):
        picked = rng.integers(0, number, size=(min(block, resamples - start), number))
        means[start : start + len(picked)] = sums[picked].sum(axis=1) / counts[picked].sum(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _occupied(clips: Sequence[Floats]) -> int:
    return sum(np.asarray(clip).size > 0 for clip in clips)

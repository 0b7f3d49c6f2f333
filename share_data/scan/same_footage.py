"""Which clips show the same footage: under two names, mirrored, encoded anew, or in windows that overlap."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.records import Ints
from share_data.scan.fingerprint import COLUMNS, ROWS, STEP_S, Fingerprint

MOST_BITS = 12
"""By which the pictures' hashes may differ; what moves has to agree as well."""
LEAST_CORRELATION = 0.85
_LEAST_S = 1.0
_LEAST_SHARE = 0.5
"""The overlap: of the shorter clip, and in seconds."""
_LEAST_MOTION = 8.5
"""Standard deviation over time in the cell that has most, of 255; a codec's noise makes less. Two clips in which
nothing moves are not alike for that."""
CROWD = 500
"""Clips of one room that are compared pair by pair."""
_NEIGHBOURS = 3
_CHUNKS, _AT_ONCE = 8, 20_000
_FINER = 2


def same(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two clips show the same footage, mirrored or not, whole or for at least half of the shorter one."""
    return _straight(one, other.picture, other.motion) or _straight(one, other.mirrored, _flipped(other.motion))


def alike(pictures: Sequence[int], mirrored: Sequence[int], motion: Sequence[float]) -> list[tuple[int, int]]:
    """Pairs of places, the lower first, whose pictures or mirror images may be one room: every pair within 6 bits.

    A hash that another differs from in six bits has two of its eight bytes in common with it: pairs of bytes are
    looked up, not all clips compared. Where more than `CROWD` clips share two bytes, as a fixed camera's do, each is
    paired with the few that move most nearly as much, as copies do, and windows that only overlap are not found.

    Args:
        pictures, mirrored: of each clip, see `Fingerprint`.
        motion: of each clip, how much moves in it, see `Fingerprint.amount`.
    """
    hashes, flipped = np.array(pictures, np.uint64), np.array(mirrored, np.uint64)
    moving = np.array(motion, np.float64)
    found = [np.zeros(0, np.int64)]
    for others in (hashes, flipped):
        for left, right in _near(hashes, others, moving):
            close = (np.bitwise_count(hashes[left] ^ others[right]) <= MOST_BITS) & (left != right)
            low, high = np.minimum(left, right)[close], np.maximum(left, right)[close]
            found.append(np.unique(low * len(hashes) + high))
    pairs = np.unique(np.concatenate(found))
    return list(zip((pairs // max(len(hashes), 1)).tolist(), (pairs % max(len(hashes), 1)).tolist(), strict=True))


def _near(
    hashes: NDArray[np.uint64], others: NDArray[np.uint64], motion: Floats
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Places in both of what has two bytes in common."""
    chunks = [each.view(np.uint8).reshape(-1, _CHUNKS).astype(np.int64) for each in (hashes, others)]
    for a, b in combinations(range(_CHUNKS), 2):
        words, wanted = (each[:, a] * 256 + each[:, b] for each in chunks)
        order = np.argsort(words, kind="stable")
        first, last = (np.searchsorted(words[order], wanted, side) for side in ("left", "right"))
        counts = last - first
        for word in np.unique(wanted[counts > CROWD]).tolist():
            yield _neighbours(np.flatnonzero(words == word), np.flatnonzero(wanted == word), motion)
        counts[counts > CROWD] = 0
        for part in np.array_split(np.arange(len(wanted)), len(wanted) // _AT_ONCE + 1):
            many = counts[part]
            within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
            yield order[np.repeat(first[part], many) + within], np.repeat(part, many)


def _neighbours(
    left: NDArray[np.int64], right: NDArray[np.int64], motion: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each of `right` with those of `left` that are next to it in order of their motion."""
    ordered = left[np.argsort(motion[left], kind="stable")]
    at = np.searchsorted(motion[ordered], motion[right])
    places = (at[:, None] + np.arange(-_NEIGHBOURS, _NEIGHBOURS)).clip(0, len(ordered) - 1)
    return ordered[places].ravel(), np.repeat(right, places.shape[1])


def _straight(one: Fingerprint, picture: int | None, motion: NDArray[np.uint8]) -> bool:
    if one.picture is None or picture is None or (one.picture ^ picture).bit_count() > MOST_BITS:
        return False
    a, b = _finer(one.motion), _finer(motion)
    step = STEP_S / _FINER
    least = max(int(_LEAST_SHARE * min(len(a), len(b))), round(_LEAST_S / step))
    return min(len(a), len(b)) >= least and bool(_correlations(a, b, least).max() >= LEAST_CORRELATION)


def _correlations(a: Floats, b: Floats, least: int) -> Floats:
    """Correlation at every lag at which at least so many steps overlap, each cell about its own mean there.

    a, b: (S, 12). 0 where hardly anything moves.
    """
    lags = np.arange(least - len(b), len(a) - least + 1)
    first, last = np.maximum(lags, 0), np.minimum(len(a), lags + len(b))
    n = (last - first)[:, None].astype(float)
    products = np.stack([np.correlate(x, y, "full") for x, y in zip(a.T, b.T, strict=True)], axis=1)
    crossed = products[lags + len(b) - 1]
    sums = [_sums(x, start, stop) for x, start, stop in ((a, first, last), (b, first - lags, last - lags))]
    squares = [_sums(x**2, start, stop) for x, start, stop in ((a, first, last), (b, first - lags, last - lags))]
    covariance = (crossed - sums[0] * sums[1] / n).sum(axis=1)
    by_cell = [square - total**2 / n for square, total in zip(squares, sums, strict=True)]
    moving = np.minimum(*(each.max(axis=1) for each in by_cell)) >= _LEAST_MOTION**2 * n[:, 0]
    variances = [each.sum(axis=1) for each in by_cell]
    return np.where(moving, covariance / np.sqrt(np.maximum(variances[0] * variances[1], 1e-9)), 0.0)


def _sums(values: Floats, start: Ints, stop: Ints) -> Floats:
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return np.asarray(total[stop] - total[start])


def _finer(motion: NDArray[np.uint8]) -> Floats:
    """(2 S - 1, 12): two windows of one take need not begin on one grid."""
    at = np.arange(0, len(motion) - 1 + 1e-9, 1 / _FINER)
    return np.stack([np.interp(at, np.arange(len(motion)), cell) for cell in motion.T.astype(float)], axis=1)


def _flipped(motion: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return motion.reshape(-1, ROWS, COLUMNS)[:, :, ::-1].reshape(motion.shape)

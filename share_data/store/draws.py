"""Random numbers that are the same in every version of every library, on any number of workers: hashes of numbers.

splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int64]

_GOLDEN = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1


def hashed(*parts: int) -> int:
    """A number of 64 bits that depends on all of `parts`.

    >>> hashed(1, 2) == hashed(1, 2), hashed(1, 2) == hashed(2, 1)
    (True, False)
    """
    state = 0
    for part in parts:
        state = _mixed((state ^ (part & _WORD)) + _GOLDEN & _WORD)
    return state


def _mixed(value: int) -> int:
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _WORD
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _WORD
    return value ^ (value >> 31)


def text_seed(text: str) -> int:
    """A seed of 64 bits for a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def hashes(seed: int, count: int) -> Hashes:
    """(count,) hashes of 0, 1, 2, ... under a seed of 64 bits."""
    value = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN) + np.uint64(seed & _WORD)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)), np.uint64)


def shuffled(seed: int, count: int) -> Numbers:
    """0 to count - 1 in an order drawn by a seed.

    >>> sorted(shuffled(7, 5).tolist())
    [0, 1, 2, 3, 4]
    """
    return np.argsort(hashes(seed, count), kind="stable").astype(np.int64)


def below(limit: int, *parts: int) -> int:
    """A number from 0 to `limit` - 1, drawn by `parts`."""
    return hashed(*parts) % limit

"""The probability that a record lies within stated bounds, from its scores; the fit is one table in the assets.

The logit is a sum of one curve a score: straight between a few points, never rising where the score gets worse, so that

* no score can get worse and the confidence rise;
* a score that was not measured takes its own term, which is never better than its best value's.

Which estimators made the record is not asked: what they measure, and what they leave out, says it. The table holds the
bounds, the clips and seeds it was fitted on, and the command that makes it; docs/quality.md shows its reliability.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.store.hashing import bytes_sha256

TABLE = Path(__file__).parents[2] / "assets" / "confidence.json"


@dataclass(frozen=True, slots=True)
class Term:
    """What one score adds to the logit.

    Attributes:
        score: its name.
        at: (n,) its values, rising.
        logit: (n,) what they add, held beyond the ends.
        missing: what is added where it was not measured.
    """

    score: str
    at: tuple[float, ...]
    logit: tuple[float, ...]
    missing: float

    def of(self, value: float | None) -> float:
        """For one value; None: not measured. Raises ValueError for one that is not finite.

        >>> Term("mask_iou", (0.5, 0.7), (-2.0, 0.0), -1.0).of(0.6)
        -1.0
        """
        if value is None:
            return self.missing
        if not isfinite(value):
            raise ValueError(f"the score {self.score} is {value}; scores must be finite")
        return float(np.interp(value, self.at, self.logit))


@dataclass(frozen=True, slots=True)
class Curves:
    """An intercept and the terms of some scores."""

    intercept: float
    terms: tuple[Term, ...]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Curves":
        """From the table's JSON."""
        terms = (
            Term(each["score"], tuple(each["at"]), tuple(each["logit"]), each["missing"]) for each in told["terms"]
        )
        return cls(told["intercept"], tuple(terms))

    def logit(self, scores: Mapping[str, float]) -> float:
        """Sum over the terms; names without one are ignored, names that lack were not measured."""
        return self.intercept + sum(term.of(scores.get(term.score)) for term in self.terms)


@cache
def table() -> Mapping[str, Any]:
    """The fit as it is stored."""
    return dict(json.loads(TABLE.read_bytes()))


@cache
def table_sha256() -> str:
    """What names the fit in the key of a result."""
    return bytes_sha256(TABLE.read_bytes())


@cache
def curves(part: str) -> Curves:
    """Of a part of the table: `clip` or `frame`."""
    return Curves.read(table()[part])


def confidence(scores: Mapping[str, float]) -> float:
    """Probability that the clip lies within all bounds of the table.

    Args:
        scores: by name, in the units of the names; what was not measured is left out.

    Returns:
        In (0, 1).

    Raises:
        ValueError: a score is not finite.
    """
    return float(_probability(curves("clip").logit(scores)))


def frame_confidence(scores: Mapping[str, float], lost_s: Floats, seen: Floats) -> Floats:
    """The same of each frame: its root and its pose within the bounds, and the clip's up.

    Args:
        scores: the clip's.
        lost_s: (T,) seconds to the nearest frame in which the person was seen.
        seen: (T,) the human estimator's own confidence.

    Returns:
        (T,) float32 in (0, 1).
    """
    frames = curves("frame")
    columns: Mapping[str, Floats] = {"lost_s": lost_s, "seen": seen}
    logit = np.full(len(lost_s), frames.intercept)
    clip = curves("clip").logit(scores)
    for term in frames.terms:
        logit += np.interp(columns.get(term.score, np.full(len(lost_s), clip)), term.at, term.logit)
    return np.asarray(_probability(logit), dtype=np.float32)


def seconds_to_seen(valid: Sequence[bool] | np.ndarray, times: Floats) -> Floats:
    """(T,) seconds from each frame to the nearest valid one; the clip's length where there is none.

    >>> seconds_to_seen([True, False, False, True], np.arange(4) / 10).round(6).tolist()
    [0.0, 0.1, 0.1, 0.0]
    """
    when, seen = np.asarray(times, dtype=np.float64), np.asarray(times)[np.asarray(valid, dtype=bool)]
    if not len(seen):
        return np.full(len(when), when[-1] - when[0])
    return np.asarray(np.abs(when[:, None] - seen).min(axis=1))


def _probability(logit: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(logit, -30, 30)))

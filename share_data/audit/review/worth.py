"""What filters are worth by what a person said: precision and recall with intervals, and thresholds for a precision."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from share_data.audit.whatif.deciding import KEPT, Decided, Rule, failing
from share_data.audit.whatif.table import Measurements
from share_data.camera import Floats
from share_data.ledger.judgements import Judgement
from share_data.records import Bools

Rows = NDArray[np.int64]
_Z = 1.959964
"""Of a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share with its 95 % interval; None where nothing speaks for it."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Worth:
    """A filter by its errors. reviewed: judged clips that it rejects, alone or with others.

    precision: of the clips that it rejects, how many are bad; recall: of the bad ones, how many it rejects.
    """

    filter: str
    reviewed: int
    precision: Share
    recall: Share


@dataclass(frozen=True, slots=True)
class Met:
    """The threshold that rejects most bad clips at a wanted precision, by the judged ones. None: no value does."""

    path: str
    now: float
    needed: float | None
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Review:
    """Worth of every filter, of all together (`all`), the share of good clips among the kept, and thresholds."""

    good: int
    bad: int
    unsure: int
    unknown: int
    worth: list[Worth]
    kept_good: Share
    thresholds: list[Met]


def review_of(
    table: Measurements, rules: Sequence[Rule], decided: Decided, said: Mapping[str, Judgement], precision: float
) -> Review:
    """Hold the filters against what was said.

    Args:
        table: of the corpus.
        rules: its filters.
        decided: what they made of it.
        said: by unit; each counts as many times as its weight.
        precision: that thresholds are to meet.
    """
    places = {unit: number for number, unit in enumerate(table.names(np.arange(len(table))))}
    clear = [each for each in said.values() if each.said in ("good", "bad") and each.unit in places]
    rows = np.array([places[each.unit] for each in clear], np.int64)
    bad = np.array([each.said == "bad" for each in clear], bool)
    weights = np.array([each.weight for each in clear], np.float64)
    beyond = {rule.kind: _any(table, rule)[rows] for rule in rules if rule.gates() is not None}
    rejected = decided.outcome[rows] != KEPT
    worth = [_worth(kind, found, bad, weights) for kind, found in (*beyond.items(), ("all", rejected))]
    return Review(
        good=int((~bad).sum()),
        bad=int(bad.sum()),
        unsure=sum(each.said == "unsure" for each in said.values()),
        unknown=sum(bool(each.said) and each.unit not in places for each in said.values()),
        worth=worth,
        kept_good=wilson(~bad[~rejected], weights[~rejected]),
        thresholds=list(_met(table, rules, rows, bad, weights, precision)),
    )


def wilson(hits: Bools, weights: Floats) -> Share:
    """The weighted share of hits, with Wilson's interval at the effective number of clips, (sum w)² / sum w² (Kish).

    >>> share = wilson(np.array([True] * 8 + [False] * 2), np.ones(10))
    >>> round(share.value, 2), round(share.low, 2), round(share.high, 2)
    (0.8, 0.49, 0.94)
    """
    total = float(weights.sum())
    if not total:
        return Share(None, 0.0, 1.0)
    share = float((weights * hits).sum()) / total
    count = total**2 / float((weights**2).sum())
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z * sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)) / (1 + _Z**2 / count)
    return Share(share, max(0.0, middle - half), min(1.0, middle + half))


def _worth(kind: str, beyond: Bools, bad: Bools, weights: Floats) -> Worth:
    precision, recall = wilson(bad[beyond], weights[beyond]), wilson(beyond[bad], weights[bad])
    return Worth(kind, int(beyond.sum()), precision, recall)


def _any(table: Measurements, rule: Rule) -> Bools:
    """(N,) whether the filter objects at all, whoever objected first."""
    found = np.zeros(len(table), dtype=bool)
    for _, beyond in failing(table, rule):
        found |= beyond
    return found


def _met(
    table: Measurements, rules: Sequence[Rule], rows: Rows, bad: Bools, weights: Floats, wanted: float
) -> Iterator[Met]:
    for rule in rules:
        for gate in rule.gates() or ():
            if gate.field:
                values = table.numbers(rule.column(gate.score))[rows]
                path = f"filters.{rule.kind}.{gate.field}"
                yield Met(path, gate.threshold, *_edge(values, gate.asked in ("<=", "<"), bad, weights, wanted))


def _edge(values: Floats, upper: bool, bad: Bools, weights: Floats, wanted: float) -> tuple[float | None, float, float]:
    """(threshold, precision, recall) that rejects most of what is bad at a precision; (None, 0, 0) where none does."""
    badness = np.where(np.isnan(values), -np.inf, values if upper else -values)
    order = np.argsort(-badness, kind="stable")  # The worst first: a threshold rejects so many of them.
    worst = badness[order]
    hits = np.cumsum((weights * bad)[order])
    precision = hits / np.cumsum(weights[order])
    parts = np.append(worst[1:] < worst[:-1], True)[: len(worst)]  # A threshold cannot part equal values.
    fitting = np.flatnonzero((precision >= wanted) & parts & np.isfinite(worst) & (hits > 0))
    if not len(fitting):
        return None, 0.0, 0.0
    place = int(fitting[np.argmax(hits[fitting])])
    # What is not rejected any more must pass: the threshold is its value, or just below the last that is rejected.
    passing = worst[place + 1] if place + 1 < len(worst) else -np.inf
    edge = float(passing) if np.isfinite(passing) else float(np.nextafter(worst[place], -np.inf))
    return (edge if upper else -edge), float(precision[place]), float(hits[place] / (weights * bad).sum())

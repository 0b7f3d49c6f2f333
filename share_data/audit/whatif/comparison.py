"""Two decisions over the same clips: how many and how long, by filter, reason, source and label, and who flips."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.audit.whatif.deciding import OUTCOMES, REJECTED, Decided, Rule
from share_data.audit.whatif.table import Measurements
from share_data.camera import Floats
from share_data.store.outside import parse_json

_NO_CAUSE: tuple[str, str, str, float | None, str, float | None] = ("", "", "", None, "", None)
MOST_VALUES = 40
"""Labels with more values than this tell clips apart; a table of them says nothing."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Clips and seconds by outcome. Seconds that are not known count as 0."""

    clips: dict[str, int]
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class Share:
    """One value of what clips are told apart by: of a filter and reason, a source, or a label."""

    by: str
    value: str
    before: Tally
    after: Tally


@dataclass(frozen=True, slots=True)
class Flip:
    """A clip that ends otherwise, and the gate that says so: the one it fails now, else the one it failed before."""

    unit: str
    video: str
    before: str
    after: str
    seconds: float | None
    filter: str
    reason: str
    score: str
    value: float | None
    asked: str
    threshold: float | None


def tally(outcome: NDArray[np.uint8], seconds: Floats) -> Tally:
    """Counts and sums of (N,) outcomes."""
    clips = np.bincount(outcome, minlength=len(OUTCOMES))
    sums = np.bincount(outcome, weights=seconds, minlength=len(OUTCOMES))
    return Tally(
        dict(zip(OUTCOMES, clips.tolist(), strict=True)),
        {name: round(total, 3) for name, total in zip(OUTCOMES, sums.tolist(), strict=True)},
    )


def seconds_of(table: Measurements) -> Floats:
    """(N,) seconds of each clip, 0 where they are not known."""
    return np.nan_to_num(table.numbers("seconds"))


def shares(table: Measurements, before: Decided, after: Decided) -> list[Share]:
    """The sums by source and by label, for every value that some clip has."""
    seconds = seconds_of(table)
    found = []
    for by, codes, values in _groupings(table):
        sides = [
            [_crossed(codes, len(values), decided.outcome, weights) for weights in (None, seconds)]
            for decided in (before, after)
        ]
        for number in np.flatnonzero(sides[0][0].sum(axis=1)).tolist():
            was, then = (_tally(clips[number], lengths[number]) for clips, lengths in sides)
            found.append(Share(by, values[number], was, then))
    return found


def reasons(table: Measurements, decided: Decided) -> list[tuple[str, str, int, float]]:
    """(filter, reason, clips, seconds) of what is rejected, most clips first."""
    rejected = decided.outcome == REJECTED
    count = len(decided.causes)
    clips = np.bincount(decided.cause[rejected], minlength=count)
    lengths = np.bincount(decided.cause[rejected], weights=seconds_of(table)[rejected], minlength=count)
    sums: dict[tuple[str, str], list[float]] = {}
    for (filter_, reason, _), number, length in zip(decided.causes, clips.tolist(), lengths.tolist(), strict=True):
        entry = sums.setdefault((filter_, reason), [0, 0.0])
        entry[0] += number
        entry[1] += length
    rows = [(*cause, int(number), round(length, 3)) for cause, (number, length) in sums.items() if number]
    return sorted(rows, key=lambda row: (-row[2], row[:2]))


def flips(table: Measurements, before: Decided, after: Decided, rules: tuple[list[Rule], list[Rule]]) -> list[Flip]:
    """The clips whose outcome changes, in the table's order. rules: before and after."""
    numbers = np.flatnonzero(before.outcome != after.outcome)
    facts = table.rows(numbers, ("unit", "video", "seconds"))
    columns = {rule.kind: rule for each in rules for rule in each}
    told = [_NO_CAUSE] * len(numbers)
    fails_now = after.cause[numbers] >= 0
    for decided, chosen in ((after, fails_now), (before, ~fails_now)):
        causes = np.where(chosen, decided.cause[numbers], -1)
        for cause in np.unique(causes[causes >= 0]).tolist():
            places = np.flatnonzero(causes == cause)
            for place, said in zip(
                places.tolist(), _said(table, columns, decided, cause, numbers[places]), strict=True
            ):
                told[place] = said
    outcomes = zip(before.outcome[numbers].tolist(), after.outcome[numbers].tolist(), strict=True)
    return [
        Flip(row["unit"], row["video"], OUTCOMES[was], OUTCOMES[then], row["seconds"], *said)
        for row, said, (was, then) in zip(facts, told, outcomes, strict=True)
    ]


def _said(
    table: Measurements, columns: Mapping[str, Rule], decided: Decided, cause: int, rows: NDArray[np.int64]
) -> Iterator[tuple[str, str, str, float | None, str, float | None]]:
    """Filter, reason, score, value, what is asked and threshold of rows that one cause rejects."""
    filter_, reason, gate = decided.causes[cause]
    rule = columns.get(filter_)
    if rule is None or gate is None:
        yield from ((filter_, reason, "", None, "", None) for _ in rows)
        return
    for value in table.numbers(rule.column(gate.score))[rows].tolist():
        yield filter_, reason, gate.score, value, gate.asked, gate.threshold


def _groupings(table: Measurements) -> list[tuple[str, NDArray[np.int32], list[str]]]:
    """(what, (N,) codes, values): sources, then labels by name; a clip without a label has the empty value."""
    sources = table.texts("source")
    found = [("source", sources.codes, list(sources.values))]
    labels = table.texts("labels_json")
    parsed = [_labels(text) for text in labels.values]
    for name in sorted({name for each in parsed for name in each}):
        values = sorted({each.get(name, "") for each in parsed})
        if len(values) <= MOST_VALUES:
            place = {value: number for number, value in enumerate(values)}
            codes = np.array([place[each.get(name, "")] for each in parsed], np.int32)
            found.append((f"label {name}", codes[labels.codes], values))
    return found


def _labels(text: str) -> Mapping[str, str]:
    try:
        found = parse_json(text)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _crossed(codes: NDArray[np.int32], count: int, outcome: NDArray[np.uint8], weights: Floats | None) -> Floats:
    """(count, outcomes) sums."""
    flat = np.bincount(codes * len(OUTCOMES) + outcome, weights=weights, minlength=count * len(OUTCOMES))
    return np.asarray(flat, np.float64).reshape(count, len(OUTCOMES))


def _tally(clips: Floats, seconds: Floats) -> Tally:
    return Tally(
        {name: int(number) for name, number in zip(OUTCOMES, clips, strict=True)},
        {name: round(float(total), 3) for name, total in zip(OUTCOMES, seconds, strict=True)},
    )

"""One threshold at a time: what a sweep of it keeps, and how far it has to go for a corpus of a wanted size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydantic import ValidationError

from share_data.audit.whatif.comparison import Tally, seconds_of, tally
from share_data.audit.whatif.deciding import KEPT, REJECTED, TO_MEASURE, Decided, Rule, decide, failing, standing_of
from share_data.audit.whatif.settings import threshold_of
from share_data.audit.whatif.table import Measurements
from share_data.camera import Floats
from share_data.errors import RecipeError
from share_data.filters.gates import Gate
from share_data.records import Bools
from share_data.text import plain_line

MOST_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """What one value of the swept threshold gives."""

    threshold: float
    result: Tally


@dataclass(frozen=True, slots=True)
class Reach:
    """How a size can be reached by one threshold alone.

    needed: the strictest value that reaches it, None where none does; clips, seconds: kept then or let in to be
    measured, or at most where needed is None.
    """

    path: str
    now: float
    needed: float | None
    clips: int
    seconds: float
    to_be_measured: int


def sweep(table: Measurements, rules: Sequence[Rule], text: str) -> list[Step]:
    """What `filters.KIND.FIELD=FIRST:LAST:STEPS` gives, step by step.

    Raises:
        RecipeError: it is not of that form, or names no threshold.
    """
    path, _, span = text.partition("=")
    rule, field = threshold_of(rules, path)
    try:
        first, last, count = span.split(":")
        values = np.linspace(float(first), float(last), int(count))
    except ValueError as error:
        raise RecipeError(f"--sweep {plain_line(text)}: write filters.KIND.FIELD=FIRST:LAST:STEPS.") from error
    if not (0 < len(values) <= MOST_STEPS and np.isfinite(values).all()):
        raise RecipeError(f"--sweep {plain_line(text)}: takes 1 to {MOST_STEPS} steps between two finite numbers.")
    seconds = seconds_of(table)
    steps = []
    for value in values.tolist():
        moved = [with_threshold(each, field, value) if each is rule else each for each in rules]
        steps.append(Step(value, tally(decide(table, moved).outcome, seconds)))
    return steps


def with_threshold(rule: Rule, field: str, value: float) -> Rule:
    """The rule with one threshold moved; `at_least.confidence` is a field of a section. Raises RecipeError."""
    data = rule.config.model_dump()
    *sections, last = field.split(".")
    place = data
    for section in sections:
        place[section] = dict(place[section])
        place = place[section]
    place[last] = value
    try:
        return replace(rule, config=type(rule.config).model_validate(data))
    except ValidationError as error:
        raise RecipeError(f"filters.{rule.kind}.{field}: cannot be {value:g} ({error.errors()[0]['msg']}).") from error


def reaches(table: Measurements, rules: Sequence[Rule], clips: float = 0, seconds: float = 0) -> list[Reach]:
    """For every threshold alone: the strictest value under which so many clips, or so many seconds, get through.

    Args:
        table: of the corpus.
        rules: the filters.
        clips: wanted, counting those to be measured.
        seconds: wanted, where no number of clips is.
    """
    decided = decide(table, rules)
    weights = np.ones(len(table)) if clips else seconds_of(table)
    wanted = clips or seconds
    good = standing_of(table, rules).good
    fails = {each: beyond & ~good for each, beyond in _failed_gates(table, rules).items()}
    reachable = _reachable(table, decided)
    found = []
    for rule, field, gates in _thresholds(rules):
        others = sum(
            (fails[other] for other in fails if other not in {(rule.kind, gate) for gate in gates}), start=_none(table)
        )
        values = np.where(good, np.nan, table.numbers(rule.column(gates[0].score)))
        found.append(_reach(table, rule, field, (gates[0], values), reachable & (others == 0), weights, wanted))
    return found


def _thresholds(rules: Sequence[Rule]) -> Iterator[tuple[Rule, str, list[Gate]]]:
    """Every threshold that can be set, with the gates that it moves."""
    for rule in rules:
        fields = dict.fromkeys(gate.field for gate in rule.gates() or () if gate.field)
        for field in fields:
            yield rule, field, [gate for gate in rule.gates() or () if gate.field == field]


def _failed_gates(table: Measurements, rules: Sequence[Rule]) -> dict[tuple[str, Gate], Bools]:
    return {(rule.kind, gate): beyond for rule in rules for gate, beyond in failing(table, rule)}


def _reachable(table: Measurements, decided: Decided) -> Bools:
    """Clips that some thresholds let through: not those without scores, nor those that no filter with gates rejects."""
    open_ = (decided.outcome == KEPT) | (decided.outcome == TO_MEASURE)
    gated = [number for number, (_, _, gate) in enumerate(decided.causes) if gate is not None]
    return np.asarray(open_ | ((decided.outcome == REJECTED) & np.isin(decided.cause, gated)))


def _none(table: Measurements) -> Floats:
    return np.zeros(len(table))


def _reach(
    table: Measurements,
    rule: Rule,
    field: str,
    gated: tuple[Gate, Floats],
    eligible: Bools,
    weights: Floats,
    wanted: float,
) -> Reach:
    gate, values = gated[0], gated[1][eligible]
    shares, reconstructed = weights[eligible], table.flags("reconstructed")[eligible]
    lengths = seconds_of(table)[eligible]
    upper = gate.asked in ("<=", "<")
    # What was not measured passes anyhow: it comes first, then the easiest to let in.
    ease = np.where(np.isnan(values), -np.inf, values if upper else -values)
    order = np.argsort(ease, kind="stable")
    reached = np.flatnonzero(np.cumsum(shares[order]) >= wanted)
    needed: float | None = None
    through = np.ones(len(values), dtype=bool)
    if len(reached) and np.isfinite(ease[order[reached[0]]]):
        last = float(values[order[reached[0]]])
        beyond = last if gate.asked in ("<=", ">=") else float(np.nextafter(last, np.inf if upper else -np.inf))
        needed = _settable(rule, field, beyond)
        through = ease <= ease[order[reached[0]]]
    count, total = int(through.sum()), round(float(lengths[through].sum()), 3)
    return Reach(
        f"filters.{rule.kind}.{field}", gate.threshold, needed, count, total, int((through & ~reconstructed).sum())
    )


def _settable(rule: Rule, field: str, value: float) -> float | None:
    """The value, if the filter's configuration takes it."""
    try:
        with_threshold(rule, field, value)
    except RecipeError:
        return None
    return value

"""The decision of a build over a whole table: what thresholds make of a million clips, a column at a time."""

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.audit.whatif.duplicates import superseded
from share_data.audit.whatif.table import Measurements
from share_data.filters.base import measures
from share_data.filters.duplicates import DUPLICATE, DUPLICATES
from share_data.filters.gates import Gate, Gated
from share_data.ledger.clip_entry import RECONSTRUCTION, column
from share_data.ledger.judgements import REVIEW, REVIEWED
from share_data.records import Bools, Measurement

KEPT, REJECTED, TO_MEASURE, FAILED = range(4)
OUTCOMES = ("kept", "rejected", "to be measured", "failed")
"""To be measured: let in, but not reconstructed yet, so that nobody knows what its reconstruction will be worth."""
# What a gate does not let through; a score that was not measured is NaN, and never beyond anything.
_BEYOND = {"<=": operator.gt, ">=": operator.lt, "<": operator.ge, ">": operator.le}


@dataclass(frozen=True, slots=True)
class Rule:
    """A filter of a recipe. before: whether it decides before the reconstruction, on clips; config: its thresholds."""

    kind: str
    filter: Any
    config: Any

    @property
    def before(self) -> bool:
        """Whether it looks at clips; otherwise at what came out."""
        return measures(self.filter)

    def gates(self) -> tuple[Gate, ...] | None:
        """None for a filter that declares none: it is asked row by row."""
        return self.filter.gates(self.config) if isinstance(self.filter, Gated) else None

    def column(self, score: str) -> str:
        """Where a score lies that it asks about."""
        return column(self.kind if self.before else RECONSTRUCTION, score)


@dataclass(frozen=True, slots=True)
class Standing:
    """What no threshold changes of N clips, each (N,) bool.

    unmeasured: it ended before any filter had looked; reconstructed: there are scores of what came out; lost: the
    reconstruction failed; pending: a filter is asked that has not looked at it yet; good, bad: a person said so.
    """

    unmeasured: Bools
    reconstructed: Bools
    lost: Bools
    pending: Bools
    good: Bools
    bad: Bools


@dataclass(slots=True)
class Decided:
    """What becomes of N clips.

    outcome: (N,) uint8, place in `OUTCOMES`; cause: (N,) int32, place in `causes` of the first objection, -1 where
    there is none; causes: (filter, reason, the gate or None).
    """

    outcome: NDArray[np.uint8]
    cause: NDArray[np.int32]
    causes: list[tuple[str, str, Gate | None]] = field(default_factory=list)

    def number(self, filter_: str, reason: str, gate: Gate | None) -> int:
        """Place of a cause, new or known."""
        cause = filter_, reason, gate
        if cause not in self.causes:
            self.causes.append(cause)
        return self.causes.index(cause)


def decide(table: Measurements, rules: Sequence[Rule]) -> Decided:
    """What the build would make of every clip under these rules.

    Args:
        table: of the corpus.
        rules: the recipe's filters, in its order.
    """
    standing = standing_of(table, rules)
    judged = ~standing.unmeasured
    decided = Decided(np.full(len(table), KEPT, np.uint8), np.full(len(table), -1, np.int32))
    groups = table.groups()
    decided.cause[standing.bad] = decided.number(REVIEW, REVIEWED, None)
    for rule in rules:
        if rule.before and rule.kind in groups:
            _object(table, rule, judged & ~standing.good, decided)
    passed = (decided.cause < 0) & judged
    for rule in rules:
        if not rule.before:
            _object(table, rule, passed & standing.reconstructed & ~standing.good, decided)
    decided.outcome[decided.cause >= 0] = REJECTED
    lost = passed & standing.lost
    decided.outcome[lost] = FAILED
    decided.outcome[passed & ~lost & (~standing.reconstructed | standing.pending)] = TO_MEASURE
    if any(rule.kind == DUPLICATES for rule in rules):
        _drop_duplicates(table, decided)
    return _with_stored(table, decided, standing.unmeasured)


def standing_of(table: Measurements, rules: Sequence[Rule]) -> Standing:
    """How far each clip has come, as far as the rules ask for it."""
    status, stage = table.texts("status"), table.texts("stage")
    unmeasured = stage.where("mine") | (status.where("failed") & stage.where("measure"))
    groups = table.groups()
    new = any(rule.before and rule.kind not in groups for rule in rules)
    lost = status.where("failed") & stage.where("reconstruct")
    good, bad = (said & ~unmeasured for said in table.said())
    return Standing(unmeasured, table.flags("reconstructed"), lost, ~unmeasured & new, good, bad)


def _with_stored(table: Measurements, decided: Decided, unmeasured: Bools) -> Decided:
    """Clips that no threshold can reach end as they are told to have ended."""
    failed = table.texts("status").where("failed")
    decided.outcome[unmeasured & failed] = FAILED
    decided.outcome[unmeasured & ~failed] = REJECTED
    reasons = table.texts("reason")
    for code in np.unique(reasons.codes[unmeasured & ~failed]):
        cause = decided.number("mine", reasons.values[code], None)
        decided.cause[unmeasured & ~failed & (reasons.codes == code)] = cause
    return decided


def _drop_duplicates(table: Measurements, decided: Decided) -> None:
    """Of clips that show the same footage the best one stays, once all of them are known."""
    gone, open_ = superseded(table, decided.outcome == KEPT, decided.outcome == TO_MEASURE)
    if len(gone):
        decided.outcome[gone] = REJECTED
        decided.cause[gone] = decided.number(DUPLICATES, DUPLICATE, None)
    decided.outcome[open_] = TO_MEASURE


def _object(table: Measurements, rule: Rule, judged: Bools, decided: Decided) -> None:
    """Note who this rule objects to, of those that are judged and that nobody has objected to yet."""
    for gate, beyond in failing(table, rule):
        new = beyond & judged & (decided.cause < 0)
        if new.any():
            decided.cause[new] = decided.number(rule.kind, gate.reason, gate)
    if rule.gates() is None and rule.kind != DUPLICATES:
        for row, reason in _asked(table, rule, np.flatnonzero(judged & (decided.cause < 0))):
            decided.cause[row] = decided.number(rule.kind, reason, None)


def failing(table: Measurements, rule: Rule) -> Iterator[tuple[Gate, Bools]]:
    """Each gate of a rule with the (N,) rows that are beyond it; nothing for a filter without gates."""
    for gate in rule.gates() or ():
        yield gate, np.asarray(_BEYOND[gate.asked](table.numbers(rule.column(gate.score)), gate.threshold))


def objected(table: Measurements, rule: Rule) -> Bools:
    """(N,) bool: the clips that a filter without gates rejects, of those that it could look at."""
    standing = standing_of(table, [rule])
    seen = ~standing.unmeasured & ~standing.pending if rule.before else standing.reconstructed
    found = np.zeros(len(table), dtype=bool)
    for row, _ in _asked(table, rule, np.flatnonzero(seen)):
        found[row] = True
    return found


def _asked(table: Measurements, rule: Rule, rows: NDArray[np.intp]) -> Iterator[tuple[int, str]]:
    """Rows that a filter without gates rejects, and why, asked one by one."""
    group = rule.kind if rule.before else RECONSTRUCTION
    names = table.groups().get(group, ())
    columns = [table.numbers(column(group, name)) for name in names]
    for row in rows.tolist():
        values = {name: float(cells[row]) for name, cells in zip(names, columns, strict=True)}
        scores = {name: value for name, value in values.items() if value == value}
        verdict = rule.filter.decide(Measurement(rule.kind, rule.filter.version, scores), rule.config)
        if not verdict.kept:
            yield row, verdict.reason

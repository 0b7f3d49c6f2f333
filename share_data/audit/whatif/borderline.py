"""The clips that nearly ended otherwise: each as far from its deciding threshold as the score's own spread tells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.audit.whatif.deciding import KEPT, OUTCOMES, REJECTED, TO_MEASURE, Decided, Rule
from share_data.audit.whatif.table import Measurements
from share_data.camera import Floats
from share_data.filters.gates import Gate


@dataclass(frozen=True, slots=True)
class Near:
    """A clip near a threshold. distance: from it, in spreads of the score (from its 5th to its 95th percentile)."""

    unit: str
    video: str
    outcome: str
    filter: str
    score: str
    value: float
    asked: str
    threshold: float
    distance: float


def borderline(table: Measurements, rules: Sequence[Rule], decided: Decided, count: int) -> list[Near]:
    """The clips that the smallest change of thresholds would let through or turn away, nearest first.

    Of a clip that is let through the nearest gate counts, of one that is rejected the farthest: all must be passed.
    """
    gates, margin, decisive = _margins(table, rules)
    rows = _nearest(table, decided, margin, decisive, count)
    found = []
    for row, facts in zip(rows.tolist(), table.rows(rows, ("unit", "video")), strict=True):
        rule, gate = gates[decisive[row]]
        value = float(table.numbers(rule.column(gate.score))[row])
        told = {"filter": rule.kind, "score": gate.score, "value": value, "asked": gate.asked}
        outcome = OUTCOMES[decided.outcome[row]]
        found.append(Near(outcome=outcome, threshold=gate.threshold, distance=float(margin[row]), **told, **facts))
    return found


def nearest_rows(table: Measurements, rules: Sequence[Rule], decided: Decided, count: int) -> NDArray[np.int64]:
    """(M,) rows of the clips of `borderline`, nearest first."""
    _, margin, decisive = _margins(table, rules)
    return _nearest(table, decided, margin, decisive, count)


def _margins(table: Measurements, rules: Sequence[Rule]) -> tuple[list[tuple[Rule, Gate]], Floats, NDArray[np.int32]]:
    """All gates; of each clip the least margin, and the place of the gate that has it, -1 for none."""
    gates = [(rule, gate) for rule in rules for gate in rule.gates() or ()]
    margin = np.full(len(table), np.inf)
    decisive = np.full(len(table), -1, np.int32)
    for number, (rule, gate) in enumerate(gates):
        distance = _margin(table.numbers(rule.column(gate.score)), gate)
        nearer = distance < margin  # NaN is nearer to nothing.
        margin[nearer], decisive[nearer] = distance[nearer], number
    return gates, margin, decisive


def _nearest(
    table: Measurements, decided: Decided, margin: Floats, decisive: NDArray[np.int32], count: int
) -> NDArray[np.int64]:
    good, bad = table.said()  # No threshold is near what a person has decided.
    judged = np.isin(decided.outcome, (KEPT, TO_MEASURE, REJECTED)) & (decisive >= 0) & ~good & ~bad
    judged &= (decided.outcome == REJECTED) == (margin < 0)
    rows = np.flatnonzero(judged)
    return np.asarray(rows[np.lexsort((rows, np.abs(margin[rows])))][:count], np.int64)


def _margin(values: Floats, gate: Gate) -> Floats:
    """(N,) how far inside the gate, in spreads; negative beyond it, NaN where nothing was measured."""
    known = values[~np.isnan(values)]
    spread = float(np.subtract(*np.percentile(known, (95, 5)))) if len(known) else 0.0
    inside = gate.threshold - values if gate.asked in ("<=", "<") else values - gate.threshold
    if not (inside > 0).any():  # What asks for the best there is, such as nothing at all, is not near for having it.
        inside = np.where(inside == 0, np.inf, inside)
    return np.asarray(inside / (spread or abs(gate.threshold) or 1.0))

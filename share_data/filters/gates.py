"""What a filter declares of its scores and thresholds, so that its decision can be explained, and replayed in bulk."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from share_data.filters.verdict import Objection, Verdict
from share_data.records import Measurement

Asked = Literal["<=", ">=", "<", ">"]
COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
"""For numbers and for arrays of them."""


@dataclass(frozen=True, slots=True)
class Score:
    """One number that a filter stores. better: which way is better, `neither` for what only describes."""

    name: str
    unit: str
    better: Literal["lower", "higher", "neither"] = "neither"
    about: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """What one score must be: `score` `asked` `threshold`, or the clip is rejected for `reason`.

    field: of the filter's configuration, that holds the threshold; empty for one that cannot be set.
    """

    score: str
    asked: Asked
    threshold: float
    reason: str
    field: str = ""

    def passes(self, value: float) -> bool:
        """Whether a measured value is what is asked for."""
        return bool(COMPARE[self.asked](value, self.threshold))


@runtime_checkable
class Gated(Protocol):
    """A filter whose whole decision is a list of gates: a clip is kept if no measured score fails one.

    Attributes:
        scores: what is measured.
    """

    kind: ClassVar[str]
    scores: ClassVar[tuple[Score, ...]]

    def gates(self, config: Any) -> tuple[Gate, ...]:
        """The gates under these thresholds; the first that a clip fails gives the reason that is counted.

        Args:
            config: the filter's `Config`.
        """
        ...


def judge(measurement: Measurement, gates: Sequence[Gate]) -> Verdict:
    """The verdict of a filter that is nothing but its gates.

    >>> gates = [Gate("company", "<=", 0.1, "multiple_people"), Gate("presence", ">=", 0.9, "person_leaves")]
    >>> judge(Measurement("single_person", 1, {"company": 0.4}), gates).reason
    'multiple_people'

    Args:
        measurement: the clip's scores.
        gates: as `Gated.gates` gives them.

    Returns:
        With every gate that objects, and every score that is asked about and was not measured.
    """
    scores = measurement.scores
    failed = [gate for gate in gates if gate.score in scores and not gate.passes(scores[gate.score])]
    lacking = dict.fromkeys(gate.score for gate in gates if gate.score not in scores)
    against = tuple(
        Objection(measurement.filter, gate.reason, gate.score, scores[gate.score], gate.asked, gate.threshold)
        for gate in failed
    )
    reason = against[0].reason if against else ""
    return Verdict(measurement.filter, not against, reason, against, tuple(lacking))

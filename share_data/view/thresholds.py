"""The scores of a record beside what the corpus' filters ask of them."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from share_data.corpus.scores import SCORES
from share_data.errors import ShareDataError

if TYPE_CHECKING:
    from share_data.audit.whatif.deciding import Rule
    from share_data.audit.whatif.table import Measurements

_UNITS = {score.name: score.unit for score in SCORES}
_ORDER = {score.name: number for number, score in enumerate(SCORES)}


@dataclass(frozen=True, slots=True)
class Line:
    """A score. value: None where it was not measured; asked: such as `>= 0.5`, empty for nothing; passes: it is so."""

    name: str
    value: float | None
    unit: str
    asked: str = ""
    passes: bool = True


class Thresholds:
    """What the filters of a corpus ask, and what they measured. Nothing is an error: without it there is less to see.

    The filters, and all that they import, are loaded when the first lines are asked for: after the first picture.

    Args:
        place: of the corpus.

    Attributes:
        missing: why there is less to see, once lines were asked for; empty where nothing is missing.
    """

    def __init__(self, place: Path | str) -> None:
        self._place, self._lock = place, threading.Lock()
        self._open = ExitStack()
        self.missing = ""
        self._rules: list[Rule] | None = None
        self._table: Measurements | None = None

    def close(self) -> None:
        """Let go of the tables."""
        self._open.close()

    def lines(self, metadata: Mapping[str, Any]) -> list[Line]:
        """The confidence, the gates in the order in which they object, then the scores that nothing is asked of.

        Args:
            metadata: of a record.
        """
        with self._lock:
            rules = self._load() if self._rules is None else self._rules
            gated = list(self._gated(rules, metadata))
        done = {line.name for line in gated}
        scores = sorted(metadata["scores"].items(), key=lambda score: (_ORDER.get(score[0], len(_ORDER)), score[0]))
        found = gated + [Line(name, value, _UNITS.get(name, "")) for name, value in scores if name not in done]
        return sorted(found, key=lambda line: line.name != "confidence")

    def _load(self) -> "list[Rule]":
        from share_data.audit.whatif.settings import rules_of, sections_of
        from share_data.audit.whatif.table import measurements_of
        from share_data.corpus.opening import open_storage
        from share_data.corpus.recipe_file import recipe_of

        self._rules = []
        try:
            self._rules = rules_of(sections_of(recipe_of(open_storage(self._place))), "recipe.json")
            self._table = self._open.enter_context(measurements_of(self._place))
        except ShareDataError as error:
            self.missing = str(error)
        return self._rules

    def _gated(self, rules: "list[Rule]", metadata: Mapping[str, Any]) -> Iterator[Line]:
        row = self._measured(metadata["key"])
        for rule in rules:
            for gate in rule.gates() or ():
                value = row.get(rule.column(gate.score)) if rule.before else metadata["scores"].get(gate.score)
                name = f"{rule.kind}.{gate.score}" if rule.before else gate.score
                passes = value is None or gate.passes(value)
                yield Line(name, value, _unit(rule, gate.score), f"{gate.asked} {gate.threshold:g}", passes)

    def _measured(self, key: str) -> Mapping[str, Any]:
        try:
            return (self._table.row(key) if self._table is not None else None) or {}
        except (OSError, ValueError) as error:  # pyarrow's own errors are among these.
            self.missing = f"the measurements cannot be read ({error})"
            return {}


def _unit(rule: "Rule", score: str) -> str:
    return next((each.unit for each in rule.filter.scores if each.name == score), _UNITS.get(score, ""))

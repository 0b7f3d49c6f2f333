"""The decision over a table is the engine's, clip by clip, whatever the scores and the thresholds."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import audited
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data import registry
from share_data.audit.whatif.deciding import FAILED, KEPT, OUTCOMES, REJECTED, TO_MEASURE, Decided, decide
from share_data.audit.whatif.settings import rules_of, sections_of
from share_data.audit.whatif.table import Measurements
from share_data.build.stages.judging import Judging
from share_data.ledger.clip_entry import RECONSTRUCTION, ClipEntry

FILTERS = {kind: registry.load("filters", kind) for kind in audited.KINDS}
GROUPS = {kind: RECONSTRUCTION if kind == "reconstruction_quality" else kind for kind in audited.KINDS}
NUMBERS = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0, 2.0, 3.0, 60.0])


def sections() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Some of the filters, in any order, with some thresholds of their own."""

    def section(kind: str) -> st.SearchStrategy[dict[str, Any]]:
        fields = [gate.field for gate in FILTERS[kind]().gates(FILTERS[kind].Config()) if gate.field]
        values = st.sampled_from([0.1, 0.25, 0.5, 0.9, 1.0])
        return st.dictionaries(st.sampled_from(fields), values, max_size=3).map(lambda chosen: {"kind": kind, **chosen})

    every = st.tuples(*(section(kind) for kind in audited.KINDS))
    return st.tuples(every, st.permutations(range(len(audited.KINDS))), st.integers(1, 4)).map(
        lambda drawn: [drawn[0][number] for number in drawn[1][: drawn[2]]]
    )


def clips() -> st.SearchStrategy[list[dict[str, dict[str, float]]]]:
    """Scores of a few clips by filter; any of them may not have been measured."""
    groups = {
        GROUPS[kind]: st.dictionaries(st.sampled_from([score.name for score in FILTERS[kind].scores]), NUMBERS)
        for kind in audited.KINDS
    }
    return st.lists(st.fixed_dictionaries(groups), min_size=1, max_size=6)


def words() -> st.SearchStrategy[dict[str, str]]:
    """What a person said of some of the clips."""
    return st.dictionaries(st.sampled_from([f"c{k:06d}" for k in range(6)]), st.sampled_from(["good", "bad"]))


def decided_by_engine(entry: ClipEntry, judging: Judging) -> tuple[str, str, str]:
    """(outcome, filter, reason) as the scheduler decides: the filters, and the graders where there is a result."""
    against = judging.against(entry.unit, judging.of_clip(entry.scores))
    reconstructed = RECONSTRUCTION in entry.scores
    if against is None and reconstructed:
        against = judging.against(entry.unit, judging.of_reconstruction(entry.scores[RECONSTRUCTION]))
    if against is not None:
        return "rejected", against.filter, against.reason
    return ("kept" if reconstructed else "to be measured"), "", ""


def decided_at_once(decided: Decided, row: int) -> tuple[str, str, str]:
    cause = decided.causes[decided.cause[row]][:2] if decided.cause[row] >= 0 else ("", "")
    return (OUTCOMES[decided.outcome[row]], *cause)


@settings(max_examples=60, deadline=None)
@given(clips(), sections(), sections(), words(), words())
def test_the_table_and_the_engine_decide_alike(
    scores: list[dict[str, dict[str, float]]],
    built: list[dict[str, Any]],
    asked: list[dict[str, Any]],
    said: dict[str, str],
    says: dict[str, str],
) -> None:
    every = {section["kind"]: section for section in ({"kind": kind} for kind in audited.KINDS)} | {
        section["kind"]: section for section in built
    }
    recipe, other = audited.recipe_with([*every.values()], said), audited.recipe_with(asked, says)
    entries = [audited.judged(number, Judging(recipe), each) for number, each in enumerate(scores)]
    with TemporaryDirectory() as folder:
        table = audited.table_of(Path(folder), entries, recipe)
        for each in (recipe, other):
            judging = Judging(each)
            missing = {filter_.kind for filter_ in judging.filters} - table.groups().keys()
            judged = table if each is recipe else table.reviewed(each.review)
            decided = decide(judged, rules_of(sections_of(each.resolved()), "test"))
            for row, entry in enumerate(entries):
                if not missing:
                    assert decided_at_once(decided, row) == decided_by_engine(entry, judging)
        table.close()


class Loud:
    """A filter of somebody else's that declares nothing."""

    kind, version = "loud", 1

    class Config:
        pass

    def measure(self, observation: Any) -> Any:
        raise AssertionError("nothing is measured by an audit")

    def decide(self, measurement: Any, config: Any) -> Any:
        from share_data.filters.verdict import Verdict

        loud = measurement.scores.get("decibels", 0.0) > 80
        return Verdict("loud", not loud, "too_loud" if loud else "")


def table_with(tmp_path: Path, *entries: ClipEntry) -> Measurements:
    return audited.table_of(tmp_path, entries, audited.recipe_with([{"kind": "single_person"}]))


def clip(number: int, status: Any = "kept", scores: Mapping[str, Any] | None = None, **facts: Any) -> ClipEntry:
    return ClipEntry("clip", f"c{number}", "mine/v", status, source="mine", seconds=1.0, scores=scores or {}, **facts)


def test_a_filter_without_gates_is_asked_row_by_row(tmp_path: Path) -> None:
    from share_data.audit.whatif.deciding import Rule

    scores = [{"loud": {"decibels": decibels}, RECONSTRUCTION: {}} for decibels in (70.0, 90.0)]
    table = table_with(tmp_path, *(clip(number, scores=each) for number, each in enumerate(scores)))
    decided = decide(table, [Rule("loud", Loud(), None)])
    assert [decided_at_once(decided, row) for row in (0, 1)] == [("kept", "", ""), ("rejected", "loud", "too_loud")]


def test_what_no_threshold_reaches_stays_as_it_was(tmp_path: Path) -> None:
    whole = {"single_person": {"presence": 1.0, "company_s": 0.0}}
    table = table_with(
        tmp_path,
        clip(0, "rejected", stage="mine", reason="too_short"),
        clip(1, "failed", stage="measure", error_class="VideoError"),
        clip(2, "failed", whole, stage="reconstruct", error_class="EstimationError"),
        clip(3, "kept", {**whole, RECONSTRUCTION: {}}),
    )
    decided = decide(table, rules_of([{"kind": "single_person"}], "test"))
    assert decided.outcome.tolist() == [REJECTED, FAILED, FAILED, KEPT]
    assert decided_at_once(decided, 0) == ("rejected", "mine", "too_short")


@pytest.mark.parametrize(("company", "outcome"), [(0.0, TO_MEASURE), (1.0, REJECTED)])
def test_a_filter_that_never_looked_leaves_what_the_others_let_through_to_be_measured(
    tmp_path: Path, company: float, outcome: int
) -> None:
    scores = {"single_person": {"presence": 1.0, "company_s": company}, RECONSTRUCTION: {}}
    table = table_with(tmp_path, clip(0, scores=scores))
    decided = decide(table, rules_of([{"kind": "static_camera"}, {"kind": "single_person"}], "test"))
    assert decided.outcome.tolist() == [outcome]

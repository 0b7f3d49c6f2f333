"""Gates: what a filter declares of its thresholds is its whole decision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from share_data import registry
from share_data.filters.base import measures
from share_data.filters.gates import COMPARE, Gate, Gated, judge
from share_data.filters.verdict import Objection, Verdict
from share_data.records import Measurement

SHIPPED = [kind for kind in registry.kinds("filters") if registry.load("filters", kind).__module__.startswith("share_")]
GATES = (Gate("company", "<=", 0.1, "multiple_people", "max_company"), Gate("presence", ">=", 0.9, "person_leaves"))


def measured(**scores: float) -> Measurement:
    return Measurement("single_person", 1, scores)


def test_every_gate_that_objects_is_told_with_value_and_threshold_and_the_first_gives_the_reason() -> None:
    verdict = judge(measured(company=0.4, presence=0.5), GATES)
    assert (verdict.kept, verdict.reason) == (False, "multiple_people")
    assert verdict.against == (
        Objection("single_person", "multiple_people", "company", 0.4, "<=", 0.1),
        Objection("single_person", "person_leaves", "presence", 0.5, ">=", 0.9),
    )


def test_what_was_not_measured_objects_to_nothing_and_is_told_apart_from_what_passed() -> None:
    verdict = judge(measured(presence=0.95), GATES)
    assert verdict.kept and verdict.unmeasured == ("company",)
    assert judge(measured(presence=0.95, company=0.0), GATES).unmeasured == ()


def test_a_filter_without_gates_objects_without_numbers() -> None:
    assert Verdict("bright_enough", False, "too_dark").against == (Objection("bright_enough", "too_dark"),)
    assert Verdict("bright_enough", True).against == ()


@given(st.sampled_from(sorted(COMPARE)), st.floats(-1, 1), st.floats(-1, 1))
def test_a_gate_passes_what_it_asks_for(asked: str, value: float, threshold: float) -> None:
    expected = {"<=": value <= threshold, ">=": value >= threshold, "<": value < threshold, ">": value > threshold}
    assert Gate("x", asked, threshold, "no").passes(value) == expected[asked]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", SHIPPED)
def test_a_shipped_filter_declares_its_scores_and_its_thresholds(kind: str) -> None:
    plugin = registry.load("filters", kind)
    filter_, config = plugin(), plugin.Config()
    if not isinstance(filter_, Gated):
        assert set(plugin.Config.model_fields) == {"kind"}, "what has no gates has no thresholds"
        return
    gates = filter_.gates(config)
    if measures(filter_):
        assert {gate.score for gate in gates} <= {score.name for score in filter_.scores}
    for gate in gates:
        assert not gate.field or getattr(config, gate.field) == gate.threshold, "the field holds the threshold"
    assert all(score.unit for score in filter_.scores)

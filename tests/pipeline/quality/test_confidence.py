"""The confidence: bounded, monotone in every score, blind to what is missing, below one half if a gate fails."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.pipeline.quality.confidence import ANCHORS, confidence

quick = settings(max_examples=50, deadline=None)
GOOD = {anchor.score: anchor.good for anchor in ANCHORS}
BY_NAME = {anchor.score: anchor for anchor in ANCHORS}
names = st.sampled_from(sorted(GOOD))
aspects = {anchor.aspect for anchor in ANCHORS}


def between(anchor):
    """Values from far better than good to far worse than the gate."""
    return st.floats(-3, 10).map(lambda step: anchor.good + step * (anchor.gate - anchor.good))


any_scores = st.fixed_dictionaries({}, optional={anchor.score: between(anchor) for anchor in ANCHORS})


def test_good_values_make_99_hundredths_an_aspect_and_gates_one_half():
    assert confidence(GOOD) == pytest.approx(0.99 ** len(aspects))
    assert confidence({"mask_iou": 0.7}) == pytest.approx(0.5)
    assert confidence({"mask_iou": 0.7, "jitter_10m_s3": 20.0}) == pytest.approx(0.25)


def test_scores_of_one_fault_count_once_by_the_worse():
    assert confidence({"keyframe_jump": 5.0, "jitter_10m_s3": 20.0}) == pytest.approx(0.5)
    assert confidence({"keyframe_jump": 5.0, "jitter_10m_s3": 0.0}) == pytest.approx(0.5)


def test_without_scores_nothing_speaks_against_the_clip():
    assert confidence({}) == 1
    assert confidence({"scene_points": 3.0}) == 1


@quick
@given(any_scores, names, st.data())
def test_no_score_gets_worse_while_the_confidence_rises(scores, name, data):
    better, worse = data.draw(st.tuples(between(BY_NAME[name]), between(BY_NAME[name])))
    if (better - worse) * (BY_NAME[name].good - BY_NAME[name].gate) < 0:
        better, worse = worse, better
    assert confidence({**scores, name: worse}) <= confidence({**scores, name: better})


@quick
@given(names, st.floats(-1, 3), st.floats(0.01, 1))
def test_every_score_tells_alone(name, start, step):
    anchor = BY_NAME[name]
    span = anchor.gate - anchor.good
    better, worse = anchor.good + start * span, anchor.good + (start + step) * span
    assert confidence({name: worse}) < confidence({name: better})


@quick
@given(any_scores, names)
def test_a_missing_score_is_neutral(scores, name):
    rest = {key: value for key, value in scores.items() if key != name}
    assert confidence(scores) <= confidence(rest)
    # As good as can be is as good as unknown.
    perfect = BY_NAME[name].good + 100 * (BY_NAME[name].good - BY_NAME[name].gate)
    assert confidence({**rest, name: perfect}) == confidence(rest)


@quick
@given(any_scores)
def test_it_is_a_share_and_one_half_means_every_gate_is_passed(scores):
    found = confidence(scores)
    assert 0 <= found <= 1
    if found > 0.5:
        for name, value in scores.items():
            anchor = BY_NAME[name]
            assert (anchor.gate - value) * (anchor.gate - anchor.good) > 0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_none_are_refused_by_name(value):
    with pytest.raises(ValueError, match="mask_iou"):
        confidence({"mask_iou": value})

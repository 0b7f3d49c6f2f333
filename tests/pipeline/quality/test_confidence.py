"""The confidence: a probability, monotone in every score, for which what was not measured is never good."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.corpus.scores import SCORES
from share_data.pipeline.quality.confidence import (
    Curves,
    Term,
    confidence,
    curves,
    frame_confidence,
    seconds_to_seen,
    table,
)

quick = settings(max_examples=50, deadline=None)
TERMS = {term.score: term for term in curves("clip").terms}
BETTER = {score.name: score.better for score in SCORES}
SIGN = {name: 1 if BETTER[name] == "higher" else -1 for name in TERMS}  # of what only describes, less is better
names = st.sampled_from(sorted(TERMS))


def about(name):
    """Values from beyond the one end of a curve to beyond the other."""
    low, high = TERMS[name].at[0], TERMS[name].at[-1]
    return st.floats(0, 1).map(lambda share: low + (1.2 * share - 0.1) * (high - low))


any_scores = st.fixed_dictionaries({}, optional={name: about(name) for name in TERMS})


def best(name):
    return TERMS[name].at[-1 if SIGN[name] > 0 else 0]


def test_the_table_names_known_scores_and_what_it_was_fitted_and_judged_on():
    assert set(TERMS) <= set(BETTER)
    assert table()["bounds"] == {"root_m": 0.3, "up_deg": 8.0, "pa_mpjpe_mm": 90.0, "turn_deg": 45.0}
    fitted, judged = table()["fitted_on"], table()["judged_on"]
    assert set(fitted) == set(judged) == {"simulated", "embedded"}
    assert all(fitted[setup]["seed"] != judged[setup]["seed"] for setup in fitted)
    assert "confidence.py" in table()["command"]


def test_a_clip_with_nothing_but_good_scores_is_trusted_and_one_with_bad_ones_is_not():
    good = {name: best(name) for name in TERMS}
    bad = {name: TERMS[name].at[0 if SIGN[name] > 0 else -1] for name in TERMS}
    assert confidence(good) > 0.8
    assert confidence(bad) < 0.05


@quick
@given(any_scores, names, st.data())
def test_no_score_gets_worse_while_the_confidence_rises(scores, name, data):
    better, worse = sorted(data.draw(st.tuples(about(name), about(name))), reverse=SIGN[name] > 0)
    assert confidence({**scores, name: worse}) <= confidence({**scores, name: better})


@quick
@given(any_scores, names)
def test_what_was_not_measured_is_never_better_than_its_best_value(scores, name):
    rest = {key: value for key, value in scores.items() if key != name}
    assert confidence(rest) <= confidence({**rest, name: best(name)})


@quick
@given(any_scores)
def test_it_is_a_probability_and_blind_to_scores_without_a_term(scores):
    assert 0 < confidence(scores) < 1
    assert confidence({**scores, "scene_points": 3.0}) == confidence(scores)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_none_are_refused_by_name(value):
    with pytest.raises(ValueError, match="mask_iou"):
        Curves(0.0, (Term("mask_iou", (0.0, 1.0), (-1.0, 0.0), -1.0),)).logit({"mask_iou": value})


def test_frames_far_from_a_sight_of_the_person_are_trusted_less():
    scores = {name: best(name) for name in TERMS}
    valid, times = np.array([True] * 10 + [False] * 30), np.arange(40) / 15
    found = frame_confidence(scores, seconds_to_seen(valid, times), np.where(valid, 0.9, 0.0).astype(np.float32))
    assert found.dtype == np.float32
    assert found.shape == (40,)
    assert (np.diff(found) <= 0).all()
    assert found[0] > found[-1]
    bad = {name: TERMS[name].at[0 if SIGN[name] > 0 else -1] for name in TERMS}
    assert (frame_confidence(bad, np.zeros(3), np.full(3, 0.9)) < 0.2).all()

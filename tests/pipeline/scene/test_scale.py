"""One scale per video: who is believed when the body's size and the point map disagree."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.pipeline.humans.blazepose.estimator import BlazePoseEstimator
from share_data.pipeline.humans.gvhmr.estimator import GvhmrEstimator
from share_data.pipeline.humans.tram.estimator import TramEstimator
from share_data.pipeline.scene.scale import ScaleConfig, ScaleEstimate, estimate_scale
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence

CONFIG = ScaleConfig().settled()
REGRESSOR = ScaleConfig(body_height_sd=0.026, human_depth_sd=0.02).settled()
BODY_SD = REGRESSOR.body_height_sd or 0.0
SEEN = KeyframeEvidence(0.0, 0.03, 2000)
log_ratio = st.floats(-0.5, 0.5)


def estimate(*log_ratios: float, config: ScaleConfig = REGRESSOR, **body: float) -> ScaleEstimate:
    return estimate_scale([replace(SEEN, log_ratio=ratio, **body) for ratio in log_ratios], config)


@pytest.mark.parametrize(
    ("true", "estimated"), [(1.20, 1.60), (1.20, 1.45), (1.60, 1.70), (2.00, 1.82), (1.63, 1.70), (1.82, 1.71)]
)
@pytest.mark.parametrize("keyframes", [2, 5, 30])
def test_a_perfect_map_is_not_spoilt_by_a_body_of_the_wrong_size(true: float, estimated: float, keyframes: int) -> None:
    answer = estimate(*[math.log(true / estimated)] * keyframes, config=CONFIG, height=estimated)
    assert not answer.applied
    assert math.exp(answer.disagreement) == pytest.approx(true / estimated)


@pytest.mark.parametrize("height", [1.1, 1.3, 1.5, 1.6, 1.8, 1.95, 2.05])
@pytest.mark.parametrize("config", [CONFIG, REGRESSOR])
def test_where_map_and_body_agree_nothing_moves(height: float, config: ScaleConfig) -> None:
    assert not estimate(*[0.0] * 5, config=config, height=height).applied


@pytest.mark.parametrize("keyframes", [2, 3, 5])
@pytest.mark.parametrize("scale", [0.85, 1.2])
@pytest.mark.parametrize("body", [-BODY_SD / 2, 0, BODY_SD / 2])
def test_a_map_off_by_a_fifth_is_corrected_to_within_the_bodys_error_and_uncertainty(
    keyframes: int, scale: float, body: float
) -> None:
    answer = estimate(*[math.log(scale) - body] * keyframes)
    assert answer.applied
    left = abs(math.log(scale * answer.factor))
    assert left < abs(body) + 1.5 * math.hypot(BODY_SD, REGRESSOR.human_depth_sd or 0)


def test_a_body_of_no_human_size_is_no_reason_to_shrink_the_room() -> None:
    said = math.log(1.70 / 2.10)
    impossible, likely = (estimate(*[said] * 5, height=height) for height in (2.10, 1.80))
    assert likely.applied
    assert abs(math.log(impossible.scale)) < 0.75 * abs(math.log(likely.scale))
    assert impossible.body_scale > likely.body_scale > 1


def test_a_child_taken_for_a_small_adult_is_likelier_than_a_giant_taken_for_one() -> None:
    smaller, larger = (estimate(*[sign * 0.25] * 5, config=CONFIG, height=1.62) for sign in (-1, 1))
    assert not smaller.applied
    assert larger.applied


def test_a_body_one_sd_too_large_barely_moves_a_perfect_map() -> None:
    rng = np.random.default_rng(3)
    answers = [estimate(*(-BODY_SD + rng.normal(0, REGRESSOR.keyframe_sd, 2))) for _ in range(100)]
    assert abs(np.mean([answer.factor for answer in answers]) - 1) < 0.015
    assert np.median([abs(answer.factor - 1) for answer in answers]) == 0


@pytest.mark.parametrize("outlier", [-0.6, -0.3, 0.3, 0.6])
@pytest.mark.parametrize("truth", [0.0, 0.2])
def test_one_wrong_keyframe_of_three_is_ignored(outlier: float, truth: float) -> None:
    clean, dirty = estimate(truth, truth), estimate(truth, truth, truth + outlier)
    assert dirty.applied == clean.applied
    assert abs(math.log(dirty.factor / clean.factor)) < 0.02


def test_the_less_upright_the_person_the_less_it_says() -> None:
    answers = [estimate(0.15, 0.15, upright=upright) for upright in (1.0, 0.8, 0.6, 0.4, 0.2)]
    shares = [math.log(answer.scale) / 0.15 for answer in answers]
    assert shares == sorted(shares, reverse=True)
    assert answers[0].applied
    assert not answers[-1].applied


@settings(max_examples=25, deadline=None)
@given(log_ratio, st.integers(1, 6), st.floats(1.0, 2.1))
def test_the_correction_lies_about_nothing_and_the_whole_disagreement(
    disagreement: float, keyframes: int, height: float
) -> None:
    answer = estimate(*[disagreement] * keyframes, height=height)
    # A body of no human size speaks of the map even where both agree: by a tenth at most.
    assert min(disagreement, 0) - 0.1 <= math.log(answer.scale) <= max(disagreement, 0) + 0.1
    assert 0 <= answer.certainty <= 1
    assert all(map(math.isfinite, (answer.scale, answer.sd, answer.evidence_sigmas, answer.body_scale)))


def test_without_evidence_nothing_is_claimed() -> None:
    for evidence in ([], [KeyframeEvidence(0.4, 0.01, CONFIG.min_pixels - 1)]):
        answer = estimate_scale(evidence, CONFIG)
        assert (answer.applied, answer.factor, answer.ratios, answer.evidence_sigmas) == (False, 1.0, (), 0.0)
        assert (answer.disagreement, answer.scale) == (0.0, 1.0)
        assert answer.sd > (CONFIG.map_scale_sd or 0)


def test_more_keyframes_and_more_clips_of_a_video_mean_less_uncertainty() -> None:
    few, many = estimate(0.2, 0.2), estimate(*[0.2] * 10)
    assert many.sd < few.sd
    assert many.evidence_sigmas > few.evidence_sigmas
    assert many.sd > 0.8 * BODY_SD  # the body's own size is never averaged away


def test_a_keyframe_of_few_scattered_pixels_counts_for_less() -> None:
    sure, unsure = KeyframeEvidence(0.15, 0.02, 5000), KeyframeEvidence(-0.15, 0.3, 150)
    together, alone = (math.log(estimate_scale(each, REGRESSOR).scale) for each in ([sure, unsure], [sure]))
    assert together > 0.75 * alone > 0


def test_the_recipe_can_switch_it_off_and_still_learns_the_scale() -> None:
    off = estimate(0.2, 0.2, config=REGRESSOR.model_copy(update={"reconcile": False}))
    assert (off.applied, off.factor) == (False, 1.0)
    assert off.scale == estimate(0.2, 0.2).scale
    assert off.ratios == pytest.approx([math.exp(0.2)] * 2)


class Stated:
    """An estimator that says what it is worth."""

    body_height_sd, human_depth_sd, map_scale_sd = 0.01, 0.015, 0.02


def test_estimators_say_what_they_are_worth_and_the_recipe_overrules_them() -> None:
    names = ("body_height_sd", "human_depth_sd", "map_scale_sd")
    stated = ScaleConfig().settled(Stated(), Stated())
    assert [getattr(stated, name) for name in names] == [0.01, 0.015, 0.02]
    ruled = ScaleConfig(human_depth_sd=0.3).settled(Stated(), Stated())
    assert [getattr(ruled, name) for name in names] == [0.01, 0.3, 0.02]
    silent = ScaleConfig().settled(object(), object())
    assert [getattr(silent, name) for name in names] == [0.055, 0.04, 0.06]


def test_a_height_the_recipe_gives_is_believed_but_for_a_centimetre_or_two() -> None:
    told = ScaleConfig().settled(Stated(), height_told=True)
    assert (told.body_height_sd, told.human_depth_sd) == (0.01, 0.015)
    assert ScaleConfig(body_height_sd=0.05).settled(height_told=True).body_height_sd == 0.05


@pytest.mark.parametrize("height", [1.2, 1.7, 2.0])
def test_a_map_a_fifth_wrong_is_mended_by_a_person_of_known_height_a_child_or_not(height: float) -> None:
    told = ScaleConfig().settled(height_told=True)
    for wrong in (math.log(0.8), math.log(1.2)):
        answer = estimate_scale([KeyframeEvidence(wrong, 0.03, 2000, 1.0, height)] * 5, told)
        assert abs(math.log(answer.scale) - wrong) < 0.04
        assert answer.applied


@pytest.mark.parametrize("estimator", [BlazePoseEstimator, TramEstimator, GvhmrEstimator])
@pytest.mark.parametrize(
    ("true", "estimated"), [(1.2, 1.6), (1.2, 1.45), (1.6, 1.7), (2.0, 1.82), (1.63, 1.7), (1.82, 1.71)]
)
def test_no_perfect_map_is_touched_for_a_body_of_the_wrong_size(estimator: type, true: float, estimated: float) -> None:
    evidence = [KeyframeEvidence(math.log(true / estimated), 0.03, 2000, 1.0, estimated)] * 5
    assert estimate_scale(evidence, ScaleConfig().settled(estimator)).factor == 1


def test_an_estimator_that_is_sure_of_its_body_moves_the_map_further() -> None:
    sure, unsure = (estimate(0.12, 0.12, config=config) for config in (REGRESSOR, CONFIG))
    assert sure.scale > unsure.scale > 1
    exact = estimate(0.12, 0.12, config=ScaleConfig(map_scale_sd=0.005).settled())
    assert exact.scale < 1.01


def test_expected_depth_error_falls_by_a_third_under_the_stated_errors() -> None:
    rng = np.random.default_rng(11)
    draws = 200
    maps = np.clip((REGRESSOR.map_scale_sd or 0) * rng.standard_t(3, draws), -0.6, 0.6)
    body = rng.normal(0, BODY_SD, draws) + rng.normal(0, REGRESSOR.human_depth_sd or 0, draws)
    ratios = (maps - body)[:, None] + rng.normal(0, REGRESSOR.keyframe_sd, (draws, 2))
    factors = np.array([estimate(*row).factor for row in ratios])
    before, after = (np.abs(np.exp(maps) * factor - 1).mean() for factor in (1, factors))
    assert after < 0.67 * before

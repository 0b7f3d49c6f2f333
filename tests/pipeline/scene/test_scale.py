"""One scale per video: who is believed when the body's size and the point map disagree."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation

from share_data.body.model import load_body
from share_data.body.render import rasterize
from share_data.camera import Intrinsics, project
from share_data.pipeline.scene.scale import (
    KeyframeEvidence,
    ScaleConfig,
    ScaleEstimate,
    estimate_scale,
    keyframe_evidence,
)

CONFIG = ScaleConfig()
CAMERA = Intrinsics.centred(300, 320, 240)
BODY_SD = CONFIG.body_height_sd
log_ratio = st.floats(-0.5, 0.5)


def estimate(*log_ratios: float, config: ScaleConfig = CONFIG) -> ScaleEstimate:
    return estimate_scale([KeyframeEvidence(r, 0.03, 2000) for r in log_ratios], config)


@pytest.fixture(scope="module")
def standing() -> np.ndarray:
    """(V, 3) the mannequin upright, 4 m ahead."""
    flipped = np.array([[math.pi, 0, 0]], np.float32)
    return load_body().forward(flipped, np.zeros((1, 69)), np.zeros(10), np.array([[0, 0, 4.0]])).vertices[0]


def evidence_of(mesh: np.ndarray, depth: np.ndarray, mask: np.ndarray) -> KeyframeEvidence:
    return keyframe_evidence(mesh, load_body().faces, CAMERA, mask, depth, depth > 0)


@pytest.mark.parametrize("disagreement", np.linspace(-BODY_SD, BODY_SD, 7))
@pytest.mark.parametrize("keyframes", [1, 2, 5, 30])
def test_a_disagreement_the_body_explains_moves_nothing(disagreement: float, keyframes: int) -> None:
    answer = estimate(*[disagreement] * keyframes)
    assert not answer.applied
    assert abs(answer.factor - 1) * 5.0 < 0.05  # metres at 5 m


@pytest.mark.parametrize("keyframes", [2, 3, 5])
@pytest.mark.parametrize("scale", [0.8, 1.2])
@pytest.mark.parametrize("body", [-BODY_SD, 0, BODY_SD])
def test_a_map_off_by_a_fifth_is_corrected_to_within_the_bodys_error_and_uncertainty(
    keyframes: int, scale: float, body: float
) -> None:
    answer = estimate(*[math.log(scale) - body] * keyframes)
    assert answer.applied
    left = abs(math.log(scale * answer.factor))
    assert left < abs(body) + math.hypot(BODY_SD, CONFIG.human_depth_sd)
    if body == 0:
        assert left < 0.2 * abs(math.log(scale))


def test_a_body_one_sd_too_large_barely_moves_a_perfect_map() -> None:
    rng = np.random.default_rng(3)
    answers = [estimate(*(-BODY_SD + rng.normal(0, CONFIG.keyframe_sd, 2))) for _ in range(300)]
    assert abs(np.mean([answer.factor for answer in answers]) - 1) < 0.015
    assert np.median([abs(answer.factor - 1) for answer in answers]) == 0


@pytest.mark.parametrize("outlier", [-0.6, -0.3, 0.3, 0.6])
@pytest.mark.parametrize("truth", [0.0, 0.2])
def test_one_wrong_keyframe_of_three_is_ignored(outlier: float, truth: float) -> None:
    clean, dirty = estimate(truth, truth), estimate(truth, truth, truth + outlier)
    assert dirty.applied == clean.applied
    assert abs(math.log(dirty.factor / clean.factor)) < 0.02


@settings(max_examples=30, deadline=None)
@given(st.lists(log_ratio, min_size=1, max_size=6))
def test_too_large_and_too_small_are_treated_alike(log_ratios: list[float]) -> None:
    up, down = estimate(*log_ratios), estimate(*[-r for r in log_ratios])
    assert up.scale * down.scale == pytest.approx(1)
    assert up.body_scale * down.body_scale == pytest.approx(1)
    assert (up.sd, up.evidence_sigmas) == (pytest.approx(down.sd), pytest.approx(down.evidence_sigmas))


@settings(max_examples=30, deadline=None)
@given(log_ratio, st.integers(1, 6))
def test_the_correction_lies_between_nothing_and_the_whole_disagreement(disagreement: float, keyframes: int) -> None:
    answer = estimate(*[disagreement] * keyframes)
    share = math.log(answer.scale) * math.copysign(1, disagreement)
    assert -1e-9 <= share <= abs(disagreement) + 1e-9
    # What the map does not take, the body takes, or the keyframes' own noise.
    assert share - math.log(answer.body_scale) * math.copysign(1, disagreement) <= abs(disagreement) + 1e-9


def test_without_evidence_nothing_is_claimed() -> None:
    for evidence in ([], [KeyframeEvidence(0.4, 0.01, CONFIG.min_pixels - 1)]):
        answer = estimate_scale(evidence, CONFIG)
        assert (answer.applied, answer.factor, answer.ratios, answer.evidence_sigmas) == (False, 1.0, (), 0.0)
        assert answer.scale == pytest.approx(1)
        assert answer.sd > CONFIG.map_scale_sd


def test_more_keyframes_and_more_clips_of_a_video_mean_less_uncertainty() -> None:
    few, many = estimate(0.2, 0.2), estimate(*[0.2] * 10)
    assert many.sd < few.sd
    assert many.evidence_sigmas > few.evidence_sigmas
    assert many.sd > 0.9 * BODY_SD  # the body's own size is never averaged away


def test_a_keyframe_of_few_scattered_pixels_counts_for_less() -> None:
    sure, unsure = KeyframeEvidence(0.15, 0.02, 5000), KeyframeEvidence(-0.15, 0.3, 150)
    together, alone = (math.log(estimate_scale(each, CONFIG).scale) for each in ([sure, unsure], [sure]))
    assert together > 0.75 * alone > 0


def test_sigmas_are_those_of_the_normal_case() -> None:
    many = estimate(*[0.08] * 200)
    assert many.evidence_sigmas == pytest.approx(0.08 / math.hypot(BODY_SD, CONFIG.human_depth_sd), rel=0.05)


def test_the_recipe_can_switch_it_off_and_still_learns_the_scale() -> None:
    off = estimate(0.2, 0.2, config=ScaleConfig(reconcile=False))
    assert (off.applied, off.factor) == (False, 1.0)
    assert off.scale == estimate(0.2, 0.2).scale
    assert off.ratios == pytest.approx([math.exp(0.2)] * 2)


def test_extreme_evidence_stays_finite() -> None:
    answer = estimate(*[1.5] * 100, config=ScaleConfig(body_height_sd=0.5, human_depth_sd=0.5, keyframe_sd=0.005))
    assert all(map(math.isfinite, (answer.scale, answer.sd, answer.evidence_sigmas, answer.body_scale)))


def test_expected_depth_error_is_halved_under_the_stated_errors() -> None:
    rng = np.random.default_rng(11)
    draws = 400
    maps = np.clip(CONFIG.map_scale_sd * rng.standard_t(3, draws), -0.6, 0.6)
    body = rng.normal(0, BODY_SD, draws) + rng.normal(0, CONFIG.human_depth_sd, draws)
    ratios = (maps - body)[:, None] + rng.normal(0, CONFIG.keyframe_sd, (draws, 2))
    factors = np.array([estimate(*row).factor for row in ratios])
    before, after = (np.abs(np.exp(maps) * factor - 1).mean() for factor in (1, factors))
    assert after < 0.6 * before


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.25])
def test_evidence_is_the_ratio_of_map_and_mesh_depth(standing: np.ndarray, scale: float) -> None:
    mesh = rasterize(standing, load_body().faces, CAMERA).depth
    found = evidence_of(standing, mesh * scale, mesh > 0)
    assert found.log_ratio == pytest.approx(math.log(scale), abs=1e-5)
    assert found.spread < 1e-5
    assert found.pixels > 0.4 * (mesh > 0).sum()


def test_a_bodys_size_error_shows_as_its_inverse(standing: np.ndarray) -> None:
    truth = rasterize(standing, load_body().faces, CAMERA).depth
    # A body 10 % too large that covers the same pixels stands 10 % too far away.
    assert evidence_of(standing * 1.1, truth, truth > 0).log_ratio == pytest.approx(-math.log(1.1), abs=1e-3)


def test_bleeding_masks_soft_edges_and_holes_do_not_move_it(standing: np.ndarray) -> None:
    mesh = rasterize(standing, load_body().faces, CAMERA).depth
    depth = np.where(mesh > 0, mesh, 7).astype(np.float32)
    soft = binary_dilation(mesh == 0, iterations=2) & (mesh > 0)
    depth[soft] = 5.5  # the network blends person and wall along the outline
    depth[100:110] = 0  # and left a hole
    mask = binary_dilation(mesh > 0, iterations=8)
    found = evidence_of(standing, depth, mask)
    assert abs(found.log_ratio) < 0.01


def test_a_shifted_mesh_still_measures_the_depth(standing: np.ndarray) -> None:
    mesh = rasterize(standing, load_body().faces, CAMERA).depth
    beside = standing + np.array([0.06, 0.04, 0], np.float32)
    found = evidence_of(beside, np.where(mesh > 0, mesh, 8).astype(np.float32), mesh > 0)
    assert abs(found.log_ratio) < 0.01


def test_a_mask_of_the_images_size_is_brought_to_the_maps(standing: np.ndarray) -> None:
    mesh = rasterize(standing, load_body().faces, CAMERA).depth
    large = np.repeat(np.repeat(mesh > 0, 3, axis=0), 3, axis=1)
    assert evidence_of(standing, mesh, large) == evidence_of(standing, mesh, mesh > 0)


def test_a_person_out_of_the_picture_is_no_evidence(standing: np.ndarray) -> None:
    wall = np.full((CAMERA.height, CAMERA.width), 5, np.float32)
    nowhere = np.zeros(wall.shape, bool)
    assert evidence_of(standing, wall, nowhere) == KeyframeEvidence(0.0, 0.0, 0)
    assert evidence_of(standing + np.array([50, 0, 0]), wall, ~nowhere) == KeyframeEvidence(0.0, 0.0, 0)


def test_a_map_of_another_size_is_refused(standing: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must be"):
        evidence_of(standing, np.ones((24, 32), np.float32), np.ones((24, 32), bool))


def test_rescaling_the_scene_keeps_its_pixels(standing: np.ndarray) -> None:
    answer = estimate(math.log(1.2), math.log(1.2))
    np.testing.assert_allclose(project(standing * answer.factor, CAMERA), project(standing, CAMERA), rtol=1e-4)

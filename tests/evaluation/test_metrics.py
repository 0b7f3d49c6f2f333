"""Each metric against numbers worked out by hand, and the invariances it is used for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from share_data.evaluation.metrics import (
    Spread,
    bone_length,
    depth_and_lateral,
    foot_skating,
    jitter,
    mpjpe,
    mrpe,
    pa_mpjpe,
    pool,
    v2v,
)

TIMES = np.arange(30) / 30
CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float64)
vectors = arrays(np.float64, 3, elements=st.floats(-5, 5))
bodies = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(size=(4, 24, 3)))


def test_mrpe_is_the_distance_of_the_roots_in_each_frame():
    true = np.zeros((2, 3))
    assert mrpe(np.array([[3.0, 0, 4], [0, 0, -2]]), true).tolist() == [5, 2]


def test_v2v_averages_over_vertices_within_a_frame():
    true = np.zeros((1, 4, 3))
    predicted = np.array([[[1.0, 0, 0], [0, 2, 0], [0, 0, 3], [0, 0, 0]]])
    assert v2v(predicted, true).tolist() == [1.5]


def test_pooling_weighs_frames_not_clips_and_uses_the_sample_deviation():
    assert pool([np.array([1.0, 2, 3]), np.array([6.0])]) == Spread(3.0, pytest.approx(14**0.5 / 3**0.5), 4)
    assert pool([np.array([7.0])]) == Spread(7.0, 0.0, 1)
    with pytest.raises(ValueError, match="no frames"):
        pool([])


def test_depth_runs_along_the_ray_to_the_person_with_a_sign():
    true = np.array([[0.0, 3, 4], [0, 0, 2]])
    depth, lateral = depth_and_lateral(true + np.array([[0, 0.6, 0.8], [0.3, 0, -0.5]]), true)
    np.testing.assert_allclose(depth, [1, -0.5])
    np.testing.assert_allclose(lateral, [0, 0.3], atol=1e-12)


def test_mpjpe_forgives_the_root_and_nothing_else():
    true = np.zeros((1, 4, 3))
    predicted = true + np.array([10.0, 0, 0])
    predicted[0, 3] += [0, 0, 2]
    assert mpjpe(predicted, true).tolist() == [0.5]


def test_pa_mpjpe_does_not_mirror():
    chiral = CUBE * [1, 2, 3]
    chiral[0] -= 0.5
    assert pa_mpjpe((chiral * [-1, 1, 1])[None], chiral[None])[0] > 0.1


def test_pa_mpjpe_of_a_body_collapsed_to_a_point_is_the_spread_of_the_truth():
    assert pa_mpjpe(np.zeros((1, 8, 3)), CUBE[None])[0] == pytest.approx(np.sqrt(0.75))


def test_jitter_of_one_displaced_frame():
    joints = np.zeros((5, 1, 3))
    joints[2, 0, 0] = 0.01
    np.testing.assert_allclose(jitter(joints, TIMES[:5]), [0.01, 0.02, 0.01])
    assert jitter(joints[:2], TIMES[:2]).shape == (0,)


def test_skating_is_the_way_of_feet_whose_true_ones_stand():
    true, found = np.zeros((3, 6890, 3)), np.zeros((3, 6890, 3))
    true[:, 3216, 1] = [0, 0.009, 0.03]  # the left toe stands, then steps
    true[:, 3387, 1] = [0, 0.02, 0.04]  # the left heel walks
    found[:, 3216] = [[0, 0, 0], [0.03, 0.04, 0], [9, 9, 9]]  # counts once: 5 cm
    found[:, 3387] = [[0, 0, 0], [5, 0, 0], [9, 9, 9]]  # never counts
    found[:, 6787, 2] = [0, 0.01, 0.03]  # the right heel stands and slides 1 cm, then 2 cm; the right toe is right
    found[:, 0] = [[0, 0, 0], [3, 3, 3], [6, 6, 6]]  # no foot
    assert sorted(foot_skating(found, true, TIMES[:3])) == pytest.approx([0, 0, 0.01, 0.02, 0.05])
    assert foot_skating(found[:1], true[:1], TIMES[:1]).shape == (0,)


def test_bone_length_is_the_sum_over_the_kinematic_tree():
    joints = np.zeros((2, 24, 3))
    joints[:, 22:] = [0, 0, 3]  # both hands three metres from their wrists, everything else in one point
    assert bone_length(joints) == 6


def test_constant_velocity_has_no_jitter():
    assert jitter(np.arange(6.0)[:, None, None] * np.ones((1, 2, 3)), TIMES[:6]).max() < 1e-12


@pytest.mark.parametrize("times", [np.arange(31) / 15, np.arange(121) / 60, np.arange(241) / 120])
def test_a_standing_foot_and_an_acceleration_are_told_in_seconds(times):
    true, found = np.zeros((len(times), 6890, 3)), np.zeros((len(times), 6890, 3))
    true[:, 3216, 0] = 0.25 * times  # still: below 0.3 m/s, 1 cm a frame of 30 a second
    true[:, [3387, 6617, 6787], 0] = 0.35 * times[:, None]
    found[..., 0] = 0.6 * times[:, None]
    np.testing.assert_allclose(foot_skating(found, true, times), 0.02)
    assert len(foot_skating(found, true, times)) == len(times) - 1
    falling = 4.9 * times[:, None, None] ** 2 * np.ones((1, 2, 1)) * [0, 1, 0]
    np.testing.assert_allclose(jitter(falling, times), 9.8 / 30**2)


@pytest.mark.parametrize(
    "metric", [mrpe, v2v, mpjpe, pa_mpjpe, depth_and_lateral, lambda one, other: foot_skating(one, other, TIMES[:2])]
)
def test_shapes_that_numpy_would_broadcast_are_refused(metric):
    with pytest.raises(ValueError, match="differ in shape"):
        metric(np.ones((2, 24, 3)), np.ones((1, 24, 3)))


@settings(deadline=None)
@given(bodies, vectors, vectors, st.floats(0.1, 10))
def test_pa_mpjpe_ignores_any_similarity(true, turn, shift, scale):
    moved = scale * true @ Rotation.from_rotvec(turn).as_matrix().T + shift
    np.testing.assert_allclose(pa_mpjpe(moved, true), 0, atol=1e-9)


@settings(deadline=None)
@given(bodies, bodies, vectors)
def test_pa_mpjpe_is_never_above_the_unaligned_root_mean_square(predicted, true, shift):
    """The mean is below the root mean square, which alignment minimises over all similarities."""
    identity = np.sqrt(((predicted + shift - true) ** 2).sum(-1).mean(-1))
    assert (pa_mpjpe(predicted + shift, true) <= identity + 1e-9).all()


@settings(deadline=None)
@given(bodies, vectors)
def test_a_pure_translation_is_all_root_error(true, shift):
    moved = true + shift
    distance = float(np.linalg.norm(shift))
    np.testing.assert_allclose(mrpe(moved[:, 0], true[:, 0]), distance, atol=1e-9)
    np.testing.assert_allclose(v2v(moved, true), distance, atol=1e-9)
    np.testing.assert_allclose(mpjpe(moved, true), 0, atol=1e-9)


@settings(deadline=None)
@given(vectors, vectors)
def test_depth_and_lateral_are_the_two_legs_of_the_root_error(predicted, true):
    true = true + np.array([0, 0, 8])
    depth, lateral = depth_and_lateral(predicted[None], true[None])
    np.testing.assert_allclose(np.hypot(depth, lateral), mrpe(predicted[None], true[None]), atol=1e-9)

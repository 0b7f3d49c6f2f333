"""Skating, jitter, jump and floor scores against motions whose scores are known beforehand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from share_data.pipeline.quality.keyframe_jump import keyframe_jump as placement_jump
from share_data.pipeline.quality.skating import skating_m_s
from share_data.pipeline.quality.smoothness import jitter, keyframe_jump

quick = settings(max_examples=50, deadline=None)
RATES = [20.0, 24.0, 25.0, 29.97, 30.0, 50.0, 60.0]
seeds = st.integers(0, 2**32 - 1)


def seconds(motion, fps):
    return np.arange(len(motion)) / fps


def all_valid(motion):
    return np.ones(len(motion), bool)


def test_only_skin_that_touches_in_two_positions_slides():
    times, valid = np.arange(16) / 15, np.ones(16, bool)
    foot = np.zeros((16, 4, 3)) + 0.3 * times[:, None, None] * [1, 0, 0]
    foot[:, 2:, 2] = 0.011  # half of it is above the floor, and quicker
    foot[:, 2:, 0] *= 9
    assert skating_m_s([foot], times, valid) == pytest.approx(0.3)
    assert skating_m_s([foot, np.zeros((16, 4, 3))], times, valid) == pytest.approx(0.15)
    assert skating_m_s([foot + np.array([0, 0, 0.02])], times, valid) is None
    assert skating_m_s([foot], times, ~valid) is None
    assert skating_m_s([foot[::2]], times[::2], valid[::2]) is None


@pytest.mark.parametrize("fps", RATES)
def test_jitter_is_the_third_derivative_whatever_the_frame_rate(fps):
    time = np.arange(60) / fps
    joints = np.zeros((60, 24, 3))
    joints[:, :, 1] = 7.0 * time[:, None] ** 3  # third derivative 42 m/s³
    assert jitter(joints, seconds(joints, fps), all_valid(joints)) == pytest.approx(4.2)


@quick
@given(st.lists(st.floats(-5, 5), min_size=9, max_size=9))
def test_constant_acceleration_has_no_jitter_and_no_jump(coefficients):
    a, b, c = np.array(coefficients).reshape(3, 3)
    time = np.arange(30)[:, None] / 30
    path = a + b * time + c * time**2
    joints = np.repeat(path[:, None], 24, axis=1)
    assert jitter(joints, seconds(joints, 30), all_valid(joints)) == pytest.approx(0, abs=1e-8)
    assert keyframe_jump(path, np.array([0, 15, 29]), seconds(path, 30)) <= 1 + 1e-6


def test_jitter_is_averaged_over_joints_and_frames_and_skips_interpolated_ones():
    joints = np.zeros((8, 24, 3))
    joints[2, 0, 0] = 0.024  # times 3, -3 and 1 in the first three of five windows
    expected = 0.024 * (3 + 3 + 1) / 5 / 24 * 15**3 / 10
    assert jitter(joints, seconds(joints, 15), all_valid(joints)) == pytest.approx(expected)
    valid = all_valid(joints)
    valid[2] = False
    assert jitter(joints, seconds(joints, 15), valid) == pytest.approx(0, abs=1e-12)
    assert jitter(joints[:3], seconds(joints[:3], 15), valid[:3]) is None


@quick
@given(seeds)
def test_smoothness_does_not_depend_on_the_frame_of_reference(seed):
    random = np.random.default_rng(seed)
    joints = np.cumsum(random.normal(0, 0.01, (30, 24, 3)), axis=0)
    turned = Rotation.random(random_state=seed).apply(joints.reshape(-1, 3)).reshape(joints.shape)
    turned += np.array([1, 2, 3])
    keyframes = np.array([0, 11, 29])
    assert jitter(turned, seconds(turned, 30), all_valid(joints)) == pytest.approx(
        jitter(joints, seconds(joints, 30), all_valid(joints))
    )
    assert keyframe_jump(turned[:, 0], keyframes, seconds(turned[:, 0], 30)) == pytest.approx(
        keyframe_jump(joints[:, 0], keyframes, seconds(joints[:, 0], 30))
    )


def test_the_jump_is_the_second_difference_at_keyframes_over_the_median():
    roots = np.zeros((11, 3))
    roots[:, 0] = 0.004 * np.arange(11) ** 2  # second difference 8 mm everywhere: 1.8 m/s²
    ends = np.array([0, 10])
    assert keyframe_jump(roots, ends, seconds(roots, 15)) == pytest.approx(1)
    moved = roots.copy()
    moved[0, 0] += 0.032  # that of frame 1, the first to hold frame 0: 40 mm
    assert keyframe_jump(moved, ends[:1], seconds(moved, 15)) == pytest.approx(5)
    assert keyframe_jump(moved, ends[1:], seconds(moved, 15)) == pytest.approx(1)
    assert keyframe_jump(moved, ends, seconds(moved, 15)) == pytest.approx(3)
    moved = roots.copy()
    moved[5, 0] -= 0.016
    assert keyframe_jump(moved, np.array([5]), seconds(moved, 15)) == pytest.approx(5)


@quick
@given(seeds)
def test_the_jump_of_lively_motion_is_that_of_the_placement(seed):
    roots = np.cumsum(np.random.default_rng(seed).normal(0, 0.02, (30, 3)), axis=0)
    keyframes = np.array([0, 11, 29])
    assert keyframe_jump(roots, keyframes, seconds(roots, 15)) == pytest.approx(
        placement_jump(roots, keyframes, seconds(roots, 15))
    )


def test_a_person_at_rest_does_not_jump():
    roots = np.zeros((20, 3))
    assert keyframe_jump(roots, np.array([0, 19]), seconds(roots, 15)) == 0
    roots[0, 0] = 0.001  # 0.225 m/s² at 15 fps, against a median of none
    assert keyframe_jump(roots, np.array([0]), seconds(roots, 15)) == pytest.approx(0.225)
    assert keyframe_jump(roots[:2], np.array([0, 1]), seconds(roots[:2], 15)) is None

"""Skating, jitter, jump and floor scores against motions whose scores are known beforehand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from share_data.pipeline.quality.keyframe_jump import keyframe_jump as placement_jump
from share_data.pipeline.quality.scores import floor_scores
from share_data.pipeline.quality.skating import FOOT_JOINT_M, skating_mm, skating_ratio
from share_data.pipeline.quality.smoothness import jitter, keyframe_jump

quick = settings(max_examples=50, deadline=None)
RATES = [20.0, 24.0, 25.0, 29.97, 30.0, 50.0, 60.0]
seeds = st.integers(0, 2**32 - 1)


def seconds(motion, fps):
    return np.arange(len(motion)) / fps


def all_valid(motion):
    return np.ones(len(motion), bool)


def standing(frames):
    """(T, 24, 3): feet where they stand, everything else a metre up."""
    joints = np.ones((frames, 24, 3))
    joints[:, [7, 8, 10, 11], 2] = FOOT_JOINT_M
    return joints


def slide(fps, speed=1.0, start=1.0, stop=2.0, seconds=4.0):
    """One foot slides along x at `speed` (m/s) from `start` to `stop` (s)."""
    time = np.arange(round(seconds * fps) + 1) / fps
    joints = standing(len(time))
    joints[:, 11, 0] = speed * np.clip(time - start, 0, stop - start)
    return joints


@pytest.mark.parametrize("fps", RATES)
def test_a_foot_that_slides_a_quarter_of_the_clip_skates_a_quarter_at_any_frame_rate(fps):
    motion = slide(fps)
    # At 29.97 fps no frame falls on the moments at which the slide begins and ends.
    tolerance = 0.02 if fps == 29.97 else 1e-9
    assert skating_ratio(motion, seconds(motion, fps), all_valid(motion)) == pytest.approx(0.25, abs=tolerance)


@pytest.mark.parametrize("fps", RATES)
def test_a_foot_that_slides_throughout_skates_in_every_frame_ends_included(fps):
    motion = slide(fps, speed=0.6, start=0, stop=9)
    assert skating_ratio(motion, seconds(motion, fps), all_valid(motion)) == 1


@pytest.mark.parametrize("fps", [20.0, 30.0, 60.0])
def test_slow_high_and_rising_feet_do_not_skate(fps):
    slow, high, rising = slide(fps, speed=0.45), slide(fps), slide(fps, speed=0)
    high[..., 2] += 0.06
    rising[:, 11, 2] += 0.05 * np.sin(np.arange(len(rising)))
    for motion in (slow, high, rising):
        assert skating_ratio(motion, seconds(motion, fps), all_valid(motion)) == 0


def test_a_single_fast_frame_is_no_skate():
    motion = standing(81)
    motion[40:, 10, 0] += 0.1  # 2 m/s in one frame, 0.4 m/s over five
    assert skating_ratio(motion, seconds(motion, 20), all_valid(motion)) == 0
    motion[40:, 10, 0] += 0.1
    assert skating_ratio(motion, seconds(motion, 20), all_valid(motion)) == 1 / 80


def test_a_foot_that_taps_skates_only_while_it_is_down_in_two_adjacent_frames():
    motion = slide(20, start=0, stop=4)
    motion[::2, 11, 2] = 0.2
    assert skating_ratio(motion, seconds(motion, 20), all_valid(motion)) == 0
    motion[40, 11, 2] = FOOT_JOINT_M  # down in frames 39, 40 and 41: two of 80 steps
    assert skating_ratio(motion, seconds(motion, 20), all_valid(motion)) == 2 / 80


def test_both_feet_at_once_count_once():
    motion = slide(20)
    motion[:, 10] = motion[:, 11]
    assert skating_ratio(motion, seconds(motion, 20), all_valid(motion)) == 0.25


def test_interpolated_frames_neither_skate_nor_count():
    motion = slide(20)
    valid = all_valid(motion)
    valid[60:] = False  # 59 pairs are left, 20 of them slide
    assert skating_ratio(motion, seconds(motion, 20), valid) == pytest.approx(20 / 59)
    assert skating_ratio(motion, seconds(motion, 20), ~all_valid(motion)) is None
    assert skating_ratio(motion[:1], seconds(motion[:1], 20), valid[:1]) is None


@quick
@given(seeds, st.floats(-3, 3))
def test_where_and_which_way_one_walks_does_not_matter(seed, angle):
    random = np.random.default_rng(seed)
    motion = standing(40) + np.cumsum(random.normal(0, 0.02, (40, 24, 3)) * [1, 1, 0.1], axis=0)
    contacts = random.random((40, 4)) < 0.7
    turned = Rotation.from_rotvec([0, 0, angle]).apply(motion.reshape(-1, 3)).reshape(motion.shape)
    turned += np.array([5, -2, 0])
    valid = all_valid(motion)
    assert skating_ratio(turned, seconds(turned, 30), valid) == skating_ratio(motion, seconds(motion, 30), valid)
    assert skating_mm(turned, contacts, seconds(turned, 30), valid) == pytest.approx(
        skating_mm(motion, contacts, seconds(motion, 30), valid)
    )


def test_slide_is_the_mean_way_of_the_feet_that_stand():
    motion = standing(4)
    motion[1:, 7, :2] += [0.003, 0.004]  # left ankle: 5 mm, then still
    motion[:, 11, 0] += [0, 0.1, 0.2, 0.3]  # right foot: in the air
    motion[:, 7, 2] += [0, 0.02, 0, 0]
    contacts = np.zeros((4, 4), bool)
    contacts[:, 0] = True
    assert skating_mm(motion, contacts, seconds(motion, 30), all_valid(motion)) == pytest.approx(5 / 3)
    contacts[:2, 3] = True  # now it stood for one pair of frames
    assert skating_mm(motion, contacts, seconds(motion, 30), all_valid(motion)) == pytest.approx(105 / 4)
    assert skating_mm(motion, contacts, seconds(motion, 30), np.array([True, False, True, False])) is None
    assert skating_mm(motion, ~np.ones((4, 4), bool), seconds(motion, 30), all_valid(motion)) is None


@pytest.mark.parametrize("fps", RATES)
def test_the_slide_of_a_foot_is_the_same_at_any_frame_rate(fps):
    motion = slide(fps, speed=0.3, start=0, stop=9)
    contacts = np.tile([False, False, False, True], (len(motion), 1))
    assert skating_mm(motion, contacts, seconds(motion, fps), all_valid(motion)) == pytest.approx(10)


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
    assert keyframe_jump(roots, keyframes, seconds(roots, 15)) == pytest.approx(placement_jump(roots, keyframes))


def test_a_person_at_rest_does_not_jump():
    roots = np.zeros((20, 3))
    assert keyframe_jump(roots, np.array([0, 19]), seconds(roots, 15)) == 0
    roots[0, 0] = 0.001  # 0.225 m/s² at 15 fps, against a median of none
    assert keyframe_jump(roots, np.array([0]), seconds(roots, 15)) == pytest.approx(0.225)
    assert keyframe_jump(roots[:2], np.array([0, 1]), seconds(roots[:2], 15)) is None


def test_depth_below_and_height_above_the_floor_begin_at_five_millimetres():
    lowest = np.array([-0.025, -0.004, 0.0, 0.105])
    found = floor_scores(lowest, np.ones(4, bool))
    assert found == {"floor_penetration_mm": pytest.approx(5), "floating_mm": pytest.approx(25)}
    assert floor_scores(lowest, lowest > 0) == {"floor_penetration_mm": 0, "floating_mm": pytest.approx(100)}
    assert floor_scores(lowest, lowest > 1) == {}

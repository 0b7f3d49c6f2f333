"""Landmarks that show front for back or left for right in runs of frames: the fit is that of the right ones."""

from dataclasses import replace
from functools import cache

import footwork
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landmark_tracks import BODY, CAMERA, FRAMES, SKELETON, TIMES, landmarks_of, walk

from share_data.pipeline.humans.blazepose.estimator import MIN_CONFIDENCE
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.landmarks import Landmarker
from share_data.pipeline.humans.blazepose.motion import find_motion
from share_data.pipeline.humans.blazepose.readings import READINGS, likeliest, readings
from share_data.pipeline.humans.blazepose.tracking import PersonTracker
from share_data.pipeline.humans.movenet import GLANCE, MoveNet
from share_data.video.frames import ClipFrames

EVERY = np.arange(FRAMES)
REAL_FRAMES = 40
REAL_TIMES = np.arange(REAL_FRAMES) / 60


@cache
def evidence_of_a_walk():
    """Landmarks of a walk, noise and all."""
    return Evidence.gather(*landmarks_of(*walk()), np.ones(FRAMES, bool), CAMERA, TIMES)


@pytest.fixture
def walker():
    return evidence_of_a_walk()


@pytest.fixture(scope="module")
def man():
    """The landmarks of the real clip."""
    frames = ClipFrames(footwork.PATH, 0, REAL_FRAMES, 1920, 1080)
    seen = PersonTracker(MoveNet(), MoveNet(GLANCE), Landmarker()).follow(frames, footwork.INTRINSICS, REAL_TIMES)
    valid = seen.confidence >= MIN_CONFIDENCE
    return Evidence.gather(seen.landmarks, seen.world, valid, footwork.INTRINSICS, REAL_TIMES)


def flipped(evidence, numbers):
    """The evidence as a network would give it that takes each frame as `numbers` (T,) in READINGS say."""
    return evidence.turned(*np.array(READINGS)[numbers].T)


def runs(length, seed):
    """(T,) readings: three runs of three to six frames, each wrong in its own way."""
    rng = np.random.default_rng(seed)
    numbers = np.zeros(length, int)
    for start, reading in zip((2, length // 3, 2 * length // 3), rng.permutation([1, 2, 3]), strict=True):
        numbers[start : start + int(rng.integers(3, 7))] = reading
    return numbers


def joints_of(motion):
    return BODY.forward(motion.global_orient, motion.body_pose, motion.betas, motion.transl).joints


def furthest(one, other):
    """The mean distance of the joints in the worst frame, metres."""
    return np.linalg.norm(joints_of(one) - joints_of(other), axis=-1).mean(axis=1).max()


def test_landmarks_that_are_right_stay_as_they_are(walker):
    assert readings(walker, TIMES) == [walker]


@given(wrong=st.lists(st.tuples(st.integers(0, FRAMES - 1), st.integers(2, 8), st.integers(1, 3)), max_size=2))
@settings(max_examples=15, deadline=None)
def test_runs_of_wrong_frames_are_told_from_right_ones(wrong):
    walker = evidence_of_a_walk()
    numbers = np.zeros(FRAMES, int)
    for start, length, reading in wrong:
        numbers[start : start + length] = reading
    np.testing.assert_array_equal(likeliest(flipped(walker, numbers), TIMES, EVERY), numbers)


@pytest.mark.parametrize("stride", [2, 3])
def test_a_lower_frame_rate_tells_them_too(stride):
    landmarks, world, times = (values[::stride] for values in (*landmarks_of(*walk()), TIMES))
    frames = len(landmarks)
    numbers = np.where(np.isin(np.arange(frames), (4, 5, 6)), 3, 0)
    evidence = flipped(Evidence.gather(landmarks, world, np.ones(frames, bool), CAMERA, times), numbers)
    np.testing.assert_array_equal(likeliest(evidence, times, np.arange(frames)), numbers)


@pytest.mark.parametrize("rate", [1, 2, 4])
def test_a_higher_frame_rate_tells_of_hardly_seen_people_what_a_lower_one_tells(walker, rate):
    """Every frame shown several times as briefly: what 0.1 s say against a break does not depend on their number."""
    numbers = np.where(np.isin(EVERY, (12, 13, 14)), 3, 0)
    one = flipped(replace(walker, weights=0.01 * walker.weights), numbers)
    pixels, world, weights = (np.repeat(values, rate, axis=0) for values in (one.pixels, one.world, one.weights))
    times = np.arange(FRAMES * rate) / (30 * rate)
    shown = Evidence(pixels, world, weights, CAMERA, times)
    np.testing.assert_array_equal(likeliest(shown, times, np.arange(len(times))), np.repeat(numbers, rate))


def test_turned_twice_is_as_it_was(walker):
    numbers = runs(FRAMES, 1)
    again = flipped(flipped(walker, numbers), numbers)
    np.testing.assert_allclose(again.world, walker.world, atol=1e-12)
    np.testing.assert_array_equal(again.weights, walker.weights)


def test_a_clip_that_is_mostly_the_wrong_way_round_is_tried_both_ways(walker):
    numbers = np.full(FRAMES, 3)
    numbers[10:20] = 0
    right, wrong = (find_motion(SKELETON, BODY, each, TIMES) for each in (walker, flipped(walker, numbers)))
    assert furthest(right, wrong) < 0.02


@footwork.needed
def test_the_real_man_is_where_he_was_when_runs_of_his_landmarks_are_flipped(man):
    right, wrong = (find_motion(SKELETON, BODY, each, REAL_TIMES) for each in (man, flipped(man, runs(REAL_FRAMES, 0))))
    assert furthest(right, wrong) < 0.02

"""Frames between keyframes: the paper's mean, the blend without jumps, and the number that tells them apart."""

import numpy as np
import pytest

from share_data.pipeline.placement.anchoring import Anchors
from share_data.pipeline.placement.root_paths import smooth_roots, steady_roots
from share_data.pipeline.quality.keyframe_jump import keyframe_jump

FPS = 30


def seconds(path):
    """When the frames of a path were taken."""
    return np.arange(len(path)) / FPS


def walk(seed, frames=100, jitter=0.02, speed=1.0):
    """Estimated and true roots, metres: a walk of changing speed that bobs, and an estimate that drifts and jitters."""
    rng = np.random.default_rng(seed)
    time = np.arange(frames) / FPS
    heading = rng.uniform(0, 2 * np.pi)
    along = speed * (time + 0.2 * np.sin(time * rng.uniform(0.5, 1.5) + rng.uniform(0, 6)))
    bob = 0.02 * np.sin(2 * np.pi * 2 * time + rng.uniform(0, 6))
    truth = np.stack([along * np.cos(heading), bob, 4 + along * np.sin(heading)], axis=1)
    drift = np.outer(np.linspace(-1, 1, frames), rng.normal(0, 0.05, 3)) + rng.normal(0, 0.2, 3)
    return truth + drift + rng.normal(0, jitter, truth.shape), truth


def placed(estimated, truth, keyframes, anchoring, seed=0):
    """The path when keyframes come within half a centimetre of the truth."""
    rng = np.random.default_rng(seed)
    displacement = (truth - estimated)[keyframes] + rng.normal(0, 0.005, (len(keyframes), 3))
    return estimated + Anchors(estimated, seconds(estimated), keyframes, anchoring).offsets(displacement)


@pytest.mark.parametrize("keyframes", [[0, 99], [0, 50, 99], [0, 25, 50, 75, 99], [10, 80]])
@pytest.mark.parametrize("jitter", [0.005, 0.02, 0.04])
def test_the_blend_does_not_jump_where_the_papers_rule_does(keyframes, jitter):
    for seed in range(20):
        estimated, truth = walk(seed, jitter=jitter)
        paths = {rule: placed(estimated, truth, np.array(keyframes), rule, seed) for rule in ("mean", "blend")}
        jumps = {rule: keyframe_jump(path, np.array(keyframes), seconds(path)) for rule, path in paths.items()}
        assert jumps["blend"] <= 1.5 < 3 < jumps["mean"]


def test_the_blend_follows_a_drifting_depth_and_a_walk():
    errors = {"mean": [], "blend": []}
    for seed in range(20):
        estimated, truth = walk(seed)
        for rule, found in errors.items():
            path = placed(estimated, truth, np.array([0, 99]), rule, seed)
            found.append(np.linalg.norm(path - truth, axis=1).mean())
    assert np.mean(errors["blend"]) < 0.03 < 0.04 < np.mean(errors["mean"])


@pytest.mark.parametrize("rule", ["mean", "blend"])
def test_keyframes_are_displaced_as_told(rule):
    estimated, truth = walk(0)
    keyframes = np.array([0, 40, 99])
    displacement = (truth - estimated)[keyframes]
    offsets = Anchors(estimated, seconds(estimated), keyframes, rule).offsets(displacement)
    np.testing.assert_allclose(offsets[keyframes], displacement, atol=1e-12)


def test_between_two_keyframes_the_blend_is_a_straight_line():
    still = np.zeros((21, 3))
    offsets = Anchors(still, seconds(still), np.array([0, 20]), "blend").offsets(np.array([[0.0, 0, 0], [1.0, 2, -1]]))
    np.testing.assert_allclose(offsets, np.outer(np.linspace(0, 1, 21), [1, 2, -1]), atol=1e-12)


def test_outside_of_the_keyframes_the_blend_stands_still_without_a_kink():
    still = np.zeros((61, 3))
    offsets = Anchors(still, seconds(still), np.array([20, 40]), "blend").offsets(np.array([[0.0, 0, 0], [1.0, 0, 0]]))
    assert (offsets[:21] == 0).all()
    np.testing.assert_allclose(offsets[40:, 0], 1)
    assert np.abs(np.diff(offsets, 2, axis=0)).max() < 0.016  # a kink would be 0.05


def test_the_papers_rule_moves_every_other_frame_by_the_mean_deviation():
    estimated, _ = walk(3)
    keyframes = np.array([0, 99])
    displacement = np.array([[0.1, 0, 0.3], [0.0, 0.2, 0.1]])
    path = estimated + Anchors(estimated, seconds(estimated), keyframes, "mean").offsets(displacement)
    smoothed = smooth_roots(estimated, seconds(estimated))
    mean = (estimated[keyframes] + displacement - smoothed[keyframes]).mean(axis=0)
    np.testing.assert_allclose(path[1:-1], smoothed[1:-1] + mean, atol=1e-12)


def test_smoothing_mirrors_without_repeating_the_edge():
    roots = np.random.default_rng(0).normal(size=(30, 3))
    taps = np.exp(-0.5 * (np.arange(-9, 10) / 3.0) ** 2)
    padded = np.pad(roots, ((9, 9), (0, 0)), mode="reflect")
    expected = np.stack([np.convolve(padded[:, a], taps / taps.sum(), "valid") for a in range(3)], axis=1)
    np.testing.assert_allclose(smooth_roots(roots, seconds(roots)), expected, atol=1e-12)


def test_the_papers_smoothing_is_bent_at_the_ends_of_a_walk_and_ours_is_not():
    steps = np.outer(np.arange(100) / FPS, [1.0, 0, 0])
    assert smooth_roots(steps, seconds(steps))[0, 0] == pytest.approx(0.08, abs=0.005)
    np.testing.assert_allclose(steady_roots(steps, seconds(steps)), steps, atol=1e-9)


def test_both_smoothings_halve_the_same_frequency():
    # The Gaussian halves where exp(-(sigma w)^2 / 2) = 1/2.
    wave = np.sin(np.sqrt(2 * np.log(2)) / 3 * np.arange(400))[:, None] * np.ones(3)
    for smooth in (smooth_roots, steady_roots):
        kept = np.abs(smooth(wave, seconds(wave))[100:300]).max() / np.abs(wave[100:300]).max()
        assert kept == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 7, 60])
def test_steady_roots_solve_their_least_squares(frames):
    from share_data.pipeline.placement.root_paths import STIFFNESS

    roots = np.random.default_rng(frames).normal(size=(frames, 3))
    differences = np.diff(np.eye(frames), 2, axis=0)
    expected = np.linalg.solve(np.eye(frames) + STIFFNESS * differences.T @ differences, roots)
    np.testing.assert_allclose(steady_roots(roots, seconds(roots)), expected, atol=1e-9)


def test_the_jump_is_the_second_difference_over_its_median():
    time = np.arange(50.0)
    path = np.stack([0.01 * time**2, time, 0 * time], axis=1)
    assert keyframe_jump(path, np.array([0, 49]), seconds(path)) == pytest.approx(1)
    path[20, 2] = 0.04  # second differences 0.02 along x, 0.08 along z
    assert keyframe_jump(path, np.array([20]), seconds(path)) == pytest.approx(np.hypot(0.02, 0.08) / 0.02)
    assert keyframe_jump(path, np.array([20, 40]), seconds(path)) == pytest.approx(
        (np.hypot(0.02, 0.08) / 0.02 + 1) / 2
    )


def test_a_path_without_acceleration_does_not_jump():
    steps = np.outer(np.arange(30.0), [0.1, 0, 0.2])
    assert keyframe_jump(steps, np.array([0, 29]), seconds(steps)) == 1
    assert keyframe_jump(steps[:2], np.array([0, 1]), seconds(steps[:2])) == 1


def test_the_jump_is_the_same_at_every_rate_and_with_frames_missing():
    def filmed(fps, kept=slice(None)):
        when = (np.arange(2 * fps + 1) / fps)[kept]
        path = np.stack([np.sin(3 * when), 0.3 * when**2, np.where(when < 1, 0.0, 0.1 * (when - 1))], axis=1)
        return keyframe_jump(path, np.array([np.abs(when - 1).argmin()]), when)

    expected = filmed(30)
    gone = np.delete(np.arange(121), [5, 33, 47, 71, 88, 102, 110])
    for value in (filmed(60), filmed(120), filmed(60, gone)):
        assert value == pytest.approx(expected, rel=0.05)

"""Placement: the objective is SHARE's, the solver minimises it, and the frame of reference does not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from share_data.errors import EstimationError
from share_data.pipeline.placement import Objective, PlacementOptions, SymmetricChamfer, place_human, smooth_roots

T = 40
KEYFRAMES = np.array([0, T - 1])
PAPER = PlacementOptions()


def blob(rng, count):
    """A person-sized closed surface: an upright ellipsoid with arms out, so that no symmetry hides a rotation."""
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    body = directions * [0.22, 0.85, 0.14]
    body[: count // 5] = directions[: count // 5] * [0.6, 0.05, 0.05] + [0.1, -0.4, 0.0]
    return body


def problem(seed=0, shift=(0.1, -0.05, 0.3), vertices=400, points=500):
    """Meshes at two keyframes, the same surface sampled anew and displaced by `shift`, and a walking root."""
    rng = np.random.default_rng(seed)
    roots = np.linspace([-0.8, 0.2, 3.0], [0.9, 0.2, 4.0], T) + rng.normal(0, 0.02, (T, 3))
    mesh = np.stack([blob(np.random.default_rng(7), vertices) + roots[k] for k in KEYFRAMES])
    human = [blob(np.random.default_rng(8), points) + roots[k] + shift for k in KEYFRAMES]
    return mesh, human, roots


def brute_force(mesh, human, roots, offsets):
    """L_body + L_root as the paper writes them: all distances, all frames, MSE against the other keyframe left out."""
    total = 0.0
    for vertices, points, k in zip(mesh, human, KEYFRAMES, strict=True):
        distances = np.linalg.norm(points[:, None] - (vertices + offsets[k])[None], axis=2)
        total += distances.min(axis=1).mean() + distances.min(axis=0).mean()
    placed, smoothed = roots + offsets, smooth_roots(roots)
    for k, other in (KEYFRAMES, KEYFRAMES[::-1]):
        frames = np.array([i for i in range(T) if i != other])
        total += np.mean(((placed[frames] - placed[k]) - (smoothed[frames] - smoothed[k])) ** 2)
    return total


def test_the_losses_are_the_papers():
    mesh, human, roots = problem()
    placement = place_human(mesh, human, roots, KEYFRAMES, PAPER)
    assert placement.body_loss + placement.root_loss == pytest.approx(
        brute_force(mesh, human, roots, placement.offsets), rel=1e-9
    )


def test_no_single_frame_can_be_moved_to_advantage():
    mesh, human, roots = problem()
    offsets = place_human(mesh, human, roots, KEYFRAMES, PAPER).offsets
    best = brute_force(mesh, human, roots, offsets)
    for frame in (0, 1, T // 2, T - 1):
        for axis in range(3):
            for step in (-1e-3, 1e-3):
                moved = offsets.copy()
                moved[frame, axis] += step
                assert brute_force(mesh, human, roots, moved) > best


def test_the_gradient_is_the_numeric_one():
    mesh, human, roots = problem()
    objective = Objective(mesh, human, roots, KEYFRAMES)
    x = np.random.default_rng(1).normal(0, 0.1, 6)
    value, gradient = objective.flat(x)
    step = 1e-6
    for i in range(6):
        ahead = objective.flat(x + step * np.eye(6)[i])[0]
        back = objective.flat(x - step * np.eye(6)[i])[0]
        assert gradient[i] == pytest.approx((ahead - back) / (2 * step), abs=1e-5)
    assert value > 0


def test_a_known_displacement_is_recovered():
    shift = np.array([0.1, -0.05, 0.3])
    mesh, human, roots = problem(shift=shift, vertices=3000, points=4000)
    placement = place_human(mesh, human, roots, KEYFRAMES, PAPER)
    assert np.abs(placement.offsets[KEYFRAMES] - shift).max() < 0.01
    between = placement.offsets[1:-1] + roots[1:-1] - smooth_roots(roots)[1:-1]
    assert np.abs(between - shift).max() < 0.06  # the paper's mean of the keyframes' deviations, root noise included


def test_identical_surfaces_are_met_exactly():
    mesh, _, roots = problem()
    placement = place_human(mesh, list(np.add(mesh, (0.2, 0.1, -0.3))), roots, KEYFRAMES, PAPER)
    assert placement.body_loss < 2e-3
    assert placement.body_loss + placement.root_loss < placement.initial_loss


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), depth=st.floats(-0.8, 0.8))
def test_the_objective_never_rises(seed, depth):
    mesh, human, roots = problem(seed, shift=(0.05, 0.0, depth), vertices=200, points=150)
    placement = place_human(mesh, human, roots, KEYFRAMES, PAPER)
    assert placement.body_loss + placement.root_loss <= placement.initial_loss


@settings(max_examples=10, deadline=None)
@given(turn=st.tuples(*[st.floats(-3, 3)] * 3), move=st.tuples(*[st.floats(-5, 5)] * 3))
def test_moving_the_world_moves_the_answer(turn, move):
    mesh, human, roots = problem(shift=(0.02, -0.03, 0.15))
    rotation = Rotation.from_rotvec(turn).as_matrix()

    def moved(points):
        return points @ rotation.T + move

    here = place_human(mesh, human, roots, KEYFRAMES, PAPER)
    there = place_human(moved(mesh), [moved(h) for h in human], moved(roots), KEYFRAMES, PAPER)
    np.testing.assert_allclose(there.offsets, here.offsets @ rotation.T, atol=2e-3)
    assert there.body_loss == pytest.approx(here.body_loss, rel=1e-3)


@pytest.mark.parametrize("frames", [2, 3, 5, 9, 10, 18])
def test_clips_shorter_than_the_kernel_are_placed(frames):
    mesh, human, roots = problem()
    ends = np.array([0, frames - 1])
    placement = place_human(mesh, human, roots[np.linspace(0, T - 1, frames).astype(int)], ends, PAPER)
    assert placement.offsets.shape == (frames, 3)
    assert np.isfinite(placement.offsets).all()


def test_smoothing_mirrors_without_repeating_the_edge():
    roots = np.random.default_rng(0).normal(size=(30, 3))
    taps = np.exp(-0.5 * (np.arange(-9, 10) / 3.0) ** 2)
    padded = np.pad(roots, ((9, 9), (0, 0)), mode="reflect")
    expected = np.stack([np.convolve(padded[:, a], taps / taps.sum(), "valid") for a in range(3)], axis=1)
    np.testing.assert_allclose(smooth_roots(roots), expected, atol=1e-12)


def test_huge_point_clouds_are_thinned_by_a_stride():
    points = np.random.default_rng(0).normal(size=(45_000, 3))
    assert len(SymmetricChamfer(points[:10], points).points) == 15_000


def test_a_keyframe_without_human_points_is_an_error_that_names_it():
    mesh, human, roots = problem()
    with pytest.raises(EstimationError, match="keyframe 39"):
        place_human(mesh, [human[0], human[1][:0]], roots, KEYFRAMES, PAPER)


def test_repeated_keyframes_are_refused():
    mesh, human, roots = problem()
    with pytest.raises(ValueError, match="distinct"):
        place_human(mesh, human, roots, np.array([3, 3]), PAPER)

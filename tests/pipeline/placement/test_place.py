"""Placement: the objective is SHARE's, both solvers minimise it, and the frame of reference does not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placement_blobs import ENDS, FOUR, T, paper_loss, problem, times_of
from placement_clips import paper
from scipy.spatial.transform import Rotation

from share_data.errors import EstimationError
from share_data.pipeline.placement.place import place_human

PAPER = paper()


@pytest.mark.parametrize("keyframes", [ENDS, FOUR])
@pytest.mark.parametrize("squared", [False, True])
def test_the_losses_are_the_papers(keyframes, squared):
    mesh, human, roots = problem(keyframes=keyframes)
    placement = place_human(mesh, human, roots, times_of(roots), keyframes, paper(squared=squared))
    assert placement.body_loss + placement.root_loss == pytest.approx(
        paper_loss(mesh, human, roots, placement.offsets, keyframes, squared), rel=1e-9
    )
    assert placement.root_loss > 0


@pytest.mark.parametrize("keyframes", [ENDS, FOUR])
def test_no_single_frame_can_be_moved_to_advantage(keyframes):
    mesh, human, roots = problem(keyframes=keyframes)
    offsets = place_human(mesh, human, roots, times_of(roots), keyframes, PAPER).offsets
    best = paper_loss(mesh, human, roots, offsets, keyframes)
    for frame in (0, 1, T // 2, T - 1):
        for axis in range(3):
            for step in (-2e-3, 2e-3):
                moved = offsets.copy()
                moved[frame, axis] += step
                assert paper_loss(mesh, human, roots, moved, keyframes) > best


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("anchoring", ["mean", "blend"])
@pytest.mark.parametrize("keyframes", [ENDS, FOUR])
def test_a_known_displacement_is_recovered(squared, anchoring, keyframes):
    shift = np.array([0.1, -0.05, 0.3])
    mesh, human, roots = problem(shift=shift, vertices=3000, points=4000, keyframes=keyframes)
    options = paper(squared=squared, anchoring=anchoring)
    placement = place_human(mesh, human, roots, times_of(roots), keyframes, options)
    # The root loss, bent at the ends by the paper's smoothing, weighs more against squared distances.
    near = 0.05 if squared and anchoring == "mean" else 0.01
    assert np.abs(placement.offsets[keyframes] - shift).max() < near
    rest = np.setdiff1d(np.arange(T), keyframes)
    assert np.abs(placement.offsets[rest] - shift).max() < (0.12 if anchoring == "mean" else 0.07)


def test_a_person_far_from_the_points_is_found():
    shift = np.array([1.5, -0.4, 3.0])
    mesh, human, roots = problem(shift=shift, vertices=2000, points=2000)
    assert np.abs(place_human(mesh, human, roots, times_of(roots), ENDS, PAPER).offsets[ENDS] - shift).max() < 0.01


def test_identical_surfaces_are_met_exactly():
    mesh, _, roots = problem()
    placement = place_human(mesh, list(np.add(mesh, (0.2, 0.1, -0.3))), roots, times_of(roots), ENDS, PAPER)
    assert placement.body_loss < 2e-3
    assert placement.body_loss + placement.root_loss < placement.initial_loss


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), depth=st.floats(-0.8, 0.8), squared=st.booleans())
def test_the_objective_never_rises(seed, depth, squared):
    mesh, human, roots = problem(seed, shift=(0.05, 0.0, depth), vertices=200, points=150)
    placement = place_human(mesh, human, roots, times_of(roots), ENDS, paper(squared=squared))
    # The mesh and points are few enough for the initial loss to be exact.
    assert placement.body_loss + placement.root_loss <= placement.initial_loss


@settings(max_examples=15, deadline=None)
@given(
    turn=st.tuples(*[st.floats(-3, 3)] * 3),
    move=st.tuples(*[st.floats(-5, 5)] * 3),
    squared=st.booleans(),
    anchoring=st.sampled_from(["mean", "blend"]),
    keyframes=st.sampled_from([ENDS, FOUR]),
)
def test_moving_the_world_moves_the_answer(turn, move, squared, anchoring, keyframes):
    mesh, human, roots = problem(shift=(0.02, -0.03, 0.15), keyframes=keyframes)
    rotation = Rotation.from_rotvec(turn).as_matrix()
    options = paper(squared=squared, anchoring=anchoring)

    def moved(points):
        return points @ rotation.T + move

    here = place_human(mesh, human, roots, times_of(roots), keyframes, options)
    there = place_human(
        moved(mesh), [moved(h) for h in human], moved(roots), times_of(moved(roots)), keyframes, options
    )
    assert there.body_loss + there.root_loss == pytest.approx(here.body_loss + here.root_loss, rel=1e-3)
    # So few points leave the minimum flat over some millimetres, squared ones over up to a centimetre.
    np.testing.assert_allclose(there.offsets, here.offsets @ rotation.T, atol=1e-2 if squared else 5e-3)


def test_the_same_input_gives_the_same_bits():
    mesh, human, roots = problem(vertices=2500, points=3000)
    first, second = (place_human(mesh, human, roots, times_of(roots), ENDS, PAPER) for _ in range(2))
    assert first.offsets.tobytes() == second.offsets.tobytes()


@pytest.mark.parametrize("anchoring", ["mean", "blend"])
@pytest.mark.parametrize("frames", [2, 3, 5, 9, 10, 18])
def test_clips_shorter_than_the_kernel_are_placed(frames, anchoring):
    mesh, human, roots = problem()
    short = roots[np.linspace(0, T - 1, frames).astype(int)]
    options = paper(anchoring=anchoring)
    placement = place_human(mesh, human, short, times_of(short), np.array([0, frames - 1]), options)
    assert placement.offsets.shape == (frames, 3)
    assert np.isfinite(placement.offsets).all()


def test_one_keyframe_moves_the_whole_clip():
    mesh, human, roots = problem()
    placement = place_human(mesh[:1], human[:1], roots, times_of(roots), ENDS[:1], paper(anchoring="blend"))
    assert np.abs(placement.offsets - (0.1, -0.05, 0.3)).max() < 0.1
    assert placement.root_loss == 0


def test_a_keyframe_without_human_points_is_an_error_that_names_it():
    mesh, human, roots = problem()
    with pytest.raises(EstimationError, match="keyframe 39"):
        place_human(mesh, [human[0], human[1][:0]], roots, times_of(roots), ENDS, PAPER)


@pytest.mark.parametrize("keyframes", [[3, 3], [5, 2], [0, T], [-1, 3]])
def test_keyframes_that_are_not_rising_frame_numbers_are_refused(keyframes):
    mesh, human, roots = problem()
    with pytest.raises(ValueError, match="rising"):
        place_human(mesh, human, roots, times_of(roots), np.array(keyframes), PAPER)


def test_visible_needs_faces():
    mesh, human, roots = problem()
    with pytest.raises(ValueError, match="faces"):
        place_human(mesh, human, roots, times_of(roots), ENDS, paper(chamfer="visible"))

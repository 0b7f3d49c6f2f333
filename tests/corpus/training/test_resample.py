"""Motions at other rates: an analytic one is met within a millimetre and a tenth of a degree, nothing beyond it."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from share_data.corpus.training.resample import LONGEST_S, moments, nearest, positions, seen, turns
from share_data.corpus.training.rotations import SHAPES, axis_angles, matrices, product, quaternions, represented

RNG = np.random.default_rng(3)


def frame_times(kind: float | str, seconds: float = 4.0) -> np.ndarray:
    """Of a constant rate, or of one that changes: every step between 1/60 and 1/20 s, as phones record them."""
    if kind == "variable":
        return np.cumsum(np.random.default_rng(1).uniform(1 / 60, 1 / 20, 120))
    return 7.3 + np.arange(int(seconds * float(kind))) / float(kind)


def path(times: np.ndarray) -> np.ndarray:
    """(T, 3) metres: a swing of 1.2 Hz whose acceleration reaches 10 m/s2 along each axis."""
    swing = 2 * np.pi * 1.2
    phases = np.array([0.0, 1.0, 2.0])
    return 10 / swing**2 * np.sin(swing * times[:, None] + phases)


def turning(times: np.ndarray) -> np.ndarray:
    """(T, 4) quaternions: an arm that swings by 60 degrees to either side at 0.8 Hz, about a slowly turning axis."""
    angle = np.deg2rad(60) * np.sin(2 * np.pi * 0.8 * times)
    axis = np.stack([np.cos(times), np.sin(times), np.full(len(times), 0.5)], axis=1)
    return quaternions(axis / np.linalg.norm(axis, axis=1, keepdims=True) * angle[:, None])


def between(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(N,) degrees."""
    cosine = np.abs((left * right).sum(-1)).clip(0, 1)
    return np.rad2deg(2 * np.arccos(cosine))


@pytest.mark.parametrize("source", [15, 24, 29.97, 60, "variable"])
@pytest.mark.parametrize("target", [20, 30])
def test_an_analytic_motion_is_met(source: float | str, target: int) -> None:
    times = frame_times(source)
    when = times[0] + np.arange(int((times[-1] - times[0]) * target) + 1) / target
    at = moments(times, np.ones(len(times), bool), when)
    assert np.linalg.norm(positions(path(times), at) - path(when), axis=1).max() < 1e-3
    assert between(turns(turning(times), at), turning(when)).max() < 0.1
    straight = np.stack([np.interp(when, times, column) for column in path(times).T], axis=1)
    if source in (15, 24, "variable"):
        assert np.linalg.norm(straight - path(when), axis=1).max() > 1.5e-3  # lines would not do


def test_frames_are_met_exactly() -> None:
    times = frame_times("variable")
    at = moments(times, np.ones(len(times), bool), times)
    np.testing.assert_allclose(positions(path(times), at), path(times), atol=1e-12)
    assert between(turns(turning(times), at), turning(times)).max() < 1e-5


def test_nothing_is_told_beyond_the_ends() -> None:
    times = np.array([0.0, 0.1, 0.2, 0.3])
    at = moments(times, np.ones(4, bool), np.array([-1.0, 9.0]))
    np.testing.assert_allclose(positions(times**2, at), [0, 0.09], atol=1e-12)


def test_a_gap_is_crossed_on_a_line_and_a_great_arc() -> None:
    times = np.array([0.0, 0.1, 0.2, 1.0, 1.1, 1.2])
    values = np.array([0.0, 5.0, 1.0, 3.0, 9.0, 0.0])
    at = moments(times, np.ones(6, bool), np.array([0.6]))
    assert positions(values, at) == pytest.approx([2.0])
    about_z = quaternions(np.array([[0, 0, angle] for angle in np.deg2rad([0, 80, 10, 50, 3, 0])]))
    assert np.rad2deg(axis_angles(turns(about_z, at))[0, 2]) == pytest.approx(30)


def test_frames_without_the_person_bend_nothing() -> None:
    times = np.arange(6) / 30
    values, valid = np.array([0.0, 1, 2, 99, 4, 5]), np.array([1, 1, 1, 0, 1, 1], bool)
    at = moments(times, valid, np.array([0.05]))
    assert positions(values, at) == pytest.approx([1.5])


def test_a_moment_is_seen_between_seen_frames_that_are_near() -> None:
    times, valid = np.array([0.0, 0.1, 0.2, 0.3, 1.0]), np.array([1, 1, 0, 1, 1], bool)
    when = np.array([0.05, 0.1, 0.15, 0.2, 0.3, 0.6, 1.0])
    assert LONGEST_S < 0.7
    assert seen(times, valid, moments(times, valid, when)).tolist() == [True, True, False, False, True, False, True]


def test_states_are_those_of_the_nearest_frame() -> None:
    times = np.array([0.0, 0.1, 0.2])
    at = moments(times, np.ones(3, bool), np.array([0.04, 0.06, 0.2]))
    assert nearest(np.array([1, 2, 3]), at).tolist() == [1, 2, 3]


def test_two_frames_are_enough() -> None:
    at = moments(np.array([0.0, 1.0]), np.ones(2, bool), np.array([0.25]))
    assert positions(np.array([[0.0], [4.0]]), at).tolist() == [[1.0]]


def test_rotations_agree_with_scipy() -> None:
    vectors = np.concatenate([RNG.normal(size=(50, 3)), np.zeros((1, 3)), [[1e-9, 0, 0]], [[np.pi, 0, 0]]])
    expected = Rotation.from_rotvec(vectors)
    found = quaternions(vectors)
    np.testing.assert_allclose(matrices(found), expected.as_matrix(), atol=1e-12)
    np.testing.assert_allclose(np.abs(axis_angles(found)), np.abs(expected.as_rotvec()), atol=1e-9)
    np.testing.assert_allclose(
        matrices(product(found[:20], found[20:40])), (expected[:20] * expected[20:40]).as_matrix(), atol=1e-12
    )


@pytest.mark.parametrize("kind", ["axis_angle", "6d", "matrix"])
def test_representations_have_their_shapes(kind: str) -> None:
    turned = quaternions(RNG.normal(size=(5, 24, 3)))
    assert represented(turned, kind).shape == (5, 24, *SHAPES[kind])  # type: ignore[arg-type]


def test_six_numbers_are_the_first_two_columns() -> None:
    turned = quaternions(RNG.normal(size=(5, 3)))
    six, whole = represented(turned, "6d"), matrices(turned)
    np.testing.assert_array_equal(six[:, :3], whole[:, :, 0])
    np.testing.assert_array_equal(six[:, 3:], whole[:, :, 1])

"""A camera's turn is told by points that both pictures show, whatever else moves."""

import numpy as np
import pytest

from share_data.scan.steady.turning import Frame, Pairs, applied, bend_of, homography, turn_of

FRAME = Frame(1920, 1080, (480, 270))
BEND = 1.2
TURN = np.array([0.004, -0.006, 0.005, 0.002])


def _pairs(turn: np.ndarray, outliers: float = 0.0, seed: int = 0) -> Pairs:
    """300 points over the picture, found to a tenth of a small pixel; a share of them goes elsewhere together."""
    rng = np.random.default_rng(seed)
    old = rng.uniform((-0.5, -0.28), (0.5, 0.28), (300, 2))
    new = applied(homography(turn, BEND), old) + rng.normal(0, 0.1 * FRAME.pixel, (300, 2))
    new[: int(300 * outliers)] += 4 * FRAME.pixel
    return Pairs(old, new)


@pytest.mark.parametrize("outliers", [0.0, 0.3])
def test_the_turn_is_that_of_most_points(outliers: float) -> None:
    turn, agree = turn_of(_pairs(TURN, outliers), BEND, FRAME.pixel)
    corners = np.array([[-0.5, -0.28], [0.5, 0.28]])
    off = applied(homography(turn, BEND), corners) - applied(homography(TURN, BEND), corners)
    assert np.abs(off).max() / FRAME.pixel < 0.1
    assert agree.mean() == pytest.approx(1 - outliers, abs=0.02)


def test_the_focal_is_told_by_how_corners_run_ahead() -> None:
    swing = np.random.default_rng(3).normal(0, 0.006, (12, 4)) * (1, 1, 1, 0)
    assert bend_of([_pairs(turn, seed=k) for k, turn in enumerate(swing)], FRAME.pixel) == pytest.approx(BEND, abs=0.2)


def test_normal_coordinates_and_pixels_are_of_the_same_places() -> None:
    """The middle of the small picture's first pixel covers four by four of the picture's."""
    matrix = homography(TURN, BEND)
    place = FRAME.normal(np.array([[0.0, 0.0]]))
    there = applied(FRAME.pixels(matrix), np.array([[2.0, 2.0]]))
    assert there / FRAME.long_side == pytest.approx(applied(matrix, place) + np.array([0.5, 0.5 * 1080 / 1920]))

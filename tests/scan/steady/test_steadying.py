"""A motion is told frame by frame; what something else was followed in is filled in, for a moment."""

import numpy as np
import pytest

from share_data.scan.steady.steadying import motion_of
from share_data.scan.steady.turning import Frame, Pairs, applied, homography

FRAME = Frame(1920, 1080, (480, 270))
BEND, FRAMES = 1.2, 24
TIMES = np.arange(FRAMES) / 30
TURNS = 0.006 * np.stack([np.sin(2 * TIMES), np.cos(2 * TIMES), 0.5 * np.sin(TIMES), 0 * TIMES], axis=1)
CORNERS = np.array([[-0.5, -0.28], [0.5, -0.28], [-0.5, 0.28], [0.5, 0.28]])


def _pairs(turn: np.ndarray, count: int) -> Pairs:
    rng = np.random.default_rng(count)
    old = rng.uniform((-0.5, -0.28), (0.5, 0.28), (count, 2))
    return Pairs(old, applied(homography(turn, BEND), old) + rng.normal(0, 0.05 * FRAME.pixel, old.shape))


def _clip(covered: range) -> list[Pairs]:
    """In the frames that are covered, all that is seen is a banner, which stands still."""
    return [_pairs(0 * turn, 60) if k in covered else _pairs(turn, 300) for k, turn in enumerate(TURNS)]


@pytest.mark.parametrize("covered", [range(0), range(8, 13), range(2)], ids=["none", "five in the middle", "the first"])
def test_a_moment_in_which_something_else_is_followed_is_filled_in(covered: range) -> None:
    found = motion_of(_clip(covered), TIMES, FRAME)
    assert found is not None
    off = [
        np.linalg.norm(applied(each, CORNERS) - applied(homography(turn, BEND), CORNERS), axis=1).max()
        for each, turn in zip(found, TURNS, strict=True)
    ]
    assert max(off) / FRAME.pixel < 0.5


@pytest.mark.parametrize("covered", [range(6, 18), range(FRAMES)], ids=["0.4 s", "all"])
def test_what_is_unseen_for_longer_is_not_made_up(covered: range) -> None:
    seen = [Pairs(each.old[:20], each.new[:20]) if k in covered else each for k, each in enumerate(_clip(covered))]
    assert motion_of(seen, TIMES, FRAME) is None

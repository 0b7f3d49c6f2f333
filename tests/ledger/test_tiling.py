"""Every frame in exactly one row, or the video is named."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.ledger.tiling import Tiling


def _problems(frames: int, pieces: list[tuple[int, int]]) -> list[str]:
    tiling = Tiling()
    for start, stop in pieces:
        tiling.piece("s/v", start, stop)
    tiling.video("s/v", frames)
    return tiling.problems()


@settings(deadline=None)
@given(st.sets(st.integers(1, 999), max_size=20), st.randoms())
def test_pieces_that_cover_a_video_once_are_right_in_any_order(inner: set[int], random: object) -> None:
    pieces = list(pairwise([0, *sorted(inner), 1000]))
    random.shuffle(pieces)  # type: ignore[attr-defined]
    assert _problems(1000, pieces) == []


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [(0, 50)],
        [(0, 50), (51, 100)],
        [(0, 50), (49, 100)],
        [(0, 100), (0, 100)],
        [(0, 50), (50, 100), (20, 30)],
        [(0, 101)],
        [(0, 50), (50, 100), (70, 70)],
        [(0, 60), (60, 50), (50, 100)],
    ],
)
def test_a_hole_an_overlap_or_a_piece_of_nothing_is_a_problem(pieces: list[tuple[int, int]]) -> None:
    assert len(_problems(100, pieces)) == 1


def test_videos_are_judged_apart_and_those_of_unknown_length_not_at_all() -> None:
    tiling = Tiling()
    tiling.video("s/a", 10)
    tiling.video("s/b", 0)
    tiling.piece("s/a", 0, 10)
    tiling.piece("s/b", 0, 3)
    assert tiling.problems() == []

"""States of clips, and how much video is in each."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from share_data.build.catalogue import CANDIDATE, FAILED, KEPT, PENDING, REJECTED, UNFIT
from share_data.build.lengths.states import ClipStates

STATES = (PENDING, REJECTED, CANDIDATE, KEPT, FAILED, UNFIT)
MOVES = st.lists(st.tuples(st.integers(0, 19), st.sampled_from(STATES)))


@given(st.lists(st.integers(1, 300), min_size=1, max_size=20), MOVES)
def test_the_sums_are_those_of_the_clips_whatever_becomes_of_them(
    frames: list[int], moves: list[tuple[int, int]]
) -> None:
    states = ClipStates()
    for count in frames:
        states.add(PENDING, count, count / 25)
    for clip, state in moves:
        states[clip % len(frames)] = state
    expected: Counter[int] = Counter()
    for state, count in zip(states, frames, strict=True):
        expected[state] += count
    assert states.frames == [expected[state] for state in range(len(states.frames))]
    assert round(25 * sum(states.seconds().values())) == sum(frames)


def test_what_there_is_none_of_is_not_told() -> None:
    states = ClipStates()
    states.add(PENDING, 50, 2.0)
    states.add(PENDING, 25, 1.0)
    states[1] = KEPT
    assert states.seconds() == {"undecided": 2.0, "kept": 1.0}

"""Which frames are keyframes: spread over the clip, where the person is seen and uncovers the room."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.errors import EstimationError
from share_data.pipeline.keyframes import candidates, choose_keyframes, keyframe_numbers

TIMES = np.arange(101) / 30
FRAMES = candidates(TIMES, 5)


def walking(frames: np.ndarray, width: int = 8) -> np.ndarray:
    """(N, 40, 120) a person who crosses the image at an even pace."""
    masks = np.zeros((len(frames), 40, 120), bool)
    for mask, frame in zip(masks, frames, strict=True):
        mask[5:35, frame : frame + width] = True
    return masks


def test_somebody_well_seen_all_the_time_has_them_spread_evenly() -> None:
    for count in (2, 3, 5, 9):
        frames = candidates(TIMES, count)
        chosen = choose_keyframes(frames, TIMES[frames], np.full(len(frames), 0.9), walking(frames), count)
        assert chosen.tolist() == keyframe_numbers(TIMES, count).tolist()


def test_a_keyframe_in_which_the_person_is_hidden_moves_to_where_it_is_seen() -> None:
    shown = np.where(abs(FRAMES - 50) < 6, 0.0, 0.9)
    chosen = choose_keyframes(FRAMES, TIMES[FRAMES], shown, walking(FRAMES), 5)
    assert len(chosen) == 5
    assert chosen[[0, 1, 3, 4]].tolist() == [0, 25, 75, 100]
    assert 6 <= abs(chosen[2] - 50) <= 12


def test_one_whose_whole_stretch_hides_the_person_is_left_out() -> None:
    shown = np.where(abs(FRAMES - 50) < 20, 0.01, 0.9)
    assert choose_keyframes(FRAMES, TIMES[FRAMES], shown, walking(FRAMES), 5).tolist() == [0, 25, 75, 100]


def test_slivers_at_the_edge_of_the_image_are_no_keyframes() -> None:
    """Somebody who walks in, crosses the image and leaves it."""
    shown = np.clip(np.minimum(FRAMES, 100 - FRAMES) / 30, 0.02, 1)
    for count in (2, 5):
        chosen = choose_keyframes(FRAMES, TIMES[FRAMES], shown, walking(FRAMES), count)
        assert shown[np.isin(FRAMES, chosen)].min() > 0.5
        assert chosen[-1] - chosen[0] > 40


def test_of_two_the_pair_is_taken_that_hides_least() -> None:
    """Somebody who walks away and comes back to the same spot."""
    masks = walking(np.minimum(FRAMES, 100 - FRAMES))
    first, last = choose_keyframes(FRAMES, TIMES[FRAMES], np.ones(len(FRAMES)), masks, 2)
    assert not (masks[first == FRAMES] & masks[last == FRAMES]).any()
    assert last - first > 30


def test_a_person_whom_a_desk_hides_to_the_waist_all_the_time_is_well_seen() -> None:
    chosen = choose_keyframes(FRAMES, TIMES[FRAMES], np.full(len(FRAMES), 0.3), walking(FRAMES), 5)
    assert chosen.tolist() == keyframe_numbers(TIMES, 5).tolist()


def test_somebody_seen_only_about_one_place_has_two_keyframes_there() -> None:
    shown = np.where(abs(FRAMES - 25) < 8, 0.9, 0.0)
    first, last = choose_keyframes(FRAMES, TIMES[FRAMES], shown, walking(FRAMES), 5)
    assert abs(first - 25) < 8
    assert abs(last - 25) < 8
    assert first < last


@pytest.mark.parametrize("seen", [0, 1])
def test_nobody_seen_twice_is_an_error_that_says_what_to_do(seen: int) -> None:
    shown = np.where(np.arange(len(FRAMES)) < seen, 0.9, 0.0)
    with pytest.raises(EstimationError, match=f"well seen in {seen} of the .* Choose a clip"):
        choose_keyframes(FRAMES, TIMES[FRAMES], shown, walking(FRAMES), 5)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_they_are_few_distinct_and_never_of_the_unseen(length: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.choice([1, 1, 1, 15], length)) / 30
    frames = candidates(times, count)
    shown, masks = rng.choice([0.0, 0.05, 0.5, 1.0], len(frames)), rng.random((len(frames), 6, 8)) < 0.3
    shown[[0, -1]] = 1.0
    chosen = choose_keyframes(frames, times[frames], shown, masks, count)
    assert 2 <= len(chosen) <= count
    assert (np.diff(chosen) > 0).all()
    assert shown[np.isin(frames, chosen)].min() >= 0.5
    assert chosen.tolist() == choose_keyframes(frames, times[frames], shown, masks, count).tolist()
    even = keyframe_numbers(times, count)
    assert len(even) == min(count, length)
    assert (np.diff(even) > 0).all()
    assert even[[0, -1]].tolist() == [0, length - 1]


def test_even_is_even_in_time_and_not_in_frames() -> None:
    """A camera that drops to a third of its rate half-way."""
    times = np.concatenate([np.arange(60) / 30, 2 + np.arange(21) / 10])
    assert keyframe_numbers(times, 5).tolist() == [0, 30, 60, 70, 80]
    frames = candidates(times, 5)
    masks = walking(np.round(times[frames] * 25).astype(int))
    assert choose_keyframes(frames, times[frames], np.full(len(frames), 0.9), masks, 5).tolist() == [0, 30, 60, 70, 80]

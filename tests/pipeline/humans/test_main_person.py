"""The main person, looked at ten times a second: where he is between the looks, and what is not known there."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media import write_video
from synthetic_clips import take_of

from share_data.errors import EstimationError
from share_data.masks import MaskStack
from share_data.pipeline.humans import main_person
from share_data.pipeline.humans.main_person import LOOK_EVERY_S, find_main_person, frames_to_look_at
from share_data.records import MainPerson
from share_data.synthetic.film import shoot
from share_data.video.frames import ClipFrames

FRAMES = 20
TIMES = np.arange(FRAMES) / 30
EMPTY = np.full((180, 320, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> ClipFrames:
    """Somebody who walks, and a moment in which he is away."""
    images = list(shoot(take_of("walk", frames=40)))[:FRAMES]
    images[11:14] = [EMPTY] * 3
    path = write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", images, options={"crf": "12"})
    return ClipFrames(path, 0, FRAMES, 320, 180)


@pytest.fixture(scope="module")
def person(frames: ClipFrames) -> MainPerson:
    return find_main_person(frames, TIMES)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60))
def test_looks_are_as_far_apart_as_they_may_be_and_hold_both_ends(gaps_ms: list[int]) -> None:
    times = np.cumsum([0, *gaps_ms]) / 1000
    looks = frames_to_look_at(times)
    assert looks[0] == 0 and looks[-1] == len(times) - 1
    for before, after in pairwise(looks.tolist()):
        assert times[after] - times[before] < LOOK_EVERY_S + 2e-3 or after == before + 1
        assert after == len(times) - 1 or times[after + 1] - times[before] > LOOK_EVERY_S


@pytest.mark.parametrize(("fps", "step"), [(120, 12), (60, 6), (30, 3), (25, 2), (24, 2), (10, 1), (5, 1)])
def test_the_pace_is_in_seconds(fps: int, step: int) -> None:
    assert frames_to_look_at(5 + np.arange(4 * step + 1) / fps).tolist() == [0, step, 2 * step, 3 * step, 4 * step]


def test_a_look_sees_what_a_look_at_every_frame_sees(
    frames: ClipFrames, person: MainPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_person, "LOOK_EVERY_S", 0.0)
    every = find_main_person(frames, TIMES)
    both = every.valid & person.valid
    assert np.abs(person.boxes[both] - every.boxes[both]).max() < 12, "of a person some 110 px high"
    assert np.abs(person.boxes[[0, 3, 6]] - every.boxes[[0, 3, 6]]).max() < 4


def test_between_two_looks_he_is_known_only_where_both_show_him(person: MainPerson) -> None:
    assert np.flatnonzero(~person.valid).tolist() == [10, 11, 12, 13, 14]
    middle = person.boxes[3] + (person.boxes[6] - person.boxes[3]) / 3
    np.testing.assert_allclose(person.boxes[4], middle, atol=1e-3)
    assert person.confidence[12] == 0 and (person.confidence[person.valid] >= 0.3).all()
    assert np.isfinite(person.boxes).all()


def test_pixels_are_known_where_he_was_looked_at_and_asking_elsewhere_is_an_error(person: MainPerson) -> None:
    assert person.masks[3].any() and not person.masks[12].any()
    left, top, right, bottom = person.boxes[3].round().astype(int)
    assert person.masks[3].sum() == person.masks[3][top - 1 : bottom + 1, left - 1 : right + 1].sum()
    assert np.flatnonzero(person.masks.known(FRAMES)).tolist() == [0, 3, 6, 9, 12, 15, 18, 19]
    for frame in (1, 5, 17):
        with pytest.raises(IndexError, match=f"in frame {frame}$"):
            person.masks[frame]


def test_nobody_is_an_error(tmp_path: Path) -> None:
    path = write_video(tmp_path / "empty.mp4", [EMPTY] * 5)
    with pytest.raises(EstimationError, match=r"no person found in 5 frames\. Use a video"):
        find_main_person(ClipFrames(path, 0, 5, 320, 180), np.arange(5) / 30)


@given(st.sets(st.integers(0, 30), min_size=1), st.lists(st.integers(0, 30), min_size=1))
def test_the_frame_with_a_mask_that_is_nearest(known: set[int], wanted: list[int]) -> None:
    masks = [np.zeros((2, 8), bool)] * len(known)
    near = MaskStack.pack(masks, np.array(sorted(known))).near(np.array(wanted)).tolist()
    assert near == sorted(set(near)) and set(near) <= known
    for each in wanted:
        assert min(abs(each - one) for one in near) == min(abs(each - one) for one in known)


def test_of_whom_every_frame_is_looked_at_every_frame_has_a_mask() -> None:
    masks = MaskStack.pack([np.eye(3, dtype=bool)] * 4)
    assert masks.near(np.array([0, 2, 3])).tolist() == [0, 2, 3] and masks.known(4).all()

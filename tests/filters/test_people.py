"""Observation, single_person and keyframe_overlap, with a fake detector in the network's place."""

from dataclasses import dataclass
from pathlib import Path

import media
import numpy as np
import pytest
from numpy.typing import NDArray

from share_data.filters.base import Observation
from share_data.filters.keyframe_overlap import KeyframeOverlap
from share_data.filters.single_person import SinglePerson
from share_data.filters.verdict import Verdict
from share_data.scan.observe import observe, sample_indices
from share_data.video.frames import ClipFrames


@dataclass(frozen=True)
class Found:
    """What the fake finder calls a person."""

    box: NDArray[np.float32]
    score: float = 0.9


class SquareFinder:
    """Takes the bright square of `media.moving_square` for a person."""

    def detect(self, rgb: media.Image) -> list[Found]:
        """One person where the square is, none in a dark picture."""
        bright = rgb.mean(axis=2) > 135
        if not bright.any():
            return []
        y, x = np.nonzero(bright)
        return [Found(np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], np.float32))]

    def mask(self, rgb: media.Image, detection: Found) -> NDArray[np.bool_]:
        """The square's pixels."""
        return rgb.mean(axis=2) > 135


def _observation(people: list[list[list[float]]], masks: tuple[object, ...] = (None, None)) -> Observation:
    boxes = tuple(np.array(found, np.float32).reshape(-1, 5) for found in people)
    count = len(boxes)
    # Pictures in which everything moves: nobody is a poster.
    grey = np.random.default_rng(0).integers(0, 255, (count, 60, 100), dtype=np.uint8)
    at = np.linspace(0, count - 1, len(masks)).astype(int)
    return Observation(np.arange(count), np.arange(count) / 2, grey, boxes, at, masks)  # type: ignore[arg-type]


MAIN = [20.0, 10.0, 40.0, 50.0, 0.9]
SECOND = [60.0, 10.0, 80.0, 50.0, 0.8]
ANOTHER = [85.0, 5.0, 99.0, 55.0, 0.8]
BYSTANDER = [90.0, 10.0, 95.0, 20.0, 0.5]


def _single(people: list[list[list[float]]]) -> Verdict:
    filter_ = SinglePerson()
    return filter_.decide(filter_.measure(_observation(people)), filter_.Config())


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ([[MAIN]] * 12, ""),
        ([[MAIN]] * 11 + [[]], ""),
        ([[MAIN, BYSTANDER]] * 12, ""),
        ([[MAIN]] * 6 + [[MAIN, SECOND]] + [[MAIN]] * 5, "multiple_people"),  # a visitor, in one sample
        ([[MAIN]] * 7 + [[ANOTHER]] * 5, "person_changes"),
        ([[]] * 12, "no_person"),
        ([[MAIN]] * 8 + [[]] * 4, "person_leaves"),
        ([[MAIN, SECOND]] * 12, "multiple_people"),
        ([[MAIN]] * 9 + [[SECOND, MAIN]] * 3, "multiple_people"),
    ],
)
def test_single_person(people: list[list[list[float]]], reason: str) -> None:
    verdict = _single(people)
    assert (verdict.filter, verdict.kept, verdict.reason) == ("single_person", reason == "", reason)


def _blob(left: int, width: int = 20) -> NDArray[np.bool_]:
    mask = np.zeros((60, 100), bool)
    mask[10:50, left : left + width] = True
    return mask


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (_blob(5), _blob(60), ""),
        (_blob(20), _blob(39), ""),
        (_blob(20), _blob(20), "masks_overlap"),
        (_blob(20), _blob(28), "masks_overlap"),
        (_blob(40, 8), _blob(10, 90), "masks_overlap"),
        (_blob(5), None, "no_mask_at_keyframe"),
        (None, None, "no_mask_at_keyframe"),
    ],
)
def test_keyframe_overlap(first: object, last: object, reason: str) -> None:
    filter_ = KeyframeOverlap()
    verdict = filter_.decide(filter_.measure(_observation([[MAIN]] * 12, (first, last))), filter_.Config())
    assert (verdict.filter, verdict.kept, verdict.reason) == ("keyframe_overlap", reason == "", reason)


@pytest.mark.parametrize(
    ("masks", "seen", "ends"),
    [
        ((None, _blob(5), _blob(60), None), "", "no_mask_at_keyframe"),  # hidden at both ends
        ((_blob(5), _blob(30), _blob(60), _blob(30), _blob(5)), "", "masks_overlap"),  # there and back again
        ((_blob(98, 2), _blob(60), _blob(10), _blob(0, 2)), "", ""),  # in at one edge, out at the other
        ((_blob(40), _blob(42), _blob(44), _blob(40)), "masks_overlap", "masks_overlap"),
    ],
)
def test_the_keyframes_judged_are_those_that_show_the_person_unless_the_ends_are_asked_for(
    masks: tuple[object, ...], seen: str, ends: str
) -> None:
    filter_ = KeyframeOverlap()
    measured = filter_.measure(_observation([[MAIN]] * 12, masks))
    assert filter_.decide(measured, filter_.Config()).reason == seen
    assert filter_.decide(measured, filter_.Config(keyframes="ends")).reason == ends


def test_scores_are_plain_floats() -> None:
    observation = _observation([[MAIN, SECOND]] * 12, (_blob(5), _blob(20)))
    for filter_ in (SinglePerson(), KeyframeOverlap()):
        assert {type(score) for score in filter_.measure(observation).scores.values()} == {float}


class TestObserve:
    def test_samples_hold_first_last_neighbours_and_no_hole_above_half_a_second(self) -> None:
        times = np.arange(157) / 30
        indices = sample_indices(times)
        assert indices[0] == 0
        assert indices[-1] == 156
        assert np.diff(times[indices]).max() <= 0.5
        assert np.count_nonzero(np.diff(indices) == 1) >= 4
        assert 12 <= len(indices) <= 28

    @pytest.mark.parametrize("length", [2, 3, 13, 300, 5000])
    def test_samples_exist_whatever_the_length(self, length: int) -> None:
        indices = sample_indices(np.arange(length) / 30)
        assert indices[0] == 0
        assert indices[-1] == length - 1
        assert (np.diff(indices) > 0).all()
        assert len(indices) <= 28

    def test_boxes_and_masks_are_in_pixels_of_the_grey_images(self, tmp_path: Path) -> None:
        images = [np.repeat(np.repeat(image, 10, axis=0), 10, axis=1) for image in media.moving_square(14)]
        path = media.write_video(tmp_path / "a.mp4", images)

        seen = observe(ClipFrames(path, 0, 14, 1280, 960), np.arange(14) / 30, SquareFinder())

        assert seen.grey.shape[1:] == (720, 960)
        for index, boxes in zip(seen.indices, seen.people, strict=True):
            left = 4 * index * 7.5
            assert boxes[0] == pytest.approx([left, 240, left + 180, 420, 0.9], abs=2)
        assert seen.mask_frames[[0, -1]].tolist() == [0, 13]
        assert len(seen.masks) == len(seen.mask_frames) == 9
        assert np.isin(seen.mask_frames, seen.indices).all()
        first, last = seen.masks[0], seen.masks[-1]
        assert first is not None
        assert last is not None
        assert first.shape == (720, 960)
        assert first[300, 90]
        assert not last[300, 90]
        assert last[300, int(4 * 13 * 7.5) + 90]

    def test_nobody_means_no_box_and_no_mask(self, tmp_path: Path) -> None:
        path = media.write_video(tmp_path / "a.mp4", [np.full((96, 128, 3), 40, np.uint8)] * 14)
        seen = observe(ClipFrames(path, 0, 14, 128, 96), np.arange(14) / 30, SquareFinder())
        assert {boxes.shape for boxes in seen.people} == {(0, 5)}
        assert set(seen.masks) == {None}

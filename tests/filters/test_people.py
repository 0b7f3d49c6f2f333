"""single_person and keyframe_overlap, on made-up people."""

import numpy as np
import pytest
from numpy.typing import NDArray

from share_data.filters.base import Observation
from share_data.filters.keyframe_overlap import KeyframeOverlap
from share_data.filters.single_person import SinglePerson
from share_data.filters.verdict import Verdict


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

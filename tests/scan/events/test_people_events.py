"""People who come and go, as events of a shot."""

import numpy as np

from share_data.filters.evidence.tracks import link
from share_data.scan.events.event import Event
from share_data.scan.events.people import people_events

MAIN = [20.0, 10.0, 45.0, 90.0, 0.9]
OTHER = [130.0, 10.0, 155.0, 90.0, 0.8]
RATE, STEP = 30, 15


def events(people: list[list[list[float]]]) -> list[Event]:
    """Of samples every half second, in pictures in which everything lives."""
    boxes = [np.array(found, np.float32).reshape(-1, 5) for found in people]
    frames = np.arange(len(boxes)) * STEP
    grey = np.random.default_rng(0).integers(0, 255, (len(boxes), 100, 160), dtype=np.uint8)
    return people_events(frames, frames / RATE, boxes, link(frames / RATE, boxes), grey)


def test_one_person_all_the_time_is_no_event() -> None:
    assert events([[MAIN]] * 20) == []


def test_company_lasts_from_sample_to_sample_without_it() -> None:
    assert events([[MAIN]] * 6 + [[MAIN, OTHER]] * 3 + [[MAIN]] * 6) == [Event(5 * STEP + 1, 9 * STEP, "company")]
    assert events([[MAIN, OTHER]] * 3 + [[MAIN]] * 6) == [Event(0, 3 * STEP, "company")]
    assert events([[MAIN]] * 3 + [[MAIN, OTHER]]) == [Event(2 * STEP + 1, 3 * STEP + 1, "company")]


def test_a_sample_in_which_he_is_overlooked_is_no_absence_and_more_are_one() -> None:
    assert events([[MAIN]] * 6 + [[]] + [[MAIN]] * 6) == []
    assert events([[MAIN]] * 6 + [[]] * 3 + [[MAIN]] * 6) == [Event(5 * STEP + 1, 9 * STEP, "nobody")]


def test_another_person_in_his_place_is_an_event() -> None:
    assert events([[MAIN]] * 6 + [[OTHER]] * 6) == [Event(5 * STEP + 1, 6 * STEP, "person_changes")]

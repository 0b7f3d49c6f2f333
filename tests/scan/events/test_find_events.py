"""All events of a shot: a camera pans, a picture freezes, a piece is cut out; everything else stays quiet."""

import sys

import cv2
import media
import numpy as np
import pytest
from numpy.typing import NDArray

from share_data.filters.evidence.changes import ChangeMeter
from share_data.scan.events import camera
from share_data.scan.events.event import Event
from share_data.scan.events.find import find_events

RATE, STEP = 30, 15
ROOM = cv2.GaussianBlur(cv2.cvtColor(media.texture(256, 144), cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
WALKER = cv2.cvtColor(media.texture(30, 90, seed=7), cv2.COLOR_RGB2GRAY)


def picture(left: int, aside: float = 0.0) -> NDArray[np.uint8]:
    """The room, seen `aside` pixels off, and somebody whose left edge is at column `left`."""
    matrix = np.array([[1.0, 0, aside], [0, 1, 0]])
    image = np.array(cv2.warpAffine(ROOM, matrix, (256, 144), borderMode=cv2.BORDER_REFLECT))
    image[40:130, left : left + 30] = WALKER
    return image


def found(
    lefts: list[int], aside: NDArray[np.float64], stands: range = range(0), may_sway: bool = False
) -> list[Event]:
    """Events of such a film; in `stands`, the picture is that of the frame before."""
    rng, meter = np.random.default_rng(2), ChangeMeter()
    images: list[NDArray[np.uint8]] = []
    for k, (left, shift) in enumerate(zip(lefts, aside, strict=True)):
        live = picture(left, shift) + rng.normal(0, 1, ROOM.shape)
        images.append(images[-1] if k in stands else np.clip(live, 0, 255).astype(np.uint8))
        meter.add(images[-1])
    frames = np.unique([*range(0, len(lefts), STEP), len(lefts) - 1])
    people = [np.array([[lefts[k], 40, lefts[k] + 30, 130, 0.9]], np.float32) for k in frames]
    grey = [images[k] for k in frames]
    return find_events(np.arange(len(lefts)) / RATE, meter.changes(), frames, people, grey, may_sway)


def pacing(frames: int) -> list[int]:
    """To and fro."""
    return [round(100 + 60 * float(np.sin(k / 40))) for k in range(frames)]


def test_a_pan_of_60_in_469_frames_costs_few_of_the_static_ones() -> None:
    aside = np.clip(np.arange(469) - 200, 0, 60) * 0.8
    (pan,) = found(pacing(469), aside)
    assert pan.kind == "camera_moves"
    assert pan.begin <= 201 and pan.end >= 261
    assert (pan.end - pan.begin) - 60 <= 0.1 * (469 - 60)


PLAIN = np.full_like(ROOM, 120)
for shelf in (slice(4, 40), slice(200, 250)):  # Two, on a white wall.
    PLAIN[5:140, shelf] = ROOM[5:140, shelf]


@pytest.mark.parametrize("first", [195, 200, 207])
def test_a_slow_pan_across_a_plain_wall_is_seen_from_sample_to_sample(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOM", PLAIN)
    aside = np.clip(np.arange(469) - first, 0, 60) * 0.1
    pans = found(pacing(469), aside)
    assert {pan.kind for pan in pans} == {"camera_moves"}
    begin, end = min(pan.begin for pan in pans), max(pan.end for pan in pans)
    assert first - STEP < begin <= first + STEP
    assert first + 60 - STEP <= end <= first + 60 + STEP


@pytest.mark.parametrize(
    ("pixels", "left"), [pytest.param(1.2, 0, id="0.8 % to and fro"), pytest.param(4.0, 1, id="2.7 %")]
)
def test_a_camera_that_sways_a_little_is_no_event_where_it_may(pixels: float, left: int) -> None:
    aside = pixels * np.sin(2 * np.pi * np.arange(180) / 60)
    assert {event.kind for event in found(pacing(180), aside)} == {"camera_moves"}
    assert len(found(pacing(180), aside, may_sway=True)) == left


def test_where_only_people_move_no_features_are_tracked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "Reference", None)
    assert found(pacing(300), np.zeros(300)) == []


def test_a_cut_and_a_freeze_are_told_to_the_frame_and_the_rest_is_quiet() -> None:
    lefts = [20 + k for k in range(60)] + [20 + 110 + k // 2 for k in range(60)]
    expected = [Event(60, 60, "jump_cut"), Event(90, 110, "frozen"), Event(110, 110, "jump_cut")]
    assert found(lefts, np.zeros(120), range(90, 110)) == expected, "after the freeze he is where he would be by then"

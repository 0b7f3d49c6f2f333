"""A person who fades from one place to another before a room that stands, and all that only looks like it."""

import cv2
import media
import numpy as np
import pytest
from numpy.typing import NDArray

from share_data.filters.evidence.changes import ChangeMeter
from share_data.filters.evidence.fades import FadeMeter, soft_cuts

ROOM = cv2.GaussianBlur(cv2.cvtColor(media.texture(256, 144), cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
WALKER = np.repeat(np.array([[60], [230], [225], [20], [25], [190]], np.uint8), 15, axis=0)
"""From the head down."""
BEGINS = 1.5
"""Seconds after which something happens."""


def picture(time: float) -> NDArray[np.float64]:
    """He walks to and fro, at a pace for every second of it."""
    image, left = ROOM.astype(np.float64), round(100 + 55 * float(np.sin(1.3 * time)))
    image[40:130, left : left + 30] = WALKER
    return image


def blended(time: float, seconds: float) -> NDArray[np.float64]:
    """He is where he would be 1.2 seconds later, at once or over some seconds."""
    share = min(max((time - BEGINS) / max(seconds, 1e-3), 0.0), 1.0)
    return (1 - share) * picture(time) + share * picture(time + 1.2)


def found(rate: float, film: str, seconds: float = 0.4) -> list[list[int]]:
    """Soft cuts of three seconds of a film."""
    rng, changes, fades = np.random.default_rng(3), ChangeMeter(), FadeMeter()
    times = np.arange(round(3 * rate)) / rate
    for time in times.tolist():
        image = blended(time, seconds) if film == "blend" else picture(time)
        if film == "lamp":
            image = image * (1 + 0.5 * min(max((time - BEGINS) / seconds, 0), 1))
        if film == "lens":  # It opens and closes, and clips what is light.
            image = np.minimum(image, 200) * (1 + 0.4 * np.sin(2.5 * time))
        if film == "everything":
            image = image + min(max((time - BEGINS) / seconds, 0), 1) * (ROOM[::-1] - image)
        grey = np.clip(image + rng.normal(0, 1, ROOM.shape), 0, 255).astype(np.uint8)
        changes.add(grey)
        fades.add(time, grey, changes.means)
    people = np.zeros((len(times), 9, 16), dtype=bool)
    people[:, 2:9, 2:12] = True
    nobody, area = people & False, np.full(len(times), 30 * 90 / 256)
    return soft_cuts(fades.even(), fades.known(), times, people, nobody, area).tolist()


@pytest.mark.parametrize("rate", [15, 24, 30, 60])
@pytest.mark.parametrize("seconds", [0.4, 0.8])
def test_a_blend_is_found_where_it_is_at_any_rate(rate: float, seconds: float) -> None:
    ((start, stop),) = found(rate, "blend", seconds)
    assert start / rate == pytest.approx(BEGINS, abs=0.25)
    assert stop / rate == pytest.approx(BEGINS + seconds, abs=0.25)


@pytest.mark.parametrize("film", ["walk", "lamp", "lens", "everything"])
def test_neither_a_walk_nor_the_light_nor_a_fade_of_the_whole_picture_is_one(film: str) -> None:
    assert found(24, film) == []


def test_a_cut_is_none() -> None:
    assert found(24, "blend", seconds=0.0) == []


def test_while_the_picture_gets_darker_fast_nothing_is_told() -> None:
    changes, fades = ChangeMeter(), FadeMeter()
    for time in (np.arange(60) / 30).tolist():
        grey = (picture(time) * (1 - 0.5 * min(max(time - 0.5, 0), 1))).astype(np.uint8)
        changes.add(grey)
        fades.add(time, grey, changes.means)
    assert fades.known()[[5, 58]].all() and not fades.known()[20:40].any()
    assert not fades.even()[20:40].any()

"""A third of the picture changes, frame after frame: the camera moves, or a lamp flickers in a room that stands."""

from collections.abc import Callable

import cv2
import media
import numpy as np
import pytest
from numpy.typing import NDArray

from share_data.filters.evidence.unmoved import by_camera

RATE, FRAMES = 15, 60
ROOM = cv2.GaussianBlur(cv2.cvtColor(media.texture(320, 180), cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
Film = Callable[[int], NDArray[np.uint8]]


def flickering(frame: int) -> NDArray[np.uint8]:
    """Bands of light that run over the room."""
    light = 1 + 0.1 * np.sin(0.9 * frame + np.arange(180) / 20)
    return np.clip(ROOM * light[:, None], 0, 255).astype(np.uint8)


def curtained(frame: int) -> NDArray[np.uint8]:
    """A curtain before a third of the room."""
    image = ROOM.copy()
    image[:, :110] = np.roll(ROOM, 5 * frame, axis=1)[:, 150:260]
    return image


def panned(frame: int) -> NDArray[np.uint8]:
    """By a camera that turns aside."""
    return np.roll(ROOM, 2 * frame, axis=1)


def swings(frame: int) -> NDArray[np.uint8]:
    """By a camera that comes back to where it was after a second, and is elsewhere between."""
    return np.roll(ROOM, round(6 * np.sin(2 * np.pi * frame / RATE)), axis=1)


def bannered(frame: int) -> NDArray[np.uint8]:
    """The same between two banners, which stand still and are rich in corners."""
    image = swings(frame)
    image[:35], image[-35:] = ROOM[:35], ROOM[-35:]
    return image


@pytest.mark.parametrize(
    ("film", "stop", "moves"),
    [
        pytest.param(flickering, FRAMES, False, id="a lamp flickers"),
        pytest.param(curtained, FRAMES, False, id="a curtain in the wind"),
        pytest.param(panned, FRAMES, True, id="a pan"),
        pytest.param(swings, FRAMES, True, id="to and fro"),
        pytest.param(bannered, FRAMES, True, id="to and fro between banners"),
        pytest.param(flickering, 20, True, id="over too soon to tell from a knock"),
    ],
)
def test_a_sweep_is_the_cameras_unless_samples_show_the_room_where_it_was(film: Film, stop: int, moves: bool) -> None:
    samples = np.array([0, 1, *range(5, FRAMES, 7), FRAMES - 1])
    nobody = [np.zeros((0, 5), np.float32)] * len(samples)
    times = np.arange(FRAMES) / RATE
    found = by_camera(np.array([[0, stop]]), times, times[samples], nobody, [film(k) for k in samples.tolist()])
    assert found.tolist() == ([[0, stop]] if moves else [])

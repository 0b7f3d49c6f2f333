"""Changes from frame to frame, and what is read from them: copies, freezes, jump cuts, sweeps of the camera."""

import cv2
import media
import numpy as np
import pytest
from numpy.typing import NDArray

from share_data.filters.evidence.changes import STEP, ChangeMeter, Changes
from share_data.filters.evidence.jumps import jump_cuts, zones_of
from share_data.filters.evidence.stillness import freezes, repeated, usual_change
from share_data.filters.evidence.sweeps import sweeps

RATE, FRAMES = 15, 60
TIMES = np.arange(FRAMES) / RATE
ROOM = cv2.GaussianBlur(cv2.cvtColor(media.texture(256, 144), cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
WALKER = cv2.cvtColor(media.texture(30, 90, seed=7), cv2.COLOR_RGB2GRAY)
Grey = NDArray[np.uint8]


def picture(left: float, dx: float = 0.0) -> Grey:
    """The room, `dx` pixels aside, with somebody whose left edge is at column `left`."""
    matrix = np.array([[1.0, 0, dx], [0, 1, 0]])
    image = cv2.warpAffine(ROOM, matrix, (256, 144), borderMode=cv2.BORDER_REFLECT)
    image[40:130, int(left) : int(left) + 30] = WALKER
    return np.asarray(image)


def walk(frames: int = FRAMES) -> list[Grey]:
    return [picture(20 + 2.5 * k) for k in range(frames)]


def measured(images: list[Grey], noise: float = 1.0) -> Changes:
    rng, meter = np.random.default_rng(2), ChangeMeter()
    for image in images:
        meter.add(np.clip(image + rng.normal(0, noise, image.shape), 0, 255).astype(np.uint8))
    return meter.changes()


def zones(images: list[Grey], lefts: list[float]) -> NDArray[np.bool_]:
    people = [np.array([[left, 40, left + 30, 130, 0.9]], np.float32) for left in lefts[::7]]
    times = np.arange(len(images)) / RATE
    return zones_of(times, times[::7], people, (256, 144), (9, 16))


def cuts(images: list[Grey], lefts: list[float]) -> list[int]:
    seen, around = measured(images), zones(images, lefts)
    times = np.arange(len(images)) / RATE
    return jump_cuts(seen, repeated(seen.fine, seen.coarse), times, around, np.zeros_like(around)).tolist()


def test_a_difference_of_means_grows_with_the_distance_and_knows_no_exposure() -> None:
    def step(pixels: int, exposure: float = 1.0) -> float:
        return float(measured([picture(100), picture(100 + pixels) * exposure], 0).coarse[1].sum() * STEP)

    assert step(8) > 1.7 * step(4) > 1.7**2 * step(2)
    assert step(0, 0.9) < 0.2 * step(2)


def test_nothing_comes_before_the_first_frame() -> None:
    seen = measured(walk(2))
    assert not seen.fine[0].any()
    assert not seen.coarse[0].any()


@pytest.mark.parametrize("frames", [1, 8, 16, 17, 18, 60])
def test_what_is_usual_is_told_by_the_frames_around_as_many_as_there_are(frames: int) -> None:
    change = np.random.default_rng(frames).random(frames)
    around = [np.quantile(change[max(0, k - 8) : k + 9], 0.75) for k in range(frames)]
    np.testing.assert_array_equal(usual_change(change), around)


def test_copies_are_told_from_live_frames_of_a_person_who_does_not_move_by_the_sensors_noise() -> None:
    images = [picture(100)] * FRAMES
    rng = np.random.default_rng(4)
    live = [np.clip(i + rng.normal(0, 1, i.shape), 0, 255).astype(np.uint8) for i in images]
    live[20:38] = [live[19]] * 18
    live[50] = live[49]
    seen = measured(live, 0)
    same = repeated(seen.fine, seen.coarse)
    assert np.flatnonzero(same).tolist() == [*range(20, 38), 50]
    assert freezes(seen.fine, same, TIMES).tolist() == [[19, 38]]


def test_doubled_frames_that_an_encoder_draws_a_little_anew_are_copies() -> None:
    images = [image for image in walk(30) for _ in range(2)]
    seen = measured(images, 0.6)
    assert np.flatnonzero(repeated(seen.fine, seen.coarse)).tolist() == list(range(1, 60, 2))


def test_a_frozen_picture_that_a_key_frame_draws_anew_is_one_freeze() -> None:
    images = walk()
    images[20:50] = [images[20]] * 30
    noise = np.random.default_rng(1).normal(0, 1.2, images[0].shape)
    images[35:50] = [np.clip(images[20] + noise, 0, 255).astype(np.uint8)] * 15
    seen = measured(images, 0)
    assert freezes(seen.fine, repeated(seen.fine, seen.coarse), TIMES).tolist() == [[20, 50]]


def test_one_who_comes_to_rest_where_noise_does_not_show_freezes_nothing() -> None:
    rest = 60 * (1 - np.exp(-np.arange(40) / 6))
    moved = [np.array([[1.0, 0, dx], [0, 1, 0]]) for dx in [*rest, *[rest[-1]] * 20]]
    size = {"dsize": (256, 144), "borderMode": cv2.BORDER_REPLICATE}
    images = [np.asarray(cv2.warpAffine(picture(20), matrix, **size)) for matrix in moved]  # type: ignore[arg-type]
    images = [np.where(np.arange(144)[:, None] < 130, image, ROOM) for image in images]
    seen = measured(images, 0)
    same = repeated(seen.fine, seen.coarse)
    assert same[40:].all()
    assert len(freezes(seen.fine, same, TIMES)) == 0


@pytest.mark.parametrize(("frame", "times", "is_cut"), [(30, 2.0, True), (2, 2.0, False), (2, 3.5, True)])
def test_of_few_frames_around_a_cut_must_stand_out_more(frame: int, times: float, is_cut: bool) -> None:
    coarse = np.zeros((FRAMES, 9, 16), np.uint8)
    him = np.zeros(coarse.shape, dtype=bool)
    him[:, 3:8, 4:7] = True
    coarse[him] = 8
    coarse[frame + 1, 3:8, 4:7] = 16
    coarse[frame, 3:8, 4:7] = round(16 * times)
    found = jump_cuts(
        Changes(np.zeros(coarse.shape, np.float16), coarse),
        np.zeros(FRAMES, dtype=bool),
        TIMES,
        him,
        np.zeros_like(him),
    )
    assert found.tolist() == ([frame] if is_cut else [])


@pytest.mark.parametrize(
    ("means", "pixels", "rows", "is_cut"),
    [
        pytest.param(1.6, 1.7, 5, True, id="a third of a second is missing from a walk"),
        pytest.param(1.6, 1.2, 5, False, id="a step: as many pixels change as before"),
        pytest.param(1.3, 1.7, 5, False, id="noise, which moves nobody"),
        pytest.param(1.6, 1.7, 1, False, id="a blow: an arm alone"),
    ],
)
def test_a_cut_in_a_walk_shows_a_little_in_means_and_in_pixels(
    means: float, pixels: float, rows: int, is_cut: bool
) -> None:
    coarse, fine = np.zeros((FRAMES, 9, 16), np.uint8), np.zeros((FRAMES, 9, 16), np.float16)
    him = np.zeros(coarse.shape, dtype=bool)
    him[:, 3:8, 4:7] = True
    coarse[:, 3:8, 4:7], fine[:, 3 : 3 + rows, 4:7] = 40, 10
    coarse[30, 3:8, 4:7], fine[30, 3 : 3 + rows, 4:7] = 40 * means, 10 * pixels
    found = jump_cuts(Changes(fine, coarse), np.zeros(FRAMES, dtype=bool), TIMES, him, np.zeros_like(him))
    assert found.tolist() == ([30] if is_cut else [])


def test_a_person_who_is_elsewhere_at_once_is_a_jump_cut_and_a_fast_one_is_not() -> None:
    path = [20 + 2.0 * k for k in range(90)]
    jumped = path[:30] + path[45:75]
    assert cuts([picture(left) for left in jumped], jumped) == [30]
    leap = [100 + 60 / (1 + np.exp(-(k - 30) / 1.5)) for k in range(FRAMES)]
    assert cuts([picture(left) for left in leap], leap) == []
    assert cuts([picture(left) for left in path[:FRAMES]], path[:FRAMES]) == []


def test_a_cut_on_a_screen_beside_the_person_is_none_of_his() -> None:
    lefts = [100.0] * FRAMES
    images = []
    for k in range(FRAMES):
        image = picture(100 + k % 2)
        image[30:90, 136:186] = 60 if k < 30 else 200
        images.append(image)
    seen, times = measured(images), np.arange(FRAMES) / RATE
    same, him = repeated(seen.fine, seen.coarse), zones(images, lefts)
    presenter = np.array([[150, 35, 170, 90, 0.5]], np.float32)
    beside = zones_of(times, times[::7], [presenter] * len(times[::7]), (256, 144), (9, 16))
    assert jump_cuts(seen, same, times, him, beside).tolist() == []
    jumped = [100.0] * 30 + [40.0] * 30
    images = [
        cv2.rectangle(picture(left), (136, 30), (186, 90), 60 if k < 30 else 200, -1) for k, left in enumerate(jumped)
    ]
    assert jump_cuts(measured(images), same, times, zones(images, jumped), beside).tolist() == [30]


def test_what_jumps_with_the_room_is_no_jump_cut() -> None:
    lefts = [100.0] * FRAMES
    images = [picture(100, dx=0 if k < 30 else 12) for k in range(FRAMES)]
    assert cuts(images, lefts) == []


@pytest.mark.parametrize(("first", "last"), [(20, 40), (0, 15), (45, 59)])
def test_a_pan_is_found_to_the_fifth_of_a_second(first: int, last: int) -> None:
    shift = np.clip(np.arange(FRAMES) - first, 0, last - first) * 1.5
    lefts = [20 + 2.0 * k for k in range(FRAMES)]
    images = [picture(left, dx) for left, dx in zip(lefts, shift, strict=True)]
    (found,) = sweeps(measured(images).coarse, zones(images, lefts), TIMES).tolist()
    assert found == [max(first + 1 - 3, 0), min(last + 1 + 3, FRAMES)]


def test_a_tripod_before_a_swinging_exposure_sweeps_nowhere() -> None:
    lefts = [20 + 2.0 * k for k in range(FRAMES)]
    exposure = 0.7 + 0.28 * np.sin(np.arange(FRAMES) / 6)
    images = [picture(left) * e for left, e in zip(lefts, exposure, strict=True)]
    assert len(sweeps(measured(images).coarse, zones(images, lefts), TIMES)) == 0

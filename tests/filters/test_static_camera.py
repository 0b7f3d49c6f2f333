"""static_camera against known motions of a textured picture with a big person moving in front of it."""

from collections.abc import Callable

import cv2
import media
import numpy as np
import pytest

from share_data.filters.base import Observation
from share_data.filters.static_camera import StaticCamera

WIDTH, HEIGHT = 640, 360
INDICES = np.array([0, 1, 30, 60, 61, 90, 120, 121, 149])
Change = Callable[[int, media.Image], media.Image]


def _warped(image: media.Image, dx: float = 0.0, scale: float = 1.0) -> media.Image:
    """`image` moved right by `dx` pixels and enlarged about its centre."""
    centre = (1 - scale) * np.array([WIDTH, HEIGHT]) / 2
    matrix = np.array([[scale, 0, centre[0] + dx], [0, scale, centre[1]]])
    return np.asarray(
        cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    )


def _observe(change: Change, person_width: int = 120, top: int = 60) -> Observation:
    background = cv2.GaussianBlur(media.texture(WIDTH, HEIGHT), (0, 0), 0.8)
    noise = np.random.default_rng(5)
    grey, people = [], []
    for index in INDICES:
        image = background.copy()
        left = int(index * (WIDTH - person_width) / 160)
        image[top:, left : left + person_width] = media.texture(person_width, HEIGHT, seed=7)[top:]
        seen = change(int(index), image) + noise.normal(0, 2, image.shape)
        grey.append(cv2.cvtColor(np.clip(seen, 0, 255).astype(np.uint8), cv2.COLOR_RGB2GRAY))
        people.append(np.array([[left, top, left + person_width, HEIGHT, 0.9]], np.float32))
    return Observation(INDICES, INDICES / 30, np.stack(grey), tuple(people), INDICES[[0, -1]], (None, None))


def _reason(observation: Observation) -> str:
    filter_ = StaticCamera()
    verdict = filter_.decide(filter_.measure(observation), filter_.Config())
    assert verdict.kept == (verdict.reason == "")
    return verdict.reason


SHAKE = np.random.default_rng(1).normal(0, 1.5, 150)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda k, image: image, "", id="still, with a person crossing"),
        pytest.param(
            lambda k, image: np.clip(image * (1 + 0.4 * np.sin(k / 10)), 0, 255), "", id="exposure swings by 40 %"
        ),
        pytest.param(lambda k, image: _warped(image, SHAKE[k]), "camera_moves", id="shakes by 1.5 px"),
        pytest.param(lambda k, image: _warped(image, 2 * k / 149), "camera_moves", id="drifts by 2 px"),
        pytest.param(lambda k, image: _warped(image, 60 * k / 149), "camera_moves", id="pans"),
        pytest.param(lambda k, image: _warped(image, scale=1 + 0.01 * k / 149), "camera_moves", id="zooms by 1 %"),
        pytest.param(lambda k, image: image * 0, "undetermined", id="black"),
        pytest.param(lambda k, image: image if k < 90 else image[::-1], "undetermined", id="another picture later"),
    ],
)
def test_verdicts(change: Change, reason: str) -> None:
    assert _reason(_observe(change)) == reason


def test_a_person_who_hides_the_background_leaves_it_undetermined() -> None:
    assert _reason(_observe(lambda k, image: image, person_width=560, top=0)) == "undetermined"


def test_shift_is_measured_in_per_cent_of_the_diagonal() -> None:
    scores = StaticCamera().measure(_observe(lambda k, image: _warped(image, 5 * k / 149))).scores
    assert scores["corner_shift_pct"] == pytest.approx(100 * 5 / np.hypot(WIDTH, HEIGHT), rel=0.05)


def test_zoom_is_measured_in_per_cent() -> None:
    scores = StaticCamera().measure(_observe(lambda k, image: _warped(image, scale=1 + 0.02 * k / 149))).scores
    assert scores["scale_pct"] == pytest.approx(2.0, abs=0.1)


def test_measuring_twice_gives_the_same_numbers_whatever_opencv_did_before() -> None:
    observation = _observe(lambda k, image: _warped(image, SHAKE[k]))
    threads = cv2.getNumThreads()
    results = []
    try:
        for seed, count in ((1, 1), (99, 2)):
            cv2.setRNGSeed(seed)
            cv2.setNumThreads(count)
            results.append(StaticCamera().measure(observation))
    finally:
        cv2.setNumThreads(threads)
    assert results[0] == results[1]

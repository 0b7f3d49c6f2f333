"""A picture that stands is told by the whole video: a window that lies in it has nothing to compare itself with."""

from dataclasses import replace
from pathlib import Path

import media
import numpy as np
import pytest
from square_finder import scanned

from share_data.filters.continuous import Continuous
from share_data.filters.evidence.stillness import busiest, doubled, freezes, repeated
from share_data.records import Clip, Video
from share_data.scan.observe import observation_of

RATE, BEGINS, ENDS = 10, 20, 60


def film(path: Path) -> Path:
    """Somebody walks before a sensor that is never quiet; from `BEGINS` to `ENDS` the picture stands."""
    rng, images = np.random.default_rng(5), []
    for k in range(80):
        image = (media.texture(160, 120) * 0.4).astype(np.int16)
        image[40:100, 10 + k : 34 + k] = 220
        noisy = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
        images.append(images[BEGINS] if BEGINS < k < ENDS else noisy)
    return media.write_video(path, images, fps=RATE, codec="ffv1")


@pytest.mark.parametrize(("start", "stop", "seconds"), [(0, 80, 3.9), (25, 55, 2.9), (15, 30, 0.9), (60, 80, 0.0)])
def test_a_window_within_a_freeze_is_frozen(tmp_path: Path, start: int, stop: int, seconds: float) -> None:
    scan, pictures = scanned(film(tmp_path / "a.mkv"))
    assert np.flatnonzero(scan.stands).tolist() == list(range(BEGINS + 1, ENDS))
    video = Video(source="local", video_id="v", uri="file:v.mp4")
    clip = Clip(video, tmp_path, "0" * 64, start, stop, scan.index.times[start:stop], scan.width, scan.height)
    seen, filter_ = observation_of(clip, scan, pictures), Continuous()
    measured = filter_.measure(seen)
    assert measured.scores["frozen_s"] == pytest.approx(seconds, abs=0.11)
    assert filter_.decide(measured, filter_.Config()).kept == (seconds == 0)
    if (start, stop) == (25, 55):
        alone = filter_.measure(replace(seen, stands=np.zeros(0, dtype=bool)))
        assert alone.scores["frozen_s"] == 0, "by itself it does not know"


def test_a_stretch_in_slow_motion_does_not_hide_in_a_long_clip() -> None:
    times = np.arange(300) / 30
    slowed = np.zeros(300, dtype=bool)
    slowed[100:130:2] = True  # A second at half its speed, of ten.
    assert busiest(slowed, times) == pytest.approx(0.25)
    fine = np.zeros((300, 9, 16))
    fine[:, 4, 4] = np.where(slowed, 0.2, 20.0)
    assert (doubled(fine, repeated(fine, np.zeros(fine.shape, np.uint8))) == slowed).all()
    evenly = np.arange(300) % 25 == 24  # 24 pictures a second shown as 25.
    assert busiest(evenly, times) < 0.06
    assert busiest(slowed[:1], times[:1]) == 0.0


@pytest.mark.parametrize(
    ("steps", "stands"),
    [
        ((9, 5, 2, 1), False),
        ((40, 40, 40, 40), True),
        ((40, 40, 40, 1.7), True),  # What the encoder left over of the last picture comes with the first copy.
    ],
)
def test_who_comes_to_rest_is_not_frozen_by_the_noise_that_goes_on(steps: tuple[int, ...], stands: bool) -> None:
    most = np.array([40.0] * 20 + [*steps] + [0.4, 0.3, 0.3, 0.4, 0.3] + [0.5])
    fine = np.zeros((len(most), 9, 16))
    fine[:, 4, 4] = most
    coarse = np.zeros(fine.shape, np.uint8)
    assert not doubled(fine, repeated(fine, coarse)).any()
    assert bool(len(freezes(fine, repeated(fine, coarse), np.arange(len(most)) / 15))) == stands

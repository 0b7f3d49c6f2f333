"""Names of depth images: which number counts, and whether it is a frame's or a time."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from share_data.errors import EstimationError
from share_data.pipeline.geometry.sensor.names import named_images


@given(
    fps=st.floats(5, 240),
    unit=st.sampled_from([3, 6, 9]),
    zero=st.integers(0, 2_000_000_000),
    rate=st.sampled_from([1.0, 0.5, 2.0]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_unit_of_a_clock_is_the_one_that_fits_the_video(
    tmp_path_factory: pytest.TempPathFactory, fps: float, unit: int, zero: int, rate: float
) -> None:
    assume(unit > 3 or fps * rate < 200)  # Else its ticks are too coarse to be told from numbers of frames.
    folder = tmp_path_factory.mktemp("depth")
    seconds = np.arange(8) / (fps * rate)
    for second in seconds:
        (folder / f"{zero * 10**unit + round(second * 10**unit)}.png").touch()
    images = named_images(folder, "depth", np.arange(30) / fps)
    assert images.seconds is not None
    np.testing.assert_allclose(images.after(images.seconds[0]), seconds, atol=0.6 * 10.0**-unit)


@pytest.mark.parametrize(
    "names",
    [
        ["0.png", "1.png", "3.png"],
        ["000.png", "002.png", "004.png"],
        ["0.png", "100.png", "200.png"],
        [f"{1650000000 + second}.png" for second in (0, 2, 4)],
        ["7.png", "07.png"],
        ["a.png"],
    ],
)
def test_numbers_that_are_neither_frames_nor_times_are_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(EstimationError, match=r"depth: .*1650000123\.456789\.png, seconds"):
        named_images(tmp_path, "depth", np.arange(10) / 240)


def test_numbers_without_a_gap_are_frames_from_wherever_they_begin(tmp_path: Path) -> None:
    for number in (9, 10, 11):
        (tmp_path / f"cam0_{number}.png").touch()
    images = named_images(tmp_path, "depth", np.arange(3) / 30)
    assert [path.name for path in images.paths] == ["cam0_9.png", "cam0_10.png", "cam0_11.png"]
    assert images.seconds is None

"""The lens that a device wrote into its file: read where it is certain, and what it means in pixels."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lens_files import QUICKTIME, told_by
from media import moving_square, truncated, write_video

from share_data.video.lens import equivalent_mm, focal_px

SIZE = (128, 96)


@pytest.mark.parametrize("name", ["phone.mov", "phone.mp4", "kept.mkv"])
@pytest.mark.parametrize(("text", "length"), [("26", 26.0), ("13.5", 13.5), ("28 mm", 28.0), ("77MM", 77.0)])
def test_the_35_mm_equivalent_of_a_file_is_read(tmp_path: Path, name: str, text: str, length: float) -> None:
    assert equivalent_mm(told_by(tmp_path / name, of_file={QUICKTIME: text}, size=SIZE)) == length


def test_a_track_may_tell_it(tmp_path: Path) -> None:
    assert equivalent_mm(told_by(tmp_path / "track.mkv", {QUICKTIME: "24"}, size=SIZE)) == 24.0


@pytest.mark.parametrize("text", ["0", "wide", "", "-26", "26 px", "4", "99999", "nan", "26 mm f/1.8"])
def test_what_is_no_focal_length_tells_nothing(tmp_path: Path, text: str) -> None:
    assert equivalent_mm(told_by(tmp_path / "phone.mov", of_file={QUICKTIME: text}, size=SIZE)) is None


def test_other_keys_and_two_that_differ_tell_nothing(tmp_path: Path) -> None:
    android = {"com.android.capture.fps": "30.0", "com.android.version": "14", "focal_length": "26"}
    assert equivalent_mm(told_by(tmp_path / "android.mp4", of_file=android, size=SIZE)) is None
    tracks = ({QUICKTIME: "13"}, {QUICKTIME: "26"})
    assert equivalent_mm(told_by(tmp_path / "two.mkv", *tracks, size=SIZE)) is None
    agreeing = ({QUICKTIME: "26"}, {QUICKTIME: "26.0"})
    assert equivalent_mm(told_by(tmp_path / "alike.mkv", *agreeing, of_file={QUICKTIME: "26 mm"}, size=SIZE)) == 26.0


def test_a_file_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    assert equivalent_mm(tmp_path / "gone.mov") is None
    assert equivalent_mm(truncated(write_video(tmp_path / "cut.mp4", moving_square()), 0.1)) is None


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    path = told_by(tmp_path / "phone.mov", of_file={QUICKTIME: "26"}, size=SIZE)
    assert equivalent_mm(path) == 26.0
    assert equivalent_mm(told_by(path, of_file={QUICKTIME: "13.25"}, size=SIZE)) == 13.25


def test_a_35_mm_picture_has_its_equivalent_as_its_focal() -> None:
    assert focal_px(50, 3600, 2400) == pytest.approx(5000), "100 pixels a millimetre"


@given(st.floats(5, 2000), st.integers(64, 8192), st.integers(64, 8192))
def test_a_picture_has_the_same_focal_upright_and_lying(length: float, width: int, height: int) -> None:
    assert focal_px(length, width, height) == pytest.approx(focal_px(length, height, width))
    assert focal_px(length, width, height) == pytest.approx(length / 43.2666 * (width**2 + height**2) ** 0.5, rel=1e-4)

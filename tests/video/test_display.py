"""Turned and mirrored videos: the picture is the stored one put through the file's matrix, all eight of them."""

import gc
import math
from fractions import Fraction
from pathlib import Path

import av
import media
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from share_data.video.display import Display
from share_data.video.frames import iterate, probe
from share_data.video.one_frame import middle_picture

ONE = 1 << 16
EIGHT = [(a * ONE, b * ONE, c * ONE, d * ONE) for a, b, c, d in (
    (1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0),
    (-1, 0, 0, 1), (0, 1, 1, 0), (1, 0, 0, -1), (0, -1, -1, 0),
)]  # fmt: skip
"""(a, b, c, d) of the four rotations and the four reflections."""


def through(matrix: tuple[int, ...], picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture put through the matrix, pixel by pixel: (x, y) about its middle goes to (a x + c y, b x + d y)."""
    a, b, c, d = (value // ONE for value in matrix)
    height, width = picture.shape[:2]
    wide, high = (height, width) if a == 0 else (width, height)
    out = np.zeros((high, wide, 3), np.uint8)
    for row in range(height):
        for column in range(width):
            x, y = column + 0.5 - width / 2, row + 0.5 - height / 2
            out[int(b * x + d * y + high / 2), int(a * x + c * y + wide / 2)] = picture[row, column]
    return out


def nine(matrix: tuple[int, ...]) -> list[int]:
    a, b, c, d = matrix
    return [a, b, 0, c, d, 0, 0, 0, 1 << 30]


@settings(max_examples=40, deadline=None)
@given(
    matrix=st.sampled_from(EIGHT),
    aspect=st.sampled_from([None, Fraction(4, 3), Fraction(3, 4)]),
    size=st.sampled_from([(128, 96), (96, 128)]),
    suffix=st.sampled_from(["mp4", "mov", "mkv"]),
)
def test_the_picture_is_the_stored_one_put_through_the_matrix(
    tmp_path_factory: pytest.TempPathFactory,
    matrix: tuple[int, ...],
    aspect: Fraction | None,
    size: tuple[int, int],
    suffix: str,
) -> None:
    folder = tmp_path_factory.mktemp("turned")
    stored = [media.texture(*size, seed=seed) for seed in range(2)]
    plain = media.write_video(folder / f"plain.{suffix}", stored, aspect=aspect)
    turned = media.write_video(folder / f"turned.{suffix}", stored, aspect=aspect, matrix=nine(matrix))

    for (_, before), (_, after) in zip(iterate(plain), iterate(turned), strict=True):
        assert np.array_equal(after, through(matrix, before))
        assert after.flags.c_contiguous
    assert np.array_equal(middle_picture(turned), through(matrix, middle_picture(plain)))
    info = probe(turned)
    assert (info.height, info.width) == after.shape[:2]


@pytest.mark.parametrize(
    ("matrix", "words"),
    list(zip(EIGHT, [
        "as stored", "turned 270", "turned 180", "turned 90",
        "mirrored", "mirrored, turned 90", "mirrored, turned 180", "mirrored, turned 270",
    ], strict=True)),
)  # fmt: skip
def test_a_record_says_how_the_picture_was_made_upright(tmp_path: Path, matrix: tuple[int, ...], words: str) -> None:
    path = media.write_video(tmp_path / "turned.mp4", [media.texture(96, 64)], matrix=nine(matrix))

    assert probe(path).footage.display == words


@pytest.mark.parametrize(("degrees", "words"), [(10, "as stored"), (80, "turned 90"), (-100, "turned 270")])
def test_other_angles_become_the_nearest_right_angle_and_it_is_said(tmp_path: Path, degrees: int, words: str) -> None:
    cos, sin = (round(f(math.radians(degrees)) * ONE) for f in (math.cos, math.sin))
    path = media.write_video(tmp_path / "askew.mp4", [media.texture(96, 64)], matrix=nine((cos, -sin, sin, cos)))

    footage = probe(path).footage

    assert footage.display == words
    assert any("10.0 degrees askew" in done for done in footage.done)


def test_points_go_where_their_pixels_go() -> None:
    stored = np.zeros((5, 7, 3), np.uint8)
    stored[1, 4] = 255
    for display in (Display(turns, mirrored) for turns in range(4) for mirrored in (False, True)):
        row, column = np.argwhere(display.apply(stored)[..., 0])[0]
        assert display.point(4.5, 1.5, 7, 5) == (column + 0.5, row + 0.5)


def test_reading_the_matrix_keeps_no_frames_in_memory(tmp_path: Path) -> None:
    """PyAV's side data and their frame refer to each other: only the garbage collector would free them."""
    path = media.write_video(tmp_path / "turned.mp4", [media.texture(96, 64)] * 30, matrix=nine(EIGHT[5]))
    gc.collect()
    gc.disable()
    try:
        probe(path)
        left = sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects())
    finally:
        gc.enable()
    assert left <= 2

"""The images that TRAM is sent: full size for whoever reads them, and every pixel that VIMO's crop is made from."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from share_data.pipeline.humans.tram.sight import Part, write_part

NOISE = np.random.default_rng(0).integers(1, 256, (400, 700, 3), dtype=np.uint8)


def vimo_block(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The pixels of which TRAM makes the 256 x 256 that VIMO sees, by resizing them and nothing else (`crop` of its
    `lib/utils/imutils.py`, `TrackDataset` with `dilate=1.2`): a square about the box's centre, its corners cut to whole
    pixels towards 0, black outside of the image.
    """
    box = box.astype(np.float64)
    size = 200 * (max(box[2] - box[0], box[3] - box[1]) / 200 * 1.2) + 1e-6
    centre = box[:2] + (box[2:] - box[:2]) / 2
    (left, top), (right, bottom) = np.trunc(centre - size / 2).astype(int), np.trunc(centre + size / 2).astype(int)
    block = np.zeros((bottom - top, right - left, 3))
    height, width = image.shape[:2]
    rows, columns = np.arange(top, bottom), np.arange(left, right)
    inside = np.ix_((rows >= 0) & (rows < height), (columns >= 0) & (columns < width))
    block[inside] = image[np.ix_(rows[(rows >= 0) & (rows < height)], columns[(columns >= 0) & (columns < width)])]
    return block


def read(path: Path) -> np.ndarray:
    return np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    size=st.tuples(st.integers(1, 400), st.integers(1, 700)),
    place=st.tuples(st.floats(-100, 800, width=32), st.floats(-100, 500, width=32)),
    sides=st.tuples(st.floats(1, 500, width=32), st.floats(1, 500, width=32)),
)
def test_vimo_sees_the_same_bits_as_in_the_whole_image(
    tmp_path: Path, size: tuple[int, int], place: tuple[float, float], sides: tuple[float, float]
) -> None:
    image = NOISE[: size[0], : size[1]]
    box = np.array([*place, place[0] + sides[0], place[1] + sides[1]], np.float32)
    write_part(tmp_path / "sent.tiff", image, Part.about(box, size[1], size[0]))
    sent = read(tmp_path / "sent.tiff")
    assert sent.shape == image.shape
    assert np.array_equal(vimo_block(sent, box), vimo_block(image, box))


def test_what_nobody_looks_at_is_black_and_takes_no_room(tmp_path: Path) -> None:
    part = Part(130, 70, 250, 190)
    write_part(tmp_path / "sent.tiff", NOISE, part)
    sent, expected = read(tmp_path / "sent.tiff"), np.zeros_like(NOISE)
    expected[70:190, 130:250] = NOISE[70:190, 130:250]
    assert np.array_equal(sent, expected)
    assert (tmp_path / "sent.tiff").stat().st_size < (2 * 2 + 1) * 3 * 64**2 + 2000, "2 x 2 tiles and a black one"


@pytest.mark.parametrize("size", [(400, 700), (64, 128), (5, 3), (65, 200)])
def test_a_whole_image_comes_back_whole(tmp_path: Path, size: tuple[int, int]) -> None:
    image = NOISE[: size[0], : size[1]]
    write_part(tmp_path / "sent.tiff", image, Part(0, 0, size[1], size[0]))
    assert np.array_equal(read(tmp_path / "sent.tiff"), image)


def test_of_a_person_out_of_sight_a_black_image_is_sent(tmp_path: Path) -> None:
    part = Part.about(np.array([-300, -300, -200, -200], np.float32), 700, 400)
    write_part(tmp_path / "sent.tiff", NOISE, part)
    assert not read(tmp_path / "sent.tiff").any()

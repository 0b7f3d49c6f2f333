"""A clip's picture shows who was found, where most people were, in few bytes whatever the pictures are."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from share_data.filters.evidence.changes import Changes
from share_data.footage import FrameIndex
from share_data.records import Clip, Video
from share_data.scan.pictures import Picture, Pictures, pack
from share_data.scan.scanned import People, Scan
from share_data.scan.thumbnail import MOST_BYTES, thumbnail

MAIN, OTHER = [20.0, 10.0, 90.0, 160.0, 0.9], [200.0, 40.0, 240.0, 150.0, 0.8]
SAMPLED = np.arange(0, 50, 10)


def _picture(clip: tuple[int, int], greys: list[NDArray[np.uint8]], company: int, looked: bool = True) -> bytes:
    """Of frames [start, stop) of a film in which somebody is throughout, and a second one in one sample."""
    rows = np.repeat(np.arange(5), [1 + (k == company) for k in range(5)])
    boxes = np.array([MAIN] * len(rows))
    boxes[company + 1] = OTHER
    people = People(rows, boxes.astype(np.float32), np.zeros(len(rows), np.int64))
    index = FrameIndex(np.arange(50) / 10, np.zeros(1, np.int64), np.zeros(50, np.uint32))
    changes = Changes(np.zeros((50, 9, 16), np.float16), np.zeros((50, 9, 16), np.uint8))
    seen = np.full(5, looked)
    scan = Scan(320, 180, index, np.zeros(0, np.int64), changes, SAMPLED, seen, seen, people)
    start, stop = clip
    window = Clip(Video("s", "v", "v.mp4"), Path("v.mp4"), "0" * 64, start, stop, np.arange(start, stop) / 10, 320, 180)
    piece = pack([Picture(grey) for grey in greys])
    return thumbnail(window, scan, Pictures(lambda _: piece))


def _decoded(jpeg: bytes) -> NDArray[np.int64]:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.int64)


def test_the_sample_with_company_is_the_large_one_and_its_box_is_orange() -> None:
    plain = [np.full((180, 320), 40 + 30 * k, np.uint8) for k in range(5)]
    for company in (1, 2, 3):
        image = _decoded(_picture((0, 50), plain, company))
        panels = [image[195:, :168], image[:191], image[195:, 172:]]
        orange = [int(((panel[..., 2] - panel[..., 0]) > 120).sum()) for panel in panels]
        blue = [int(((panel[..., 0] - panel[..., 2]) > 80).sum()) for panel in panels]
        assert orange[1] > 100 and orange[0] < 10 and orange[2] < 10
        assert min(blue) > 100
        shown = [np.median(panel[:, -40:, 0]) for panel in panels]
        assert np.allclose(shown, [40, 40 + 30 * company, 160], atol=4)


def test_it_is_small_whatever_is_to_be_seen() -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (480, 480), dtype=np.uint8) for _ in range(5)]
    assert len(_picture((0, 50), noise, 2)) <= MOST_BYTES


def test_of_a_short_piece_there_is_what_there_is() -> None:
    plain = [np.full((180, 320), 40, np.uint8)] * 5
    assert _decoded(_picture((0, 5), plain, 3)).shape[:2] == (191, 340)
    assert _decoded(_picture((0, 15), plain, 3)).shape[:2] == (191 + 4 + 191, 340)
    assert _decoded(_picture((0, 50), plain, 3, looked=False)).shape[:2] == (191 + 4 + 94, 340)
    upright = [np.full((320, 180), 40, np.uint8)] * 5
    assert _decoded(_picture((0, 50), upright, 3)).shape[:2] == (340, 191 + 4 + 94)

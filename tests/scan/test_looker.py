"""How often people are looked for, and where: no oftener than what happens asks for, and nothing is missed by that."""

from collections.abc import Callable
from pathlib import Path

import media
import numpy as np
import pytest
from numpy.typing import NDArray
from square_finder import Found, SquareFinder, scanned

from share_data.scan.regions import paired, paths, region_of, within
from share_data.scan.scanned import Scan

WIDE, HIGH, FPS = 240, 120, 30
Person = Callable[[int], int | None]


class Watched(SquareFinder):
    """Notes what share of the picture each look went to."""

    def __init__(self) -> None:
        self.shares: list[float] = []

    def detect(self, rgb: media.Image, region: NDArray[np.float64] | None = None) -> list[Found]:
        self.shares.append(1.0 if region is None else float(np.prod(region[2:] - region[:2])) / (WIDE * HIGH))
        return super().detect(rgb, region)


def film(path: Path, seconds: float, left: Person, other: Person = lambda _: None) -> tuple[Scan, list[float]]:
    """A look at a dark room with one person, and another one, whose left edges are at columns of their own."""
    images, finder = [], Watched()
    for k in range(round(seconds * FPS)):
        image = (media.texture(WIDE, HIGH) * 0.3).astype(np.uint8)
        for column, wide in ((left(k), 20), (other(k), 16)):
            if column is not None:
                image[40:100, column : column + wide] = 230
        images.append(image)
    scan, _ = scanned(media.write_video(path / "a.mp4", images), finder=finder)
    return scan, finder.shares


def seen(scan: Scan) -> dict[int, list[int]]:
    """Left and right edge of who is seen, by frame."""
    rows = np.flatnonzero(scan.looked).tolist()
    return {
        int(scan.sampled[row]): scan.people.of(row)[0][:, [0, 2]].round().astype(int).ravel().tolist() for row in rows
    }


def test_one_who_walks_is_looked_for_every_second_in_a_part_of_the_picture(tmp_path: Path) -> None:
    scan, shares = film(tmp_path, 6, lambda k: 20 + k // 2)
    assert scan.looked.sum() == 13
    assert len(shares) <= 8
    assert sum(shares) < 6
    for frame, (left, right) in seen(scan).items():
        assert [left, right] == pytest.approx([20 + frame // 2, 40 + frame // 2], abs=4)


def test_an_empty_room_is_looked_at_every_three_seconds(tmp_path: Path) -> None:
    scan, shares = film(tmp_path, 7, lambda _: None)
    assert len(scan.people.sample) == 0
    assert len(shares) <= 4
    assert scan.masked.sum() >= 7, "where a window may begin"


def test_another_at_a_sample_that_waits_is_seen(tmp_path: Path) -> None:
    scan, _ = film(tmp_path, 3, lambda _: 30, lambda k: 200 if 13 <= k < 18 else None)
    assert seen(scan)[15] == pytest.approx([30, 216], abs=4)
    assert seen(scan)[30] == pytest.approx([30, 50], abs=4)


def test_one_who_is_elsewhere_at_the_next_look_was_where_he_is_seen(tmp_path: Path) -> None:
    scan, _ = film(tmp_path, 2, lambda k: 20 if k < 12 else 160)
    assert seen(scan)[15] == pytest.approx([160, 180], abs=4)


def test_one_who_leaves_between_two_looks_is_not_made_up(tmp_path: Path) -> None:
    scan, _ = film(tmp_path, 3, lambda k: 30 if k < 40 else None)
    assert [frame for frame, edges in seen(scan).items() if edges] == [0, 15, 30]


BOX = np.array([100.0, 40, 120, 100])


def test_a_region_holds_the_last_box_and_all_that_has_changed() -> None:
    changed = np.zeros((9, 16), dtype=bool)
    changed[4, 9] = True
    region = region_of(BOX[None], changed, (WIDE, HIGH))
    assert region is not None
    assert region == pytest.approx([88, 28, 165, 112], abs=1)
    assert within(BOX[None], region, (WIDE, HIGH))
    assert not within(BOX[None] + np.array([60, 0, 60, 0]), region, (WIDE, HIGH))
    changed[:, 0] = changed[:, 15] = True
    assert region_of(BOX[None], changed, (WIDE, HIGH)) is None, "the whole picture is as well"


def test_a_region_holds_everybody() -> None:
    two = np.stack([BOX, BOX - np.array([60, 0, 60, 0])])
    region = region_of(two, np.zeros((9, 16), dtype=bool), (WIDE, HIGH))
    assert region is not None
    assert within(two, region, (WIDE, HIGH))
    alone = region_of(BOX[None], np.zeros((9, 16), dtype=bool), (WIDE, HIGH))
    assert alone is not None
    assert not within(two, alone, (WIDE, HIGH)), "it cuts the other"


def test_people_of_two_looks_are_paired_where_all_of_them_may_be_the_same() -> None:
    two = np.stack([BOX, BOX - np.array([80, 0, 80, 0])])
    later = two[::-1] + np.array([5.0, 0, 5, 0])
    order = paired(two, later, 1.0)
    assert order is not None
    assert order.tolist() == [1, 0]
    assert paired(two, later[:1], 1.0) is None, "one has gone"
    assert paired(two[:1], two[:1] + np.array([70.0, 0, 70, 0]), 1.0) is None, "farther than he can have walked"
    nobody = np.zeros((0, 4))
    assert paired(nobody, nobody, 1.0) is not None


def test_a_path_holds_both_boxes_and_what_lies_between() -> None:
    there = paths(BOX[None], BOX[None] + np.array([40.0, 0, 40, 0]), (WIDE, HIGH))
    columns = np.flatnonzero(there.any(axis=0))
    assert columns.tolist() == list(range(5, 12))
    assert not there[0].any()
    assert there[4].sum() == len(columns)


def test_the_pictures_own_border_cuts_nobody() -> None:
    box = np.array([0.0, 40, 20, 100])
    region = region_of(box[None], np.zeros((9, 16), dtype=bool), (WIDE, HIGH))
    assert region is not None
    assert within(box[None], region, (WIDE, HIGH))

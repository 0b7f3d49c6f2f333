"""Footage is known again mirrored, encoded anew, at another rate, or cut elsewhere; another take is another."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from media import texture, write_video
from square_finder import scanned

from share_data.records import Clip, Video
from share_data.scan.fingerprint import Fingerprint, fingerprint, fingerprint_problem
from share_data.scan.same_footage import CROWD, MOST_BITS, alike, same

Film = list[np.ndarray]
ROOM = (texture(160, 96, seed=1) * 0.4).astype(np.uint8)


def take(seed: int, frames: int = 120, room: np.ndarray = ROOM) -> Film:
    """Somebody walks about a room, stops and turns back as the seed wills."""
    rng = np.random.default_rng(seed)
    speeds = np.repeat(rng.uniform(-60, 60, frames // 8 + 1), 8)[:frames] / 30
    x = 70 + np.cumsum(speeds)
    x = np.abs((x - 5) % 220 - 110) + 5
    images = []
    for place in x:
        image = room.copy()
        image[25:85, round(place) : round(place) + 22] = 220
        images.append(image)
    return images


def printed(path: Path, images: Film, **how: object) -> Fingerprint:
    """The fingerprint of a whole film, written and read."""
    write_video(path, images, **how)  # type: ignore[arg-type]
    scan, pictures = scanned(path)
    video = Video("s", path.stem, path.name)
    size = scan.width, scan.height
    clip = Clip(video, path, "0" * 64, 0, len(scan), scan.index.times, *size)
    return fingerprint(clip, scan, pictures)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Fingerprint:
    return printed(tmp_path_factory.mktemp("first") / "v.mp4", take(0))


SAME = {
    "encoded anew, small": lambda film: ([cv2.resize(each, (128, 76)) for each in film], {"options": {"crf": "33"}}),
    "mirrored": lambda film: ([each[:, ::-1] for each in film], {}),
    "at half the rate": lambda film: (film[::2], {"fps": 15}),
    "its second half": lambda film: (film[53:], {}),
    "brighter": lambda film: ([cv2.convertScaleAbs(each, alpha=1.1, beta=10) for each in film], {}),
}


@pytest.mark.parametrize("how", SAME)
def test_the_same_take_is_known_again(first: Fingerprint, tmp_path: Path, how: str) -> None:
    images, options = SAME[how](take(0))
    other = printed(tmp_path / "v.mp4", images, **options)
    assert same(first, other) and same(other, first)
    told = [[each.picture, each.mirrored, each.amount] for each in (first, other)]
    assert alike(*zip(*told, strict=True)) == [(0, 1)]


def test_another_take_in_the_same_room_is_another_and_so_is_a_part_that_does_not_overlap(
    first: Fingerprint, tmp_path: Path
) -> None:
    for seed in (1, 2, 3):
        other = printed(tmp_path / f"{seed}.mp4", take(seed))
        assert (first.picture ^ other.picture).bit_count() <= MOST_BITS
        assert not same(first, other)
    halves = [
        printed(tmp_path / f"half{k}.mp4", take(0)[part]) for k, part in enumerate((slice(0, 58), slice(62, 120)))
    ]
    assert not same(*halves)


def test_plain_walls_are_not_alike_for_being_plain(tmp_path: Path) -> None:
    plain = np.full_like(ROOM, 90)
    wall = printed(tmp_path / "v.mp4", take(0, room=plain))
    assert (wall.picture, wall.mirrored) == (None, None)
    assert not same(wall, wall)


def test_a_picture_in_which_nothing_moves_is_not_the_same_take(tmp_path: Path) -> None:
    still = printed(tmp_path / "v.mp4", take(0)[:1] * 60)
    assert not same(still, still)


def test_rooms_within_six_bits_are_always_found() -> None:
    rng = np.random.default_rng(0)
    hashes = [int(each) for each in rng.integers(0, 2**63, 200, dtype=np.uint64)]
    near = [hashes[0] ^ sum(1 << int(bit) for bit in rng.choice(64, 6, replace=False)) for _ in range(50)]
    mirrored = [int(each) for each in rng.integers(0, 2**63, 250, dtype=np.uint64)]
    found = alike(hashes + near, mirrored, [1.0] * 250)
    assert {(0, 200 + k) for k in range(50)} <= set(found)
    assert not any(b < 200 for _, b in found)


def test_of_a_crowd_in_one_room_copies_are_found_among_those_that_move_as_much() -> None:
    rng = np.random.default_rng(0)
    motion = rng.uniform(0, 50, 2 * CROWD)
    motion[700] = motion[3] * 1.0001
    found = alike([5] * len(motion), [2**63] * len(motion), motion.tolist())
    assert (3, 700) in found
    assert len(found) < 15 * len(motion)


@pytest.mark.parametrize(
    "told", [None, [], [1, None, ""], [2**64, 1, ""], [True, 1, ""], [1, 1, "AA=="], [1, 1, "?"], [1, 1, 5]]
)
def test_what_is_no_fingerprint_is_told(told: object) -> None:
    assert fingerprint_problem(told) == "fingerprint"
    assert fingerprint_problem([1, 2**64 - 1, "AAAAAAAAAAAAAAAA"]) == ""

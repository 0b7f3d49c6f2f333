"""Who is who, and who is only a picture: tracks, posters, screens, mirrors, visitors."""

import cv2
import media
import numpy as np
import pytest
from numpy.typing import NDArray

from share_data.filters.evidence.company import Seen, kinds_of, main_track, tracks_of
from share_data.filters.evidence.novelty import NoveltyWatch
from share_data.filters.evidence.presence import frames_in_view, longest_absence, share_in_view
from share_data.filters.evidence.tracks import link, steady

TIMES = np.arange(12) / 2
ROOM = cv2.cvtColor(media.texture(320, 180), cv2.COLOR_RGB2GRAY)
Boxes = list[tuple[float, float, float, float]]


def body(seed: int, width: int, height: int) -> NDArray[np.uint8]:
    """Somebody in clothes of his own: bands of grey from the head down."""
    bands = np.random.default_rng(seed).integers(20, 235, 6).astype(np.uint8)
    return np.asarray(cv2.resize(bands[:, None], (width, height), interpolation=cv2.INTER_NEAREST))


def draw(image: NDArray[np.uint8], box: tuple[float, float, float, float], seed: int) -> None:
    x1, y1, x2, y2 = (int(v) for v in box)
    image[y1:y2, x1:x2] = body(seed, x2 - x1, y2 - y1)


def main_boxes() -> Boxes:
    return [(40 + 12 * k, 50.0, 80 + 12 * k, 170.0) for k in range(len(TIMES))]


def judged(others: Boxes, seed: int, pictures: list[NDArray[np.uint8]] | None = None, sway: float = 2.0) -> str:
    """What somebody is taken for, who is drawn at these boxes in front of the room, or of `pictures`."""
    grey, people = [], []
    for k, (mine, his) in enumerate(zip(main_boxes(), others, strict=True)):
        image = (ROOM if pictures is None else pictures[k]).copy()
        draw(image, tuple(v + sway * (k % 2) for v in his), seed)  # type: ignore[arg-type]
        draw(image, mine, 1)
        grey.append(image)
        people.append(np.array([[*mine, 0.9], [*his, 0.8]], np.float32))
    linked = link(TIMES, people)
    tracks = tracks_of(people, linked)
    main = tracks.pop(main_track(tracks))
    (kind,) = kinds_of(tracks, main, np.stack(grey)).values()
    return kind


BESIDE: Boxes = [(250.0, 60.0, 285.0, 165.0)] * 12


def test_somebody_in_the_room_is_company_also_where_he_stands_still() -> None:
    assert judged(BESIDE, seed=3) == "company"


def test_a_small_one_is_far_away() -> None:
    assert judged([(250.0, 60.0, 262.0, 95.0)] * 12, seed=3) == "far"


def test_who_never_moves_a_pixel_is_a_picture() -> None:
    assert judged(BESIDE, seed=3, sway=0.0) == "pictured"


def test_who_lives_in_a_rectangle_that_changes_throughout_is_on_a_screen() -> None:
    pictures = []
    for k in range(12):
        image = ROOM.copy()
        image[40:120, 230:310] = cv2.cvtColor(media.texture(80, 80, seed=10 + k), cv2.COLOR_RGB2GRAY)
        pictures.append(image)
    assert judged([(255.0, 45.0, 285.0, 118.0)] * 12, seed=3, pictures=pictures) == "pictured"


def test_a_mirror_shows_the_same_clothes_in_step_and_a_companion_wears_others() -> None:
    reflected: Boxes = [(280 - 6 * k, 40.0, 305 - 6 * k, 112.0) for k in range(12)]
    assert judged(reflected, seed=1, sway=0.0) == "mirrored"
    assert judged(reflected, seed=3, sway=0.0) == "company"


def test_a_presenter_half_hidden_by_the_person_is_still_on_the_screen() -> None:
    pictures = [ROOM.copy() for _ in range(12)]
    for k, image in enumerate(pictures):
        image[40:120, 190:270] = cv2.cvtColor(media.texture(80, 80, seed=10 + k), cv2.COLOR_RGB2GRAY)
    main = Seen(np.arange(12), np.array(main_boxes()))
    presenter = Seen(np.arange(12), np.array([(232.0, 44.0, 262.0, 118.0)] * 12))
    merged = Seen(np.array([11]), np.array([(190.0, 42.0, 216.0, 140.0)]))  # Half of it is the person's own body.
    assert kinds_of({1: presenter, 2: merged}, main, np.stack(pictures)) == {1: "pictured", 2: "pictured"}
    elsewhere = Seen(np.array([11]), np.array([(216.0, 42.0, 242.0, 140.0)]))
    assert kinds_of({1: presenter, 2: elsewhere}, main, np.stack(pictures))[2] == "company"


@pytest.mark.parametrize(("sits", "kind"), [(True, "mirrored"), (False, "company")])
def test_clothes_may_differ_more_where_a_reflection_sits_down_with_the_person(sits: bool, kind: str) -> None:
    """In a dim mirror; two who walk in step by chance do not sit down in step too."""
    mine, his, pictures = [], [], []
    for k in range(12):
        low = 6.0 * max(0, k - 5)
        mine.append((40.0 + 12 * k, 50.0 + low, 80.0 + 12 * k, 170.0))
        his.append((280.0 - 6 * k, 40.0 + (low / 2 if sits else 0), 305.0 - 6 * k, 112.0))
        image = ROOM.copy()
        draw(image, his[-1], 1)
        x1, y1, x2, y2 = (int(v) for v in his[-1])
        image[y1:y2, x1:x2] = 0.5 * image[y1:y2, x1:x2] + 0.5 * body(5, x2 - x1, y2 - y1)
        draw(image, mine[-1], 1)
        pictures.append(image)
    main, other = (Seen(np.arange(12), np.array(boxes)) for boxes in (mine, his))
    assert kinds_of({1: other}, main, np.stack(pictures)) == {1: kind}


def test_people_who_cross_keep_their_tracks() -> None:
    people = [
        np.array([[20 * k, 0, 20 * k + 40, 100, 0.9], [240 - 20 * k, 10, 290 - 20 * k, 140, 0.8]], np.float32)
        for k in range(12)
    ]
    assert {tuple(names.tolist()) for names in link(TIMES, people)} == {(0, 1)}


def test_a_track_outlives_a_short_absence_and_not_a_long_one() -> None:
    box, none = np.array([[10, 0, 50, 100, 0.9]], np.float32), np.zeros((0, 5), np.float32)
    assert [names.tolist() for names in link(TIMES[:5], [box, none, none, box, box])] == [[0], [], [], [0], [0]]
    assert [names.tolist() for names in link(TIMES[:7], [box, *[none] * 5, box])][-1] == [1]


def test_one_person_found_twice_is_one() -> None:
    twice = np.array([[10, 0, 50, 100, 0.9], [12, 0, 52, 98, 0.4], [200, 0, 240, 100, 0.3]], np.float32)
    assert link(TIMES[:1], [twice])[0].tolist() == [0, -1, 1]


def test_doubtful_boxes_count_beside_sure_ones_only() -> None:
    sure, doubtful = [10, 0, 50, 100, 0.5], [12, 2, 53, 101, 0.15]
    ghost = [200, 0, 240, 100, 0.2]
    people = [
        np.array(boxes, np.float32).reshape(-1, 5) for boxes in ([sure, ghost], [doubtful, ghost], [sure], [ghost])
    ]
    assert [len(boxes) for boxes in steady(TIMES[:4], people)] == [1, 1, 1, 0]


def test_seconds_are_those_between_samples() -> None:
    seen = np.array([False, True, True, False, False, False, False, True])
    times = np.arange(8) / 2
    frames = np.arange(36) / 10
    assert frames[frames_in_view(frames, times, seen)] == pytest.approx(
        np.r_[np.arange(1, 15) / 10, np.arange(31, 36) / 10]
    )
    assert longest_absence(times, seen) == 1.5
    assert share_in_view(times, seen) == pytest.approx(1.25 / 3.5)


class TestNovelty:
    @staticmethod
    def means(left: float | None = None, gain: float = 1.0) -> NDArray[np.float32]:
        grid = np.linspace(60, 120, 144, dtype=np.float32).reshape(9, 16) * gain
        if left is not None:
            grid[3:8, int(left) : int(left) + 2] += 40
        return grid

    def watch(self) -> NoveltyWatch:
        made = NoveltyWatch()
        made.looked(0.0, self.means(), np.array([[20, 30, 40, 80, 0.9]], np.float32), (160, 90))
        return made

    def test_somebody_new_is_due_once_and_not_at_once(self) -> None:
        watch = self.watch()
        assert not watch.due(0.1, self.means(11))
        assert watch.due(0.3, self.means(11))
        watch.looked(0.3, self.means(11), np.zeros((0, 5), np.float32), (160, 90))
        assert not watch.due(0.6, self.means(11))

    def test_the_known_person_and_a_lamp_are_nothing_new(self) -> None:
        assert not self.watch().due(0.3, self.means(3))
        assert not self.watch().due(0.3, self.means(gain=1.3))

    def test_one_who_is_suddenly_before_the_known_person_is_due_when_they_may_have_come_apart(self) -> None:
        watch, pop = self.watch(), self.means(3)
        pop[3:8, 3:5] += 30
        due = [round(k / 10, 1) for k in range(1, 12) if watch.due(k / 10, pop if k >= 6 else self.means(3))]
        assert due == [0.8]

    @pytest.mark.parametrize(("stranger", "is_due"), [(0, False), (60, True)])
    def test_a_camera_that_sways_brings_nobody_and_hides_nobody(self, stranger: int, is_due: bool) -> None:
        swayed = self.means()
        swayed[:, ::2] += 1.2
        swayed[2:7, 9] += 9  # An edge of the room.
        swayed[3:8, 11:13] += stranger
        assert self.watch().due(0.3, swayed) == is_due

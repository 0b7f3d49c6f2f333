"""What is told of a build's video: by counts, with a made-up clock, from measured rates."""

from typing import Any

import pytest

from share_data.build.catalogue import CANDIDATE, KEPT, PENDING, REJECTED
from share_data.build.lengths.states import ClipStates
from share_data.build.lengths.teller import MARK_EVERY_S, VideoTeller, work_left
from share_data.build.rates import Rate, RateMeter
from share_data.engine.watch import Silent
from share_data.progress.video_time import VideoTime

STAGES = ("mine", "measure", "humans", "geometry", "reconstruct")
KEYS = {"fetch:a": "fetch/local"} | {stage: stage for stage in STAGES}
RATES = {
    "fetch/local": Rate(1, 1), "mine": Rate(10, 1), "measure": Rate(1, 100), "humans": Rate(3, 100),
    "geometry": Rate(1, 100), "reconstruct": Rate(1, 100),
}  # fmt: skip
"""A video takes 11 s, a frame 0.01 s to measure and 0.05 s to reconstruct."""


class Listener(Silent):
    def __init__(self) -> None:
        self.told: list[VideoTime] = []

    def video(self, told: VideoTime) -> None:
        self.told.append(told)


class Built:
    """A teller with everything about it."""

    def __init__(self, rates: dict[str, Rate] = RATES, workers: int = 1) -> None:
        self.now = 0.0
        self.marks: list[dict[str, Any]] = []
        self.listener = Listener()
        self.meter = RateMeter(rates)
        self.teller = VideoTeller(
            self.listener, self.meter, KEYS, workers, lambda what, **told: self.marks.append(told), lambda: self.now
        )
        self.teller.states = states_of(PENDING, PENDING)

    def left(self) -> float | None:
        self.teller.tell()
        return self.listener.told[-1].left


def states_of(*states: int, opened: int = 1, waiting: int = 0) -> ClipStates:
    """Clips of 100 frames, four seconds each."""
    made = ClipStates()
    for state in states:
        made.add(state, 100, 4.0)
    made.opened, made.waiting = opened, waiting
    return made


@pytest.mark.parametrize(
    ("states", "left"),
    [
        pytest.param(states_of(KEPT, REJECTED), 0.0, id="all done"),
        pytest.param(states_of(CANDIDATE, CANDIDATE), 10.0, id="two to reconstruct"),
        pytest.param(states_of(PENDING), 1.0 + 5.0, id="nothing decided: it may be kept"),
        pytest.param(states_of(PENDING, PENDING, KEPT, REJECTED), 2 * (1.0 + 0.5 * 5.0), id="half of it will be kept"),
        pytest.param(states_of(KEPT, REJECTED, opened=2, waiting=2), 22 + 2 * (1 + 0.5 * 5.0), id="two more videos"),
        pytest.param(states_of(opened=0, waiting=3), None, id="nobody knows how long videos are"),
        pytest.param(states_of(opened=0), 0.0, id="no video"),
    ],
)
def test_what_is_left_comes_from_measured_rates_and_what_was_accepted_so_far(
    states: ClipStates, left: float | None
) -> None:
    built = Built()
    built.teller.states = states
    assert built.left() == (None if left is None else pytest.approx(left))


def test_workers_share_what_is_left() -> None:
    assert Built(workers=4).left() == pytest.approx(12.0 / 4)


def test_without_a_rate_nothing_is_promised_until_this_build_has_measured_one() -> None:
    built = Built({key: rate for key, rate in RATES.items() if key != "measure"})
    assert built.left() is None
    built.meter.take({"e": "begin", "recipe": {}, "gpus": 0})
    job = {"job": "0", "step": "measure", "unit": "u", "t": 9.0}
    built.meter.take({"e": "done", **job, "n": 50, "s": {"measure": 1.0}})
    assert built.left() == pytest.approx(2 * (2.0 + 5.0))


def test_seconds_are_told_as_units_end_and_go_on_record_now_and_then() -> None:
    built = Built()
    built.teller.tell()
    for clip, state in enumerate((KEPT, REJECTED)):
        built.now += MARK_EVERY_S / 2
        built.teller.states[clip] = state
        built.teller.advance("measure", f"c{clip}", "kept")
    assert [told.seconds for told in built.listener.told] == [
        {"undecided": 8.0}, {"undecided": 4.0, "kept": 4.0}, {"kept": 4.0, "rejected": 4.0},
    ]  # fmt: skip
    assert [mark["scanned"] for mark in built.marks] == [8.0]
    built.teller.close()
    assert VideoTime.from_json(built.marks[-1]) == built.listener.told[-1]


def test_videos_that_wait_count_as_long_as_the_others() -> None:
    work = work_left(states_of(KEPT, KEPT, REJECTED, PENDING, opened=2, waiting=1))
    assert work is not None
    assert work["mine"] == 1
    assert work["measure"] == pytest.approx(100 + 200)
    assert work["humans"] == pytest.approx(300 * 2 / 3)

"""What a progress display counts: units that end, how fast, and who is at work on what."""

import pytest

from share_data.progress.rate import WINDOW_S, Rate
from share_data.progress.tally import Tally


def test_a_rate_is_that_of_the_last_minutes() -> None:
    rate = Rate(0.0)
    for second in range(0, 3600):
        rate.add(float(second))
    for second in range(3600, 3600 + int(WINDOW_S), 10):
        rate.add(float(second))
    assert rate.per_minute(3600 + WINDOW_S - 1) == pytest.approx(6, rel=0.05)


def test_a_rate_counts_from_when_work_began() -> None:
    rate = Rate(100.0)
    for second in range(20):
        rate.add(100.0 + second)
    assert rate.per_minute(120.0) == pytest.approx(60)
    assert rate.seconds_for(30, 120.0) == pytest.approx(30)


def test_slow_work_has_a_rate_too_and_a_stall_lets_it_fall() -> None:
    rate = Rate(0.0)
    for hour in range(1, 11):
        rate.add(3600.0 * hour)
    assert rate.per_minute(36000.0) == pytest.approx(1 / 60)
    assert rate.per_minute(36000.0 + 5 * 3600) == pytest.approx(1 / 120)


def test_without_an_end_there_is_no_rate_and_no_time_left() -> None:
    assert Rate(0.0).per_minute(60.0) == 0
    assert Rate(0.0).seconds_for(5, 60.0) is None


def test_a_clock_that_is_set_back_breaks_nothing() -> None:
    rate = Rate(1000.0)
    rate.add(1000.0)
    rate.add(400.0)
    assert rate.per_minute(400.0) > 0


def test_stored_units_are_done_but_not_in_the_rate() -> None:
    tally = Tally(0.0)
    tally.expect("measure", 100, 90)
    for second in range(5):
        tally.advance("measure", f"u{second}", "kept", float(second))
    measure = tally.steps["measure"]
    assert (measure.done, measure.left, measure.stored) == (95, 5, 90)
    assert measure.per_minute(60.0) == pytest.approx(5)


def test_a_step_that_is_through_keeps_its_rate() -> None:
    tally = Tally(0.0)
    tally.expect("fetch", 10, 0)
    for second in range(1, 11):
        tally.advance("fetch", f"u{second}", "kept", float(second))
    assert tally.steps["fetch"].per_minute(9999.0) == pytest.approx(60)


def test_outcomes_are_counted_apart_and_the_last_errors_kept() -> None:
    tally = Tally(0.0)
    tally.expect("measure", 7, 0)
    failed = [tally.advance("measure", f"u{n}", f"failed: ValueError: {n}", 1.0) for n in range(5)]
    failed += [tally.advance("measure", "a", "rejected: pan", 1.0), tally.advance("measure", "b", "kept", 1.0)]
    assert failed == [True] * 5 + [False] * 2
    measure = tally.steps["measure"]
    assert (measure.kept, measure.rejected, measure.failed, measure.left) == (1, 1, 5, 0)
    assert list(tally.errors) == [f"measure: u{n}: failed: ValueError: {n}" for n in (2, 3, 4)]


def test_a_worker_is_busy_from_the_start_of_a_unit_to_its_return() -> None:
    tally = Tally(0.0)
    tally.started("measure", "clip", "any-1", 5.0)
    row = tally.workers["any-1"]
    assert (row.step, row.unit, row.since, tally.steps["measure"].running) == ("measure", "clip", 5.0, 1)
    tally.load("any-1", 100, 50)
    tally.advance("measure", "clip", "kept", 9.0)
    assert (row.step, row.unit, row.memory, row.gpu_memory, tally.steps["measure"].running) == ("", "", 100, 50, 0)


def test_a_failed_unit_that_comes_back_is_not_running_until_it_is_started_again() -> None:
    tally = Tally(0.0)
    tally.started("measure", "clip", "any-1", 5.0)
    tally.load("any-1", 100, 0)
    assert tally.steps["measure"].running == 0
    tally.started("measure", "clip", "any-2", 6.0)
    assert tally.steps["measure"].running == 1 and set(tally.workers) == {"any-1", "any-2"}


@pytest.mark.parametrize("how", ["started elsewhere", "given up", "holds nothing"])
def test_a_worker_that_did_not_come_back_is_not_shown_any_more(how: str) -> None:
    tally = Tally(0.0)
    tally.started("reconstruct", "clip", "gpu-1", 5.0)
    if how == "started elsewhere":
        tally.started("reconstruct", "clip", "gpu-2", 6.0)
    elif how == "given up":
        tally.advance("reconstruct", "clip", "failed: WorkerDied: gone", 6.0)
    else:
        tally.load("gpu-1", 0, 0)
    assert "gpu-1" not in tally.workers
    assert tally.steps["reconstruct"].running == (how == "started elsewhere")


def test_the_only_worker_may_get_the_same_unit_again() -> None:
    tally = Tally(0.0)
    tally.started("measure", "clip", "inline", 5.0)
    tally.started("measure", "clip", "inline", 6.0)
    assert tally.workers["inline"].since == 6.0 and tally.steps["measure"].running == 1

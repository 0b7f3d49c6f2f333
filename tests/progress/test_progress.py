"""What a build prints while it runs: on a terminal, in a log, and for programs."""

import io
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from share_data.progress.events import EventWatcher
from share_data.progress.lines import Lines
from share_data.progress.progress import TerminalWatcher
from share_data.progress.screen import picture
from share_data.progress.tally import Tally
from share_data.progress.video_time import VideoTime

HOSTILE = "clip_[red]\x1b[2J\u202e\nnext"
SHOWN = "clip_[red]\\u001b[2J\\u202e next"
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


class Clock:
    """A time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def plain(clock: Callable[[], float]) -> tuple[TerminalWatcher, io.StringIO]:
    out = io.StringIO()
    return TerminalWatcher(Console(file=out, width=40), clock), out


def live(width: int = 100, height: int = 30) -> tuple[TerminalWatcher, io.StringIO]:
    out = io.StringIO()
    environment = {"TERM": "xterm"}
    console = Console(file=out, force_terminal=True, width=width, height=height, _environ=environment)
    return TerminalWatcher(console, live=True), out


def drawn(tally: Tally, now: float = 60.0, width: int = 100, height: int = 40) -> str:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(picture(tally, now, width, height))
    return console.file.getvalue()  # type: ignore[attr-defined]


# Without a terminal.


def test_in_a_log_kept_and_rejected_units_get_no_line_of_their_own(clock: Clock) -> None:
    watcher, out = plain(clock)
    with watcher:
        watcher.expect("measure", 2000)
        for number in range(1000):
            watcher.advance("measure", f"a{number}", "kept")
            watcher.advance("measure", f"b{number}", "rejected: pan")
    assert out.getvalue() == "measure: 2000 of 2000 done\n"


def test_in_a_log_every_failure_and_note_is_a_line_at_once(clock: Clock) -> None:
    watcher, out = plain(clock)
    with watcher:
        watcher.expect("measure", 1)
        watcher.advance("measure", HOSTILE, "failed: ValueError: no\nsuch [bold]thing")
        watcher.note("warning: [blue]two\nlines")
        assert out.getvalue().splitlines() == [
            f"measure: {SHOWN}: failed: ValueError: no such [bold]thing",
            "warning: [blue]two lines",
        ]
    assert out.getvalue().splitlines()[2:] == ["measure: 0 of 1 done, 1 failed"]


def test_in_a_log_a_step_is_summed_up_every_ten_seconds_at_most(clock: Clock) -> None:
    watcher, out = plain(clock)
    watcher.expect("measure", 1000, 400)
    for second in range(60):
        clock.now += 1.0
        watcher.started("measure", f"u{second}", "any-1")
        watcher.advance("measure", f"u{second}", "kept")
    lines = out.getvalue().splitlines()
    assert len(lines) == 6
    assert lines[-1] == "measure: 459 of 1000 done (400 stored before), 1 running, 60.0/min, 0:09:01 left"


def test_in_a_log_the_clock_alone_makes_a_summary_due(clock: Clock) -> None:
    watcher, out = plain(clock)
    watcher.expect("reconstruct", 2)
    watcher.started("reconstruct", "u", "any-1")
    for _ in range(150):  # What the watcher's thread does every second.
        clock.now += 1.0
        watcher._view.draw()
    assert out.getvalue().splitlines() == ["reconstruct: 0 of 2 done, 1 running"] * 3


def test_in_a_log_totals_that_grow_make_a_summary_due_too(clock: Clock) -> None:
    watcher, out = plain(clock)
    watcher.started("fetch", "u", "any-1")
    clock.now += 11
    watcher.expect("fetch", 5)
    assert out.getvalue() == "fetch: 0 of 5 done, 1 running\n"


def test_in_a_log_steps_that_need_no_work_are_told_once_at_the_end(clock: Clock) -> None:
    watcher, out = plain(clock)
    with watcher:
        watcher.expect("fetch", 8, 8)
        clock.now += 100
        watcher.expect("measure", 8, 8)
        assert out.getvalue() == ""
    assert out.getvalue().splitlines() == [
        "fetch: 8 of 8 done (8 stored before)", "measure: 8 of 8 done (8 stored before)",
    ]  # fmt: skip


def test_a_file_is_no_terminal_even_where_colour_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = io.StringIO()
    with TerminalWatcher(Console(file=out)) as watcher:
        watcher.note("hello")
    assert out.getvalue() == "hello\n"


def test_a_line_told_while_one_is_written_comes_after_it_whole() -> None:
    class Interrupted(io.StringIO):
        def write(self, text: str) -> int:
            if text == "first\n":
                lines.write("from a signal handler")
            return super().write(text)

    out = Interrupted()
    lines = Lines(out)
    lines.write("first")
    assert out.getvalue() == "first\nfrom a signal handler\n"


def test_nobody_listening_does_not_end_a_build(clock: Clock) -> None:
    tried = []

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            tried.append(text)
            raise BrokenPipeError

    with TerminalWatcher(Console(file=Closed()), clock) as watcher:
        watcher.note("hello")
        watcher.advance("measure", "u", "failed: x: y")
    assert tried and not watcher._thread.is_alive()


def test_twenty_thousand_calls_are_a_handful_of_lines(clock: Clock) -> None:
    watcher, out = plain(clock)
    for number in range(5000):
        watcher.expect("measure", number)
        watcher.started("measure", f"u{number}", f"any-{number % 64}")
        watcher.load(f"any-{number % 64}", 2**30, 0)
        watcher.advance("measure", f"u{number}", "kept")
    assert len(out.getvalue().splitlines()) <= 2


def test_something_else_than_a_build_counts_with_the_same_display(clock: Clock) -> None:
    watcher, out = plain(clock)
    with watcher:
        report = watcher.counted("benchmark")
        for number in range(3):
            report(number + 1, 3, f"clip {number}")
    assert out.getvalue() == "benchmark: 3 of 3 done\n"


VIDEO = VideoTime(1, 1, {"kept": 60.0}, 120.0)


def test_in_a_log_seconds_of_video_follow_the_steps(clock: Clock) -> None:
    watcher, out = plain(clock)
    watcher.expect("measure", 30)
    for second in range(24):
        clock.now += 1.0
        watcher.video(VIDEO)
        watcher.advance("measure", f"u{second}", "kept")
    assert (
        out.getvalue().splitlines()[1::2]
        == ["video: 0:01:00 of about 0:02:00 scanned (1 of 2 videos), about 0:02:00 left, 0:01:00 kept"] * 2
    )


# On a terminal.


def busy_tally(workers: int) -> Tally:
    tally = Tally(0.0)
    tally.expect("fetch", 200000, 100000)
    tally.expect("reconstruct", 300, 20)
    tally.tell(VIDEO, 50.0)
    for number in range(workers):
        tally.load(f"gpu-{number}", 2**31, 5 * 2**30)
        tally.started("reconstruct", f"clip-{number}", f"gpu-{number}", 50.0)
    for number in range(10):
        tally.advance("reconstruct", f"done-{number}", "failed: E: m" if number % 2 else "kept", 59.0)
    return tally


def test_the_picture_has_steps_workers_and_last_errors() -> None:
    lines = drawn(busy_tally(2), now=65.0).splitlines()
    assert lines[0].split() == ["step", "done", "stored", "running", "failed", "rate", "left"]
    assert lines[1].split()[0] == "fetch" and "100000/200000" in lines[1]
    assert lines[2].split()[-6:] == ["25/300", "20", "2", "5", "40.0/min", "0:06:45"]
    assert lines[3] == "video: 0:01:00 of about 0:02:00 scanned (1 of 2 videos), about 0:01:45 left, 0:01:00 kept"
    assert lines[6].split() == ["gpu-0", "reconstruct", "clip-0", "0:00:15", "2.0", "GiB", "5.0", "GiB"]
    assert lines[-4:-1] == [f"! reconstruct: done-{number}: failed: E: m" for number in (5, 7, 9)]
    assert lines[-1] == "elapsed 0:01:05"  # Short, so that an echoed ^C does not wrap to a line of its own.


def test_a_dozen_workers_are_shown_the_busy_ones_first_and_the_rest_counted() -> None:
    tally = busy_tally(40)
    for number in range(35):
        tally.load(f"gpu-{number}", 2**31, 0)
    shown = drawn(tally)
    assert shown.count("gpu-") == 12 and "+28 more" in shown
    assert all(f"clip-{number}" in shown for number in range(35, 40))


@pytest.mark.parametrize("width", [1, 2, 5, 10, 20, 35, 53, 60, 73, 80, 95, 200])
@pytest.mark.parametrize("height", [1, 8, 24])
def test_no_size_of_terminal_breaks_the_picture(width: int, height: int) -> None:
    tally = busy_tally(40)
    shown = drawn(tally, width=width, height=height)
    assert all(len(line) <= width for line in shown.splitlines())
    if width >= 20:
        assert "fetch" in shown and "…" not in shown.splitlines()[1]
    if height >= 24:
        assert len(shown.splitlines()) < height


def test_before_anything_is_known_the_picture_is_the_time() -> None:
    assert drawn(Tally(0.0), now=3.0) == "elapsed 0:00:03\n"


def test_failures_and_notes_are_lines_above_the_picture_and_units_are_not() -> None:
    watcher, out = live()
    with watcher:
        watcher.expect("measure", 3)
        watcher.advance("measure", "clip_kept", "kept")
        watcher.advance("measure", HOSTILE, "failed: ValueError: [bold]no")
        watcher.note("source [x]: failed")
    text = out.getvalue()
    assert text.index(f"measure: {SHOWN}: failed: ValueError: [bold]no") < text.index("step")
    assert "source [x]: failed" in text and "clip_kept" not in text


def test_the_steps_stay_on_the_screen_at_the_end_and_the_workers_do_not() -> None:
    watcher, out = live()
    with watcher:
        watcher.expect("measure", 1)
        watcher.started("measure", "clip", "any-1")
    last = out.getvalue().rsplit("step", 1)[1]
    assert "0/1" in last and "any-1" not in last


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt, SystemExit])
def test_the_terminal_is_given_back_however_it_ends(error: type[BaseException] | None) -> None:
    watcher, out = live()

    def build() -> None:
        with watcher:
            watcher.expect("measure", 1)
            if error is not None:
                raise error

    if error is None:
        build()
    else:
        with pytest.raises(error):
            build()
    assert out.getvalue().startswith(HIDE_CURSOR)
    assert out.getvalue().rindex(SHOW_CURSOR) > out.getvalue().rindex(HIDE_CURSOR)
    assert not watcher._thread.is_alive()


def test_a_burst_of_failures_does_not_make_a_burst_of_drawings() -> None:
    watcher, out = live()
    begun = time.monotonic()
    with watcher:
        for number in range(2000):
            watcher.advance("measure", f"u{number}", "failed: E: m")
    drawings = out.getvalue().count("elapsed")
    assert out.getvalue().count("failed: E: m") >= 2000
    assert drawings <= 4 + 4 * (time.monotonic() - begun)


def test_a_terminal_that_has_gone_does_not_end_a_build() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            if HIDE_CURSOR not in text:
                raise OSError(5, "Input/output error")
            return super().write(text)

    console = Console(file=Gone(), force_terminal=True, _environ={"TERM": "xterm"})
    with TerminalWatcher(console, live=True) as watcher:
        watcher.note("hello")
    assert not watcher._thread.is_alive()


# For programs.


def events_of(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_event_is_a_json_object_on_a_line_with_its_time(clock: Clock) -> None:
    out = io.StringIO()
    with EventWatcher(out, clock) as watcher:
        watcher.expect("measure", 9, 4)
        watcher.started("measure", HOSTILE, "any-1")
        watcher.load("any-1", 100, 50)
        watcher.advance("measure", HOSTILE, "rejected: pan")
        watcher.note("two\nlines")
    assert events_of(out) == [
        {"event": "expect", "t": 1000.0, "step": "measure", "total": 9, "stored": 4},
        {"event": "started", "t": 1000.0, "step": "measure", "unit": HOSTILE, "worker": "any-1"},
        {"event": "load", "t": 1000.0, "worker": "any-1", "memory": 100, "gpu_memory": 50},
        {"event": "advance", "t": 1000.0, "step": "measure", "unit": HOSTILE, "outcome": "rejected: pan"},
        {"event": "note", "t": 1000.0, "text": "two\nlines"},
    ]


def test_loads_are_told_every_ten_seconds_a_worker_at_most(clock: Clock) -> None:
    out = io.StringIO()
    with EventWatcher(out, clock) as watcher:
        for _ in range(30):
            clock.now += 1
            watcher.load("any-1", 1, 1)
            watcher.load("any-2", 1, 1)
    assert len(events_of(out)) == 6


def test_seconds_of_video_are_told_every_second_at_most_and_the_last_ones_always(clock: Clock) -> None:
    out = io.StringIO()
    with EventWatcher(out, clock) as watcher:
        for number in range(100):
            clock.now += 0.1
            watcher.video(VideoTime(number, 0, {"kept": float(number)}))
    told = events_of(out)
    assert len(told) <= 12
    assert {name: told[-1][name] for name in ("event", "opened", "scanned", "left")} == {
        "event": "video", "opened": 99, "scanned": 99.0, "left": None,
    }  # fmt: skip


def test_totals_that_grow_unit_by_unit_are_told_now_and_then_and_the_last_one_always(clock: Clock) -> None:
    out = io.StringIO()
    with EventWatcher(out, clock) as watcher:
        for number in range(100000):
            watcher.expect("fetch", number + 1, number + 1)
        watcher.started("measure", "u", "any-1")
        watcher.expect("measure", 7, 0)
    told = [(each["event"], each.get("total")) for each in events_of(out)]
    assert told == [("expect", 1), ("expect", 100000), ("started", None), ("expect", 7)]

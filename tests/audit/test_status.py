"""`status` tells, from a journal and a lock alone, whether a build runs, ended or died, and what became of its jobs."""

import hashlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from share_data.audit.job_states import JobStates
from share_data.audit.status import Status, read_status
from share_data.audit.status_view import render_status
from share_data.build.workspace import claimed
from share_data.cli import app, main
from share_data.engine.history import History
from share_data.engine.jobs import Job, Receipt, Step
from share_data.engine.journal import Journal
from share_data.errors import CorpusError
from share_data.progress.video_time import VideoTime

HOSTILE = "clip_[red]\x1b[2Jä\u202e\nnext"


def digest(number: int) -> str:
    return hashlib.md5(str(number).encode()).hexdigest()


def job(number: int, step: Step = "measure", unit: str = "") -> Job:
    return Job(step, unit or f"unit-{number}", digest(number), frames=30)


class Build:
    """A build's journal, written as the engine writes it."""

    def __init__(self, place: Path, recipe: dict[str, Any] | None = None, retry: str | None = None) -> None:
        self.workspace = place / ".share-data"
        self.journal = Journal(self.workspace / "journal.jsonl")
        recipe = recipe or {"name": "demo"}
        self.journal.append({"e": "begin", "t": time.time(), "version": "1.2.3", "recipe": recipe, "engine": "ray"})
        self.history = History(self.journal)
        self.history.resume(retry)

    def done(self, *jobs: Job, **result: Any) -> None:
        for each in jobs:
            self.history.sent([each])
            self.history.done(each, result, Receipt("done", seconds={"observe": 1.0}))

    def failed(self, each: Job, kind: Any = "error", error_class: str = "ValueError", message: str = "no") -> None:
        self.history.sent([each])
        self.history.failed(each, kind, error_class, message)

    def end(self, how: str = "") -> None:
        if how:
            self.history.mark("end", how=how)
        self.journal.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "out"


@contextmanager
def held(place: Path) -> Iterator[None]:
    with claimed(place / ".share-data", str(place)):
        yield


def text_of(status: Status, width: int = 300) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(render_status(status))
    return console.file.getvalue()  # type: ignore[attr-defined]


def step_of(status: Status, step: str) -> Any:
    return next(each for each in status.steps if each.step == step)


def test_a_build_that_holds_its_workspace_is_running_and_who_it_is_is_told(place: Path) -> None:
    with held(place):
        build = Build(place)
        build.history.sent([job(1, "reconstruct", "clip-a")])
        build.history.mark("end", how="exit 0")  # Of an earlier build: the next line begins this one.
        Build(place).end()
        status = read_status(str(place))
    assert (status.state, status.how, status.exit_code) == ("running", "", None)
    assert status.who is not None and status.who["pid"] > 0
    shown = text_of(status)
    assert "running" in shown and f"process {status.who['pid']}" in shown
    assert "recipe demo, engine ray, share-data 1.2.3" in shown


def test_what_is_under_way_is_named_with_how_long_and_at_most_a_dozen(place: Path) -> None:
    with held(place):
        build = Build(place)
        build.history.sent([job(number) for number in range(15)])
        build.end()
        began = json.loads(build.journal.path.read_text().splitlines()[-1])["t"]
        status = read_status(str(place), now=began + 75)
    shown = text_of(status)
    assert step_of(status, "measure").underway == 15
    assert "measure: unit-0: 0:01:15" in shown and "... and 3 more" in shown and "unit-13" not in shown


def test_a_build_that_nobody_holds_and_that_has_no_end_died(place: Path) -> None:
    build = Build(place)
    build.history.sent([job(1, unit="clip-a")])
    build.end()
    status = read_status(str(place))
    assert status.state == "died" and status.who is None
    shown = text_of(status)
    assert "died" in shown and "last sign of life" in shown
    assert "under way when it ended" in shown and "clip-a" in shown


@pytest.mark.parametrize(
    ("how", "state", "exit_code", "words"),
    [
        ("exit 0", "finished", 0, "finished with exit code 0"),
        ("exit 3", "finished", 3, "finished with exit code 3"),
        ("InterruptedBuild", "stopped", None, "stopped by the user"),
        ("KeyboardInterrupt", "stopped", None, "stopped by the user"),
        ("DiskFullError", "disk_full", None, "the disk is full"),
        ("EngineError", "error", None, "stopped by an error; build again to go on (EngineError)"),
    ],
)
def test_the_last_line_says_how_a_build_ended(
    place: Path, how: str, state: str, exit_code: int | None, words: str
) -> None:
    Build(place).end(how)
    status = read_status(str(place))
    assert (status.state, status.exit_code) == (state, exit_code)
    assert words in text_of(status)


def test_a_job_is_counted_once_however_often_it_was_done(place: Path) -> None:
    build = Build(place)
    build.done(job(1), job(2), job(1))
    build.history.forget(digest(2))
    build.end("InterruptedBuild")
    again = Build(place)
    again.done(job(3))
    again.end("exit 0")
    measure = step_of(read_status(str(place)), "measure")
    assert (measure.done, measure.done_now) == (2, 1)


def test_totals_are_those_of_the_latest_build_as_far_as_they_are_known(place: Path) -> None:
    build = Build(place)
    build.done(job(1, "fetch"), clips=[[0, 30], [30, 60]], dropped=[])
    build.done(job(2, "fetch"), clips=[[0, 30]], dropped=[[30, 35, "too short"]])
    build.history.mark("listed", videos=9)
    totals = {each.step: (each.total, each.growing) for each in read_status(str(place)).steps}
    assert totals == {
        "fetch": (9, False), "measure": (3, True), "reconstruct": (None, False), "pack": (None, False),
    }  # fmt: skip
    build.history.mark("frozen", clips=4, candidates=2, shards=1)
    build.end()
    totals = {each.step: (each.total, each.growing) for each in read_status(str(place)).steps}
    assert totals == {"fetch": (9, False), "measure": (3, False), "reconstruct": (2, False), "pack": (1, False)}


def test_seconds_of_video_are_what_the_build_last_put_on_record(place: Path) -> None:
    build = Build(place)
    for kept in (10.0, 25.0):
        build.history.mark("video", **VideoTime(2, 2, {"kept": kept, "rejected": 5.0}, 90.0).to_json())
    build.end()
    status = read_status(str(place))
    assert status.video == VideoTime(2, 2, {"kept": 25.0, "rejected": 5.0}, 90.0)
    assert "video: 0:00:30 of about 0:01:00 scanned (2 of 4 videos), about 0:01:30 left, 0:00:25 kept" in text_of(
        status
    )
    assert status.to_json()["video"]["scanned"] == 30.0


def test_the_rate_is_this_runs_and_gives_the_time_that_is_left(place: Path) -> None:
    build = Build(place)
    build.done(*(job(number, "fetch") for number in range(100)), clips=[])
    build.end("InterruptedBuild")
    with held(place):
        build = Build(place)
        start = build.journal.size
        build.history.mark("listed", videos=140)
        build.done(*(job(number, "fetch") for number in range(100, 110)), clips=[])
        build.end()
        began = json.loads(build.journal.path.read_bytes()[start:].splitlines()[1])["t"]
        fetch = step_of(read_status(str(place), now=began + 60), "fetch")
    assert fetch.per_minute == pytest.approx(10, rel=0.02)
    assert fetch.seconds_left == pytest.approx(30 * 6, rel=0.02)


def test_after_a_change_of_recipe_no_time_left_is_made_up(place: Path) -> None:
    Build(place, {"name": "one"}).end("exit 0")
    with held(place):
        build = Build(place, {"name": "two"})
        build.history.mark("listed", videos=5)
        build.done(job(1, "fetch"), clips=[])
        build.end()
        status = read_status(str(place))
    assert status.mixed and step_of(status, "fetch").seconds_left is None
    assert "different recipes" in text_of(status)


def test_the_last_five_errors_are_told_with_unit_class_and_message(place: Path) -> None:
    build = Build(place)
    for number in range(7):
        build.failed(job(number), message=f"reason {number}")
    build.end()
    status = read_status(str(place))
    assert [error.message for error in status.errors] == [f"reason {number}" for number in range(2, 7)]
    assert "measure: unit-6: ValueError: reason 6 (1 attempt)" in text_of(status)
    assert status.quarantined == []


def test_what_is_given_up_is_listed_with_its_attempts_and_the_command_that_tries_it_again(place: Path) -> None:
    build = Build(place)
    for _ in range(2):
        build.failed(job(1))
    build.failed(job(2), "refused", "VideoError", "no frames")
    build.end("exit 1")
    status = read_status(str(place))
    assert [(each.unit, each.error_class, each.attempts) for each in status.quarantined] == [
        ("unit-1", "ValueError", 2), ("unit-2", "VideoError", 1),
    ]  # fmt: skip
    measure = step_of(status, "measure")
    assert (measure.failed, measure.tried_again) == (2, 1)
    shown = text_of(status)
    assert f"share-data build RECIPE --output {place} --retry failed" in shown
    assert "failed:ValueError, failed:VideoError" in shown


def test_at_most_twenty_of_them_are_shown_and_the_rest_counted(place: Path) -> None:
    build = Build(place)
    for number in range(30):
        build.failed(job(number), "refused")
    build.end("exit 1")
    status = read_status(str(place))
    assert len(status.quarantined) == 30
    assert "... and 10 more" in text_of(status)


def test_what_is_tried_again_is_not_given_up_any_more(place: Path) -> None:
    build = Build(place)
    build.failed(job(1), "refused", "VideoError")
    build.failed(job(2), "refused", "ValueError")
    build.failed(job(3, "fetch"), "refused", "SourceError")
    build.end("exit 1")
    again = Build(place, retry="VideoError")
    again.done(job(1))
    again.end("exit 1")
    status = read_status(str(place))
    assert [each.unit for each in status.quarantined] == ["unit-2"]
    assert step_of(status, "measure").tried_again == 1


def test_a_death_is_an_attempt_of_what_was_under_way(place: Path) -> None:
    build = Build(place)
    build.history.sent([job(1)])
    build.end()
    again = Build(place)
    again.done(job(1))
    again.end("exit 0")
    status = read_status(str(place))
    assert [each.error_class for each in status.errors] == ["Interrupted"]
    assert step_of(status, "measure").done_now == 1 and step_of(status, "measure").tried_again == 1


def test_a_line_that_is_being_written_is_not_read(place: Path) -> None:
    build = Build(place)
    build.done(job(1))
    build.end()
    with build.journal.path.open("ab") as handle:
        handle.write(b'{"e":"done","job":"00')
    assert step_of(read_status(str(place)), "measure").done == 1


@pytest.mark.parametrize("line", [b"{not json}\n", b'{"e":"done"}\n', b"[1]\n", b'{"e":"sent","job":1}\n'])
def test_a_damaged_journal_is_named_with_the_place_of_the_damage(place: Path, line: bytes) -> None:
    build = Build(place)
    build.end()
    with build.journal.path.open("ab") as handle:
        handle.write(line)
    with pytest.raises(CorpusError, match=rf"journal\.jsonl.*byte {build.journal.size}"):
        read_status(str(place))


def test_hostile_names_and_messages_are_shown_as_written_on_one_line(place: Path) -> None:
    build = Build(place)
    build.failed(job(1, unit=HOSTILE), "refused", "ValueError", "[bold]\x07\nend")
    build.history.sent([job(2, unit=HOSTILE)])
    build.end()
    shown = text_of(read_status(str(place)))
    assert "clip_[red]\\u001b[2Jä\\u202e next: ValueError: [bold]\\u0007 end (1 attempt)" in shown
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}


@pytest.mark.parametrize("width", [1, 20, 60])
def test_narrow_terminals_do_not_break_it(place: Path, width: int) -> None:
    build = Build(place)
    build.failed(job(1), "refused")
    build.end()
    assert text_of(read_status(str(place)), width)


def test_tracebacks_are_pointed_to_where_there_are_any(place: Path) -> None:
    Build(place).end("exit 0")
    folder = place / ".share-data" / "tracebacks"
    folder.mkdir()
    assert read_status(str(place)).tracebacks == ""
    (folder / "measure-0.txt").touch()
    assert f"tracebacks: {folder}" in text_of(read_status(str(place)))


def test_a_build_that_has_just_taken_its_workspace_is_running_and_counts_from_nothing(place: Path) -> None:
    with held(place):
        assert read_status(str(place)).state == "running"
    build = Build(place)
    build.done(job(1))
    build.end("exit 0")
    with held(place):
        status = read_status(str(place))
    assert (status.state, status.name) == ("running", "demo")
    assert (step_of(status, "measure").done, step_of(status, "measure").done_now) == (1, 0)


def test_a_build_in_another_process_is_seen(place: Path) -> None:
    Build(place).end("exit 0")
    code = (
        "import sys, pathlib; from share_data.build.workspace import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1]), 'x'): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(place / ".share-data")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        status = read_status(str(place))
        holder.communicate("")
    assert status.state == "running" and status.who is not None and status.who["pid"] == holder.pid
    assert read_status(str(place)).state == "finished"


def test_where_no_build_has_been_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["share-data", "status", str(tmp_path)])
    with pytest.raises(SystemExit) as leaving:
        main()
    message = capsys.readouterr().err
    assert leaving.value.code == 1
    assert message.startswith(f"error: {tmp_path}: no build has been here") and message.count("\n") == 1


def test_a_build_killed_before_its_first_line_is_told_apart(place: Path) -> None:
    Journal(place / ".share-data" / "journal.jsonl").close()
    with pytest.raises(CorpusError, match="died before it began"):
        read_status(str(place))


def test_json_is_one_document_of_plain_data_and_exit_0_even_for_a_dead_build(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build = Build(place)
    build.failed(job(1, unit=HOSTILE), "refused")
    build.end()
    monkeypatch.setattr(sys, "argv", ["share-data", "status", str(place), "--json"])
    with pytest.raises(SystemExit) as leaving:
        main()
    document = json.loads(capsys.readouterr().out)
    assert not leaving.value.code
    assert document["state"] == "died" and document["quarantined"][0]["unit"] == HOSTILE
    assert [step["step"] for step in document["steps"]] == ["fetch", "measure", "reconstruct", "pack"]


def test_a_url_is_looked_up_below_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path))
    with pytest.raises(CorpusError, match=rf"s3://bucket/x: .*{tmp_path}/builds/\w+/journal\.jsonl"):
        read_status("s3://bucket/x")


def test_ends_take_twelve_bytes_a_line_and_the_latest_counts() -> None:
    ends = JobStates()
    for number in range(1000):
        ends.add(digest(number), "measure", True)
    ends.add(digest(7), None, False)
    ends.add(digest(8), None, False)
    ends.add(digest(8), "measure", True)
    assert ends.done().jobs == {"fetch": 0, "measure": 999, "reconstruct": 0, "pack": 0}
    assert ends._codes.itemsize + ends._clips.itemsize == 12


def test_its_help_has_an_example() -> None:
    shown = CliRunner().invoke(app, ["status", "--help"]).output
    assert "Example: share-data status" in shown

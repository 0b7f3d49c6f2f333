"""A build's status as text: what it does, how far it is, what went wrong and what to do about it."""

import shlex
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from share_data.audit.journal_summary import Trouble
from share_data.audit.status import State, Status
from share_data.build.workspace import describe
from share_data.progress.wording import duration, moment, one_line, rate

MOST_UNDERWAY = 12
MOST_QUARANTINED = 20
_STATES: dict[State, tuple[str, str]] = {
    "running": ("running", "green"),
    "finished": ("finished", "green"),
    "stopped": ("stopped by the user; build again to go on", "yellow"),
    "disk_full": ("stopped: the disk is full; make room and build again to go on", "red"),
    "error": ("stopped by an error; build again to go on", "red"),
    "died": ("died: nobody holds it and it has no end; build again to go on", "red"),
}


def render_status(status: Status) -> RenderableType:
    """The whole status. Outside text is shown as it is written, on one line a piece."""
    parts: list[RenderableType] = [*_head(status), _steps(status), *_video(status), *_underway(status)]
    if status.errors:
        parts += [Text("last errors", style="bold"), *(_trouble(trouble) for trouble in reversed(status.errors))]
    return Group(*parts, *_quarantined(status))


def _head(status: Status) -> list[Text]:
    words, style = _STATES[status.state]
    ending = f" with exit code {status.exit_code}" if status.exit_code is not None else ""
    ending += f" ({one_line(status.how)})" if status.state == "error" else ""
    head = Text(f"{one_line(status.place)}: ", style="bold").append(f"{words}{ending}", style=f"not bold {style}")
    until = {"running": "", "died": f", last sign of life {moment(status.until)}"}
    lines = [
        head,
        Text(f"since {moment(status.begun)}, for {duration(status.until - status.begun)}")
        .append(until.get(status.state, f", until {moment(status.until)}")),
    ]  # fmt: skip
    if status.who is not None:
        lines.append(Text(one_line(describe(dict(status.who)))))
    what = (("recipe", status.name), ("engine", status.engine), ("share-data", status.version))
    lines.append(Text(", ".join(f"{key} {one_line(value)}" for key, value in what if value), style="dim"))
    return lines


def _steps(status: Status) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column("step")
    for heading in ("done", "total", "this run", "now", "failed", "again", "rate", "left"):
        table.add_column(heading, justify="right")
    for step in status.steps:
        total = "" if step.total is None else f"{step.total}{'+' if step.growing else ''}"
        counts = (step.done_now, step.underway, step.failed, step.tried_again)
        pace = "" if step.per_minute is None else rate(step.per_minute)
        left = "" if step.seconds_left is None else duration(step.seconds_left)
        table.add_row(step.step, str(step.done), total, *map(str, counts), pace, left)
    if not status.mixed:
        return table
    note = "Builds of different recipes were made here: done, failed and again count the units of all of them."
    return Group(table, note)


def _video(status: Status) -> list[Text]:
    return [] if status.video is None else [Text(status.video.line())]


def _underway(status: Status) -> list[Text]:
    if not status.underway:
        return []
    heading = "under way" if status.state == "running" else "under way when it ended"
    lines = [
        Text(f"  {job.step}: {one_line(job.unit)}: {duration(status.until - job.t)}")
        for job in sorted(status.underway, key=lambda job: job.t)[:MOST_UNDERWAY]
    ]
    return [Text(heading, style="bold"), *lines, *_more(status.underway, MOST_UNDERWAY)]


def _quarantined(status: Status) -> list[Text]:
    """Units that failed for good, and the command that tries them again."""
    lines: list[Text] = []
    if status.quarantined:
        classes = sorted({trouble.error_class for trouble in status.quarantined})
        command = f"share-data build RECIPE --output {shlex.quote(one_line(status.place))} --retry failed"
        lines = [
            Text("given up", style="bold"),
            *(_trouble(trouble) for trouble in status.quarantined[:MOST_QUARANTINED]),
            *_more(status.quarantined, MOST_QUARANTINED),
            Text("try them again: ").append(command, style="cyan"),
            Text(f"  or, instead of failed, one class: {', '.join(f'failed:{one_line(name)}' for name in classes)}"),
        ]
    if status.tracebacks:
        lines.append(Text(f"tracebacks: {one_line(status.tracebacks)}"))
    return lines


def _trouble(trouble: Trouble) -> Text:
    attempts = f"{trouble.attempts} attempt{'' if trouble.attempts == 1 else 's'}"
    text = Text(f"  {trouble.step}: {one_line(trouble.unit)}: ")
    return text.append(f"{one_line(trouble.error_class)}: {one_line(trouble.message)} ", "red").append(f"({attempts})")


def _more(found: Sequence[object], shown: int) -> list[Text]:
    return [Text(f"  ... and {len(found) - shown} more")] if len(found) > shown else []

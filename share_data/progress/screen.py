"""What a build looks like on a terminal of a given size: a picture of its tally, nothing else."""

from rich.console import Group, JustifyMethod, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from share_data.progress.tally import StepTally, Tally, WorkerTally
from share_data.progress.wording import duration, one_line, rate, size

MOST_WORKERS = 12
_WIDTHS = {"": 20, "done": 9, "stored": 6, "running": 7, "failed": 6, "rate": 8, "left": 7}
"""Columns after the step's name; their least widths keep them in place while numbers grow."""
_FITTING = (
    (96, tuple(_WIDTHS)),
    (74, ("done", "stored", "running", "failed", "rate", "left")),
    (54, ("done", "running", "failed", "left")),
    (36, ("done", "left")),
    (0, ("done",)),
)
"""Which of them a terminal of at least so many characters shows."""


def picture(tally: Tally, now: float, width: int, height: int) -> RenderableType:
    """Steps, workers and last errors, within `height` lines where that leaves room for one worker.

    The last line is a short one: what the user types, ^C above all, is echoed behind it and must not make a new line.
    """
    errors = [Text(one_line(f"! {error}", width), style="red", no_wrap=True) for error in tally.errors]
    video = _video(tally, now, width)
    # Two headings, a gap, "+N more", the elapsed time, the prompt.
    room = height - len(tally.steps) - len(errors) - len(video) - 6
    workers = _workers(tally, now, width, min(room, MOST_WORKERS))
    return Group(*_steps(tally, now, width), *video, *workers, *errors, _elapsed(tally, now))


def last_picture(tally: Tally, now: float, width: int) -> RenderableType:
    """What stays on the screen when nobody works any more."""
    return Group(*_steps(tally, now, width), *_video(tally, now, width), _elapsed(tally, now))


def _steps(tally: Tally, now: float, width: int) -> list[RenderableType]:
    """One row a step. Narrow terminals get fewer columns."""
    if not tally.steps:
        return []
    headings = next(headings for least, headings in _FITTING if width >= least)
    table = _table(expand=False)
    table.add_column("step", no_wrap=True, min_width=11)
    for heading in headings:
        justify: JustifyMethod = "right" if heading else "left"
        table.add_column(heading, justify=justify, no_wrap=True, min_width=_WIDTHS[heading])
    for name, step in tally.steps.items():
        cells = _cells(step, now)
        table.add_row(Text(one_line(name, 20)), *(cells[heading] for heading in headings))
    return [table]


def _video(tally: Tally, now: float, width: int) -> list[RenderableType]:
    if tally.video is None:
        return []
    return [Text(one_line(tally.video.line(now - tally.told), width), no_wrap=True)]


def _cells(step: StepTally, now: float) -> dict[str, RenderableType]:
    seconds = step.rate.seconds_for(step.left, now)
    return {
        "": ProgressBar(max(step.total, 1), step.done + step.failed, width=_WIDTHS[""]),
        "done": Text(f"{step.done}/{step.total}"),
        "stored": Text(str(step.stored), style="dim"),
        "running": Text(str(step.running)),
        "failed": Text(str(step.failed), style="red" if step.failed else "dim"),
        "rate": Text(rate(step.per_minute(now)) if step.rate.total else ""),
        "left": Text("" if seconds is None else duration(seconds)),
    }


def _workers(tally: Tally, now: float, width: int, most: int) -> list[RenderableType]:
    """One row a worker; the busy ones where not all have room."""
    rows = list(tally.workers.items())
    shown = sorted(rows, key=lambda item: not item[1].step)[: max(most, 1)] if len(rows) > most else rows
    if not shown:
        return []
    table = _table(expand=True)
    table.add_column("worker", no_wrap=True)
    table.add_column("now", no_wrap=True, ratio=1)
    for heading in ("for", "memory", "GPU") if width >= _FITTING[2][0] else ("for",):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, row in shown:
        table.add_row(Text(one_line(name, 20)), *_doing(row, now)[: len(table.columns) - 1])
    more = [_dim(f"+{len(rows) - len(shown)} more")] if len(rows) > len(shown) else []
    return [Text(), table, *more]


def _doing(row: WorkerTally, now: float) -> tuple[Text, ...]:
    what = Text(f"{row.step} {one_line(row.unit)}" if row.step else "idle", style="" if row.step else "dim")
    since = duration(now - row.since) if row.step else ""
    held = (size(number) if number else "" for number in (row.memory, row.gpu_memory))
    return what, Text(since), *map(Text, held)


def _elapsed(tally: Tally, now: float) -> Text:
    return _dim(f"elapsed {duration(now - tally.begun)}")


def _dim(text: str) -> Text:
    return Text(text, style="dim", no_wrap=True)


def _table(expand: bool) -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim", expand=expand)

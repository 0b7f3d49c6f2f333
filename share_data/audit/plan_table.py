"""A plan in the terminal: the stages, why they have work, what changed in the recipe, and how long it takes."""

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from share_data.build.plan.changes import Change
from share_data.build.plan.forecast import Plan, StagePlan
from share_data.text import plain_line

SHOWN_REASONS = 10
COLUMNS = {
    "known": "", "stored": "green", "to compute": "yellow", "failed before": "red", "not known yet": "", "time": "",
    "GPU-hours": "",
}  # fmt: skip
ALWAYS = ("known", "stored", "to compute")
NO_RATE = "no rate measured yet"


def render_plan(plan: Plan) -> RenderableType:
    """The plan as tables and a summing-up. Nothing in it is taken for markup."""
    parts: list[RenderableType] = [_stages(plan)]
    if any(stage.reasons for stage in plan.stages):
        parts.append(_reasons(plan.stages))
    if plan.changes:
        parts.append(_changes(plan.changes))
    parts += [Text(line) for line in _summary(plan)]
    if plan.unlisted:
        names = ", ".join(plain_line(each.source) for each in plan.unlisted)
        parts.append(
            Text(f"not listed, and so not in this plan: {names}; a build would end with {plan.exit_code}", "red")
        )
    parts += [Text(plain_line(note, 2000), style="yellow") for note in plan.notes]
    return Group(*parts)


def duration(seconds: float) -> str:
    """Seconds in the two largest units that say something: `42 s`, `12 min`, `3 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 1 else "< 1 s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _stages(plan: Plan) -> Table:
    """One row a stage; columns in which nothing would stand are left out."""
    table = Table(title="what a build would do", title_justify="left")
    table.add_column("stage", no_wrap=True)
    table.add_column("of", no_wrap=True)
    cells = [_cells(stage) for stage in plan.stages]
    for heading, style in COLUMNS.items():
        if heading in ALWAYS or any(row[heading] not in ("", "0") for row in cells):
            table.add_column(heading, justify="right", style=style)
    shown = [str(column.header) for column in table.columns[2:]]
    for stage, row in zip(plan.stages, cells, strict=True):
        table.add_row(stage.stage, f"{stage.unit}s", *(row[heading] for heading in shown))
    return table


def _cells(stage: StagePlan) -> dict[str, str]:
    time, gpu_hours = _cost(stage)
    counts = (stage.total, stage.stored, stage.to_compute, stage.failed_before)
    return dict(zip(COLUMNS, (*map(str, counts), _unknown(stage), time, gpu_hours), strict=True))


def _unknown(stage: StagePlan) -> str:
    kinds = ((stage.unknown_videos, "video"), (stage.unknown_clips, "clip"))
    found = [_counted(count, kind) for count, kind in kinds if count]
    return f"what comes of {' and '.join(found)}" if found else ""


def _cost(stage: StagePlan) -> tuple[str, str]:
    if not stage.to_compute:
        return "", ""
    if stage.seconds is None:
        return NO_RATE, ""
    return duration(stage.seconds), f"{stage.gpu_hours:.2f}" if stage.gpu_hours else ""


def _reasons(stages: tuple[StagePlan, ...]) -> Table:
    table = Table(title="why", title_justify="left")
    table.add_column("stage", no_wrap=True)
    table.add_column("count", justify="right")
    table.add_column("to compute because", overflow="fold")
    for stage in stages:
        for reason in stage.reasons[:SHOWN_REASONS]:
            table.add_row(stage.stage, str(reason.count), Text(plain_line(reason.text)))
        if rest := sum(reason.count for reason in stage.reasons[SHOWN_REASONS:]):
            table.add_row(stage.stage, str(rest), "other reasons, see --json")
    return table


def _changes(changes: tuple[Change, ...]) -> Table:
    table = Table(title="changed in the recipe since the last build here", title_justify="left")
    for heading in ("field", "was", "is", "touches", "so"):
        table.add_column(heading, overflow="fold")
    for change in changes:
        cells = (change.field, change.old, change.new, ", ".join(change.stages) or "nothing", change.effect)
        table.add_row(*(Text(plain_line(cell)) for cell in cells))
    return table


def _summary(plan: Plan) -> Iterator[str]:
    clips = plan.clips
    yield (
        f"clips: {clips['candidates']} candidates{_unfit(clips)}, {clips['rejected']} rejected, "
        f"{clips['dropped']} too short, "
        f"{clips['failed']} failed, {clips['undecided']} not decided upon yet"
    )
    for source, found in plan.video_seconds.items():
        told = ", ".join(f"{seconds:.1f} s {word}" for word, seconds in found.items())
        yield f"{plain_line(source)}: {sum(found.values()):.1f} s of video gone through: {told}"
    if plan.pictures:
        yield "videos: " + ", ".join(f"{count} {what}" for what, count in plan.pictures.items())
    if any(stage.failed_before for stage in plan.stages):
        yield "failed before: not tried again, unless with `share-data build --retry failed`"
    idle = not any(stage.to_compute for stage in plan.stages)
    if plan.complete and idle:
        yield "nothing to compute: everything is stored"
    elif plan.unlisted and idle:
        yield "nothing to compute of what could be listed"
    elif plan.seconds:
        least = "" if plan.complete else "at least "
        gpu = f", {plan.gpu_hours:.2f} GPU-hours" if plan.gpu_hours else ""
        yield f"{least}{duration(plan.seconds)} with {_counted(plan.workers, 'worker')} always busy{gpu}"
    else:
        yield f"time: {NO_RATE}; a build measures them as it goes"


def _unfit(clips: Mapping[str, int]) -> str:
    count = clips.get("unfit", 0)
    return f" ({count} of them rejected for their reconstruction)" if count else ""


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind}{'' if count == 1 else 's'}"

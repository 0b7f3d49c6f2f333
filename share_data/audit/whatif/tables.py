"""An audit in the terminal. Nothing that comes from a corpus is taken for markup."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from share_data.audit.whatif.audit import Audit
from share_data.audit.whatif.comparison import Tally
from share_data.audit.whatif.deciding import OUTCOMES
from share_data.progress.wording import duration
from share_data.text import plain_line

SHOWN = 20
_BAR = 30


def render_audit(found: Audit) -> RenderableType:
    """All that was asked for, as tables."""
    parts: list[RenderableType] = [_outcomes(found)]
    parts += [_reasons(found)] if found.reasons_before or found.reasons_after else []
    parts += [_shares(found)] if found.flips else []
    parts += [_flips(found)] if found.flips else []
    parts += [Text(line) for line in _cost(found)]
    parts += [_sweep(found)] if found.sweep else []
    parts += [_borderline(found)] if found.borderline else []
    parts += [_reaches(found)] if found.reaches else []
    return Group(*parts)


def table_of(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1) -> Table:
    """A table whose first `left` columns are text, and the others numbers."""
    table = Table(title=title, title_justify="left")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain_line(cell)) for cell in map(_cell, row)))
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _outcomes(found: Audit) -> Table:
    headings = ["outcome", "clips", "hours", *(["clips then", "hours then", "change"] if found.flips else [])]
    rows = []
    for name in OUTCOMES:
        row: list[object] = [name, found.before.clips[name], _hours(found.before, name)]
        if found.flips:
            change = found.after.clips[name] - found.before.clips[name]
            row += [found.after.clips[name], _hours(found.after, name), f"{change:+d}" if change else ""]
        rows.append(row)
    return table_of(f"{found.clips} clips", headings, rows)


def _hours(tally: Tally, name: str) -> str:
    return f"{tally.seconds[name] / 3600:.3f}"


def _reasons(found: Audit) -> Table:
    before = {(each.filter, each.reason): each for each in found.reasons_before}
    after = {(each.filter, each.reason): each for each in found.reasons_after}
    rows = []
    for key in dict.fromkeys((*before, *after)):
        numbers = [side[key].clips if key in side else 0 for side in ((before, after) if found.flips else (before,))]
        rows.append((*key, *numbers))
    headings = ("filter", "reason", "clips", *(("clips then",) if found.flips else ()))
    return table_of("rejected, and why", headings, rows, left=2)


def _shares(found: Audit) -> Table:
    rows = [
        (each.by, each.value, *(side.clips[name] for name in OUTCOMES[:3] for side in (each.before, each.after)))
        for each in found.shares
        if each.before.clips != each.after.clips
    ]
    headings = ("by", "is", *(f"{name}{then}" for name in OUTCOMES[:3] for then in ("", " then")))
    return table_of("where clips flip", headings, rows, left=2)


def _flips(found: Audit) -> Table:
    rows = [
        (each.unit, each.before, each.after, f"{each.filter}.{each.score or each.reason}", each.value,
         f"{each.asked} {each.threshold:.4g}" if each.threshold is not None else "")
        for each in found.flips[:SHOWN]
    ]  # fmt: skip
    more = f", the first {SHOWN}; all with --csv or --json" if len(found.flips) > SHOWN else ""
    headings = ("clip", "is", "then", "because of", "value", "must be")
    return table_of(f"{len(found.flips)} clip(s) flip{more}", headings, rows, left=4)


def _cost(found: Audit) -> Iterable[str]:
    if found.cost is not None:
        time = "no rate measured yet" if found.cost.seconds is None else f"{duration(found.cost.seconds)} of one worker"
        yield (
            f"to be measured: {found.cost.clips} clip(s), {found.cost.frames} frames, {time}; what their "
            "reconstruction is worth shows then, so this is the most that is kept"
        )


def _sweep(found: Audit) -> Table:
    most = max(step.result.seconds["kept"] + step.result.seconds["to be measured"] for step in found.sweep) or 1.0
    rows = []
    for step in found.sweep:
        kept, new = step.result.seconds["kept"], step.result.seconds["to be measured"]
        bar = "█" * round(_BAR * kept / most) + "░" * round(_BAR * new / most)
        clips = step.result.clips
        rows.append((bar, step.threshold, clips["kept"], clips["to be measured"], f"{(kept + new) / 3600:.3f}"))
    return table_of("kept and ░ to be measured, in seconds", ("", "threshold", "kept", "to be measured", "hours"), rows)


def _borderline(found: Audit) -> Table:
    rows = [
        (each.unit, each.outcome, f"{each.filter}.{each.score}", each.value, f"{each.asked} {each.threshold:.4g}",
         each.distance)
        for each in found.borderline
    ]  # fmt: skip
    headings = ("clip", "is", "because of", "value", "must be", "distance in spreads")
    return table_of("nearest to a threshold", headings, rows, left=3)


def _reaches(found: Audit) -> Table:
    rows = [
        (each.path, each.now, "not by this alone" if each.needed is None else f"{each.needed!r}", each.clips,
         each.to_be_measured, f"{each.seconds / 3600:.3f}")
        for each in found.reaches
    ]  # fmt: skip
    headings = ("threshold", "now", "needed", "clips then", "of these to be measured", "hours then")
    return table_of("the smallest change of each threshold alone that reaches it", headings, rows)

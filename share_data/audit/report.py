"""What became of every source, video and clip of a build, and how the clips scored."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from share_data.audit.tempo import tempo_notes
from share_data.audit.whatif.table import measurements_of
from share_data.corpus.layout import LEDGER, MEASUREMENTS, RECIPE
from share_data.corpus.manifest import manifest_of
from share_data.corpus.opening import open_storage
from share_data.corpus.recipe_file import recipe_of, recipes_in
from share_data.corpus.storage import Storage, size_of
from share_data.errors import CorpusError
from share_data.ledger.clip_entry import RECONSTRUCTION, column
from share_data.ledger.conservation import FunnelRow, LedgerTotals, totals_of
from share_data.ledger.ledger import LEVELS, STATUSES, Entry, read_ledger
from share_data.text import plain_line

SHOWN_FAILURES = 20
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
STYLES = {"kept": "green", "rejected": "yellow", "failed": "red", "opted_out": "cyan"}
ESTIMATOR_NOTES = {
    "blazepose": (
        "blazepose: MoveNet and BlazePose landmarks with a whole-clip body fit; depth rests on the focal and body size."
    ),
    "ground_plane": (
        "ground_plane: single-view metrology from the person's feet, not a depth network. Floor, camera height and the "
        "person are metric; furniture and walls are not measured: what stands on the floor is not where it is drawn."
    ),
    "gvhmr": "gvhmr: SMPL-X motion at 30 frames a second, brought to the video's times; the hands do not move.",
    "moge": (
        "moge: MoGe-2 point maps from single images. Their scale varies: keyframes are brought to one, "
        "and it is reconciled with the body's size."
    ),
    "sensor": "sensor: measured depth, taken to be registered to colour; its scale stands, whatever the body says.",
    "tram": "tram: VIMO poses and one shape; depth is proportional to the focal it was told, and to the body's size.",
}


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """Spread of one filter's score over the clips that have it; `quantiles` at 0, 25, 50, 75 and 100 per cent."""

    filter: str
    name: str
    count: int
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A unit that failed, and the message of the error that ended it."""

    unit: str
    stage: str
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """The books of a build.

    levels: level → status → number of units, with `total`, and `listed`, what the level above announced; outcomes:
    units that ended the same way, counted; failures: every failed unit; problems: what does not add up, empty when
    every unit has exactly one outcome; notes: what the estimators are and are not; estimators: see
    `Manifest.estimators`; footage: videos by what is unusual about their pictures; frames_lost: of all videos; seconds:
    of video by source and by what became of them, `kept` or status, stage and reason.
    """

    levels: dict[str, dict[str, int]]
    outcomes: list[FunnelRow]
    failures: list[Failure]
    problems: list[str]
    scores: list[ScoreSummary]
    notes: list[str]
    estimators: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    footage: Mapping[str, int] = field(default_factory=dict)
    frames_lost: int = 0
    seconds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return asdict(self) | {"balanced": not self.problems}


def summarise(entries: Iterable[Entry], estimators: Iterable[str] = ()) -> Report:
    """The report on a ledger. `estimators`: kinds in use, for the notes. Raises CorpusError for unreadable scores."""
    return report_of(totals_of(entries), estimators)


def report_of(
    books: LedgerTotals, kinds: Iterable[str] = (), made: Mapping[str, Mapping[str, int]] | None = None
) -> Report:
    """The report on books that are kept already. kinds: of estimators, for the notes; made: `Report.estimators`."""
    return Report(
        levels={level: books.counts()[level] | {"listed": books.listed(level)} for level in LEVELS},
        outcomes=books.funnel(),
        failures=[Failure(e.unit, e.stage, e.error_class, e.message) for e in books.failures],
        problems=books.problems(),
        scores=[
            ScoreSummary(kind, name, len(found), tuple(float(q) for q in np.quantile(found, QUANTILES)))
            for (kind, name), found in sorted(books.scores.items())
        ],
        notes=[ESTIMATOR_NOTES[kind] for kind in kinds if kind in ESTIMATOR_NOTES],
        estimators=made or {},
        footage=dict(sorted(books.footage.items())),
        frames_lost=books.frames_lost,
        seconds=_seconds(books),
    )


def report_corpus(corpus: Path | str) -> Report:
    """The report on a finished corpus in a folder or below a URL. Raises CorpusError when there is none."""
    storage = open_storage(corpus)
    if size_of(storage, LEDGER) is None:
        raise CorpusError(f"{corpus}: no {LEDGER} here, so not a corpus. Give the folder or URL that a build wrote to.")
    recipe = recipe_of(storage)
    with storage.local(LEDGER) as files:
        ledger = files.folder / LEDGER
        report = report_of(totals_of(read_ledger(ledger)), _kinds(storage, recipe), _made(storage))
        notes = [*report.notes, *tempo_notes(recipe, ledger)]
    return replace(report, notes=notes, scores=report.scores or _score_summaries(corpus, storage))


def render_report(report: Report) -> RenderableType:
    """The funnel with its sums, why units were lost, the scores, and the notes."""
    parts: list[RenderableType] = [_render_levels(report)]
    losses = [row for row in report.outcomes if row.status != "kept"]
    if losses:
        parts.append(_render_losses(losses))
    parts += [_render_failure(failure) for failure in report.failures[:SHOWN_FAILURES]]
    if len(report.failures) > SHOWN_FAILURES:
        parts.append(f"... and {len(report.failures) - SHOWN_FAILURES} more in ledger.parquet")
    parts += [Text(plain_line(f"{part} by {_listed(made)}", 2000)) for part, made in report.estimators.items()]
    if report.footage:
        told = [f"{what} ({count} video(s))" for what, count in report.footage.items()]
        parts.append(Text(f"pictures: {', '.join(told)}; {report.frames_lost} frame(s) lost in all"))
    parts += [Text(plain_line(line, 2000)) for line in _told_seconds(report.seconds)]
    if report.scores:
        parts.append(_render_scores(report.scores))
    parts += [Text(f"does not add up: {plain_line(problem)}", "red") for problem in report.problems]
    parts += [Padding(Text(plain_line(note, 2000), "dim"), (0, 1)) for note in report.notes]
    return Group(*parts)


def _seconds(books: LedgerTotals) -> dict[str, dict[str, float]]:
    """By source, most first; nothing of sources whose ledger does not say."""
    by_source: dict[str, dict[str, float]] = {}
    for (source, *ended), seconds in sorted(books.seconds.items(), key=lambda item: (item[0][0], -item[1], item[0])):
        if seconds:
            name = " ".join(filter(None, ended)) if ended[0] != "kept" else "kept"
            by_source.setdefault(source, {})[name] = round(seconds, 3)
    return by_source


def _told_seconds(by_source: Mapping[str, Mapping[str, float]]) -> list[str]:
    return [
        f"{source}: {sum(ended.values()):.1f} s of video scanned, {ended.get('kept', 0.0):.1f} s kept"
        + "".join(f"; {seconds:.1f} s {name}" for name, seconds in ended.items() if name != "kept")
        for source, ended in by_source.items()
    ]


def _render_levels(report: Report) -> Table:
    table = Table(title="units", title_justify="left")
    table.add_column("level")
    for status in STATUSES:
        table.add_column(status, justify="right", style=STYLES[status])
    table.add_column("sum", justify="right")
    table.add_column("listed", justify="right")
    for level, counts in report.levels.items():
        table.add_row(f"{level}s", *(str(counts[column]) for column in (*STATUSES, "total", "listed")))
    return table


def _render_losses(rows: list[FunnelRow]) -> Table:
    table = Table(title="not kept, and why", title_justify="left")
    for heading in ("level", "outcome", "stage", "reason"):
        table.add_column(heading, overflow="fold")
    table.add_column("count", justify="right")
    for row in rows:
        outcome = Text(row.status, STYLES[row.status])
        table.add_row(row.level, outcome, Text(plain_line(row.stage)), Text(plain_line(row.reason)), str(row.count))
    return table


def _render_failure(failure: Failure) -> Text:
    text = Text(f"{plain_line(failure.unit)}: ", style="bold")
    message = failure.message.splitlines()[0] if failure.message else ""
    return text.append(f"{plain_line(failure.error)}: {plain_line(message, 2000)}", style="red not bold")


def _render_scores(scores: list[ScoreSummary]) -> Table:
    table = Table(title="scores over clips", title_justify="left")
    for heading in ("filter", "score"):
        table.add_column(heading, overflow="fold")
    for heading in ("clips", "min", "median", "max"):
        table.add_column(heading, justify="right")
    for score in scores:
        least, median, most = (f"{value:.4g}" for value in score.quantiles[::2])
        table.add_row(
            Text(plain_line(score.filter)), Text(plain_line(score.name)), str(score.count), least, median, most
        )
    return table


def _kinds(storage: Storage, recipe: Mapping[str, Any]) -> list[str]:
    """The kinds of the estimators, each once; `recipe_of` has seen to their types."""
    kinds = [each.get(part, {}).get("kind") for each in recipes_in(recipe) for part in ("humans", "geometry")]
    if None in kinds:
        raise CorpusError(f"{storage.place}/{RECIPE}: names no estimators. Build the corpus again.")
    return list(dict.fromkeys(map(str, kinds)))


def _score_summaries(corpus: Path | str, storage: Storage) -> list[ScoreSummary]:
    """Of every score of the filters; a corpus of an earlier version has them in its ledger."""
    if size_of(storage, MEASUREMENTS) is None:
        return []
    found = []
    with measurements_of(corpus) as table:
        for group, names in sorted(table.groups().items()):
            for name in names if group != RECONSTRUCTION else ():
                values = table.numbers(column(group, name))
                values = values[~np.isnan(values)]
                if len(values):
                    quantiles = tuple(float(q) for q in np.quantile(values, QUANTILES))
                    found.append(ScoreSummary(group, name, len(values), quantiles))
    return found


def _made(storage: Storage) -> Mapping[str, Mapping[str, int]]:
    """What made the records. Nothing where the manifest cannot be read: that is for `validate` to say."""
    try:
        return manifest_of(storage).estimators
    except CorpusError:
        return {}


def _listed(made: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count} record(s))" for name, count in made.items())

"""The ledger: every source, video and clip with its one outcome, and the proof that none is lost or counted twice."""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from io import RawIOBase
from pathlib import Path
from typing import Any, Literal, Self, get_args

from share_data.errors import CorpusError
from share_data.records import Status
from share_data.text import storable, without_places

Level = Literal["source", "video", "clip"]
LEVELS: tuple[Level, ...] = get_args(Level)
STATUSES: tuple[Status, ...] = get_args(Status)
_CHILD: dict[Level, Level] = {"source": "video", "video": "clip"}
_BATCH = 512
_KEPT, _PACKED, _TWICE = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Entry:
    """The outcome of one unit.

    `unit` is unique in its level (source label, `source/video_id`, clip key); `parent` is the unit one level up, empty
    for a source; `children` is how many units of the next level this one listed, which is what the sums are checked
    against. `stage` and `reason` say where and why a unit was rejected; `error_class` and `message` belong to failures;
    `scores_json` is a JSON object of numbers.
    """

    level: Level
    unit: str
    parent: str
    status: Status
    children: int = 0
    stage: str = ""
    reason: str = ""
    error_class: str = ""
    message: str = ""
    scores_json: str = "{}"

    @classmethod
    def failed(cls, level: Level, unit: str, parent: str, stage: str, error: BaseException, children: int = 0) -> Self:
        """The entry of a unit that `error` ended in `stage`. Folders are cut from its message."""
        message = without_places(str(error))
        return cls(level, unit, parent, "failed", children, stage, error_class=type(error).__name__, message=message)


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """How many units of a level ended the same way. `reason` is the error class where a unit failed."""

    level: Level
    status: Status
    stage: str
    reason: str
    count: int


_COLUMNS = tuple(each.name for each in fields(Entry))


class Books:
    """The sums over entries that stream by: a few numbers a source and video, a name a clip, no entry is kept.

    `failures`: entries of units that failed; `scores`: (filter, score) to every clip's number.
    """

    def __init__(self) -> None:
        self._outcomes: Counter[tuple[Level, Status, str, str]] = Counter()
        self._above: dict[tuple[Level, str], list[tuple[Status, int, str]]] = {}
        self._found: Counter[tuple[Level, str]] = Counter()
        self._clips: dict[str, int] = {}
        self.failures: list[Entry] = []
        self.scores: dict[tuple[str, str], array[float]] = {}

    def watching(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same entries, each counted as it passes."""
        for entry in entries:
            self.add(entry)
            yield entry

    def add(self, entry: Entry) -> None:
        """Count one entry. Raises CorpusError for scores that are no JSON object of objects of numbers."""
        self._outcomes[entry.level, entry.status, entry.stage, entry.reason or entry.error_class] += 1
        self._found[entry.level, entry.parent] += 1
        if entry.level == "clip":
            seen = _TWICE if entry.unit in self._clips else 0
            self._clips[entry.unit] = self._clips.get(entry.unit, 0) | seen | (_KEPT if entry.status == "kept" else 0)
        else:
            known = self._above.setdefault((entry.level, entry.unit), [])
            known.append((entry.status, entry.children, entry.parent))
        if entry.status == "failed":
            self.failures.append(entry)
        for kind, scores in _scores(entry).items():
            for name, value in scores.items():
                self.scores.setdefault((kind, name), array("d")).append(float(value))

    def counts(self) -> dict[str, dict[str, int]]:
        """level → status → number of units, zeros included, plus `total`."""
        counts: dict[str, dict[str, int]] = {}
        for level in LEVELS:
            of_level = {str(status): 0 for status in STATUSES}
            for (counted, status, _, _), number in self._outcomes.items():
                of_level[status] += number if counted == level else 0
            counts[level] = of_level | {"total": sum(of_level.values())}
        return counts

    def listed(self, level: Level) -> int:
        """Units of `level` that the level above announced; nothing is above a source, so sources count themselves."""
        if level == "source":
            return self.counts()[level]["total"]
        return sum(
            children
            for (above, _), known in self._above.items()
            for _, children, _ in known
            if _CHILD.get(above) == level
        )

    def funnel(self) -> list[FunnelRow]:
        """Units by level, status, stage and reason; sources first, kept before rejected before failed."""
        rows = [FunnelRow(*outcome, count) for outcome, count in self._outcomes.items()]
        return sorted(rows, key=lambda r: (LEVELS.index(r.level), STATUSES.index(r.status), r.stage, r.reason))

    def problems(self) -> list[str]:
        """What breaks the books, one sentence each; empty when every unit is accounted for exactly once.

        Checked: one outcome a unit; every parent exists; clips come from kept videos only; every source and video has
        exactly as many children in the ledger as it listed.
        """
        twice = [(level, unit) for (level, unit), known in self._above.items() if len(known) > 1]
        twice += [("clip", unit) for unit, seen in self._clips.items() if seen & _TWICE]
        problems = [f"{level} {unit!r} has more than one outcome" for level, unit in twice]
        for (level, unit), known in self._above.items():
            for _, children, parent in known:
                problems += self._parent_problems(level, unit, parent)
                counted = self._found[_CHILD[level], unit]
                if counted != children:
                    problems.append(f"{level} {unit!r} listed {children} units but {counted} have an outcome")
        return problems + self._orphans()

    def record_problems(self, keys: Iterable[str]) -> list[str]:
        """Where records and kept clips differ, one sentence each. keys: of all records."""
        problems = []
        for key in keys:
            seen = self._clips.get(key, 0)
            if not seen & _KEPT:
                problems.append(f"record {key} is not a kept clip")
            elif seen & _PACKED:
                problems.append(f"record {key} is there twice")
            self._clips[key] = seen | _PACKED
        without = (key for key, seen in self._clips.items() if seen & _KEPT and not seen & _PACKED)
        return problems + [f"clip {key} is kept but has no record" for key in sorted(without)]

    def _parent_problems(self, level: Level, unit: str, parent: str) -> list[str]:
        if level == "source":
            return [f"source {unit!r} has a parent"] if parent else []
        if ("source", parent) not in self._above:
            return [f"video {unit!r} belongs to source {parent!r}, which has no outcome"]
        return []

    def _orphans(self) -> list[str]:
        """Clips whose video has no outcome, or is not kept."""
        problems = []
        for (level, parent), count in self._found.items():
            if level != "clip":
                continue
            known = self._above.get(("video", parent))
            if known is None:
                problems.append(f"video {parent!r} has {count} clip(s) but no outcome")
            elif known[-1][0] != "kept":
                problems.append(f"video {parent!r} has {count} clip(s) but is {known[-1][0]}")
        return problems


def _scores(entry: Entry) -> dict[str, dict[str, float]]:
    """Scores are stored as {filter: {score: number}}."""
    if entry.scores_json == "{}":
        return {}
    try:
        scores: dict[str, dict[str, float]] = json.loads(entry.scores_json)
    except ValueError as error:
        raise CorpusError(
            f"ledger.parquet: the scores of {entry.unit} cannot be read ({error}). "
            "`share-data validate` says what is damaged."
        ) from error
    return scores


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sources first, then videos, then clips; by unit within a level."""
    return sorted(entries, key=lambda entry: (LEVELS.index(entry.level), entry.unit))


def books_of(entries: Iterable[Entry]) -> Books:
    """The books of these entries."""
    books = Books()
    for entry in entries:
        books.add(entry)
    return books


def ledger_row(entry: Entry) -> dict[str, Any]:
    """The row of an entry."""
    return {name: _storable(getattr(entry, name)) for name in _COLUMNS}


def ledger_arrow_schema() -> Any:
    """Arrow schema of the ledger: every column a string but `children` (int64)."""
    import pyarrow as pa

    return pa.schema([(f.name, pa.int64() if f.type is int else pa.string()) for f in fields(Entry)])


def write_ledger(entries: Sequence[Entry], out: Path | RawIOBase) -> None:
    """Write `entries` as Parquet to `out` (not atomic), sorted.

    Equal entries give equal bytes with the same pyarrow.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [ledger_row(entry) for entry in in_order(entries)]
    pq.write_table(pa.Table.from_pylist(rows, ledger_arrow_schema()), out, compression="NONE")


def _storable(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


def read_ledger(path: Path) -> Iterator[Entry]:
    """The entries of a ledger file, read as they are asked for. Raises CorpusError for one that is not such a file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in batch.to_pylist():
                    entry = Entry(**row)
                    if entry.level not in LEVELS or entry.status not in STATUSES:
                        where = f"level {entry.level!r} and status {entry.status!r}"
                        raise CorpusError(f"{path.name}: unit {entry.unit!r} has {where}.")
                    yield entry
    except (OSError, pa.ArrowException, TypeError) as error:
        cause = without_places(str(error))
        raise CorpusError(f"{path.name}: not a ledger ({cause}). Build the corpus again.") from error


def ledger_schema() -> dict[str, Any]:
    """JSON Schema of one row of the ledger file."""
    from pydantic import TypeAdapter

    return TypeAdapter(Entry).json_schema()

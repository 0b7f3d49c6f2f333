"""The ledger: every source, video and clip with its one outcome, and the proof that none is lost or counted twice."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
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


class Ledger:
    """Collects entries while a build runs."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Entry] = {}

    def add(self, entry: Entry) -> None:
        """Record a unit's outcome. Raises ValueError for a unit that already has one."""
        place = entry.level, entry.unit
        if place in self._entries:
            raise ValueError(f"{entry.level} {entry.unit!r} already has an outcome: {self._entries[place].status}")
        self._entries[place] = entry

    @property
    def entries(self) -> list[Entry]:
        """All entries, ordered by level and unit."""
        return in_order(self._entries.values())


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sources first, then videos, then clips; by unit within a level."""
    return sorted(entries, key=lambda entry: (LEVELS.index(entry.level), entry.unit))


def conservation_problems(entries: Sequence[Entry]) -> list[str]:
    """What breaks the books, one sentence each; empty when every unit is accounted for exactly once.

    Checked: one outcome a unit; every parent exists; clips come from kept videos only; every source and video has
    exactly as many children in the ledger as it listed.
    """
    problems = [
        f"{level} {unit!r} has {count} outcomes"
        for (level, unit), count in Counter((e.level, e.unit) for e in entries).items()
        if count > 1
    ]
    units = {(entry.level, entry.unit): entry for entry in entries}
    found = Counter((entry.level, entry.parent) for entry in entries)
    for entry in entries:
        problems += _parent_problems(entry, units)
        counted = found[_CHILD[entry.level], entry.unit] if entry.level in _CHILD else 0
        if counted != entry.children:
            problems.append(f"{entry.level} {entry.unit!r} listed {entry.children} units but {counted} have an outcome")
    return problems


def _parent_problems(entry: Entry, units: dict[tuple[Level, str], Entry]) -> list[str]:
    if entry.level == "source":
        return [f"source {entry.unit!r} has a parent"] if entry.parent else []
    above: Level = "source" if entry.level == "video" else "video"
    parent = units.get((above, entry.parent))
    if parent is None:
        return [f"{entry.level} {entry.unit!r} belongs to {above} {entry.parent!r}, which has no outcome"]
    if entry.level == "clip" and parent.status != "kept":
        return [f"clip {entry.unit!r} belongs to video {entry.parent!r}, which is {parent.status}"]
    return []


def level_counts(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """level → status → number of units, zeros included, plus `total`."""
    counted = Counter((entry.level, entry.status) for entry in entries)
    counts: dict[str, dict[str, int]] = {}
    for level in LEVELS:
        counts[level] = {str(status): counted[level, status] for status in STATUSES}
        counts[level]["total"] = sum(counts[level].values())
    return counts


def funnel(entries: Iterable[Entry]) -> list[FunnelRow]:
    """Entries counted by level, status, stage and reason; sources first, kept before rejected before failed."""
    counted = Counter((e.level, e.status, e.stage, e.reason or e.error_class) for e in entries)
    rows = [FunnelRow(*outcome, count) for outcome, count in counted.items()]
    return sorted(rows, key=lambda r: (LEVELS.index(r.level), STATUSES.index(r.status), r.stage, r.reason))


def write_ledger(entries: Sequence[Entry], out: Path | RawIOBase) -> None:
    """Write `entries` as Parquet to `out` (not atomic), sorted, every column a string but `children` (int64).

    Equal entries give equal bytes with the same pyarrow.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{name: _storable(value) for name, value in asdict(entry).items()} for entry in in_order(entries)]
    columns = [(f.name, pa.int64() if f.type is int else pa.string()) for f in fields(Entry)]
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(columns)), out, compression="NONE")


def _storable(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


def read_ledger(path: Path) -> list[Entry]:
    """The entries of a file written by `write_ledger`. Raises CorpusError for one that is not such a file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        entries = [Entry(**row) for row in pq.read_table(path).to_pylist()]
    except (OSError, pa.ArrowException, TypeError) as error:
        cause = without_places(str(error))
        raise CorpusError(f"{path.name}: not a ledger ({cause}). Build the corpus again.") from error
    for e in entries:
        if e.level not in LEVELS or e.status not in STATUSES:
            raise CorpusError(f"{path.name}: unit {e.unit!r} has level {e.level!r} and status {e.status!r}.")
    return entries


def ledger_schema() -> dict[str, Any]:
    """JSON Schema of one row of the ledger file."""
    from pydantic import TypeAdapter

    return TypeAdapter(Entry).json_schema()

"""The ledger: every source, video and clip with its one outcome, as entries and as a Parquet file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from io import RawIOBase
from pathlib import Path
from typing import Any, Literal, Self, get_args

from share_data.errors import CorpusError
from share_data.ledger.checking import row_problems
from share_data.records import Status
from share_data.store.outside import require_regular
from share_data.text import storable, without_places

Level = Literal["source", "video", "clip"]
LEVELS: tuple[Level, ...] = get_args(Level)
STATUSES: tuple[Status, ...] = get_args(Status)
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Entry:
    """The outcome of one unit.

    `unit` is unique in its level (source label, `source/video_id`, clip key); `parent` is the unit one level up, empty
    for a source; `children` is how many units of the next level this one listed, which is what the sums are checked
    against. `stage` and `reason` say where and why a unit was rejected; by a filter, because `score` was `value`, which
    is beyond `threshold`. `objections_json` has all that objected, a list of {filter, reason, score, value, asked,
    threshold}; `unmeasured_json` what was asked about and could not be had, a list of `FILTER.SCORE`. `error_class` and
    `message` belong to failures. `file` is the name of the video's file, `seconds` how long the unit lasts, where that
    is known. `scores_digest` is of a clip's scores in the table of measurements, see `clip_entry.scores_digest`;
    `scores_json` has them in ledgers of earlier versions, and is not written. `frames_lost` is how many frames of a
    video were left out as damaged or missing; `footage_json` is a JSON object of what is unusual about its pictures
    (see `Footage.to_json`), with where. A kept video has `frames` frames; a clip, or a piece that became none, is so
    many of them from number `begin` on. `review` is a person's word on a clip, `good` or `bad`, which outranks what
    objects to it; empty where nobody has judged it.
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
    frames_lost: int = 0
    footage_json: str = "{}"
    score: str = ""
    value: float | None = None
    threshold: float | None = None
    objections_json: str = "[]"
    unmeasured_json: str = "[]"
    file: str = ""
    seconds: float | None = None
    scores_digest: str = ""
    begin: int = 0
    frames: int = 0
    review: str = ""

    @classmethod
    def failed(cls, level: Level, unit: str, parent: str, stage: str, error: BaseException, children: int = 0) -> Self:
        """The entry of a unit that `error` ended in `stage`. Folders are cut from its message."""
        message = without_places(str(error))
        return cls(level, unit, parent, "failed", children, stage, error_class=type(error).__name__, message=message)


_COLUMNS = tuple(each.name for each in fields(Entry) if each.name != "scores_json")


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sources first, then videos, then clips; by unit within a level."""
    return sorted(entries, key=lambda entry: (LEVELS.index(entry.level), entry.unit))


def ledger_row(entry: Entry) -> dict[str, Any]:
    """The row of an entry."""
    return {name: _storable(getattr(entry, name)) for name in _COLUMNS}


def ledger_arrow_schema() -> Any:
    """Arrow schema of the ledger: counts are int64, value and threshold float64 and perhaps null, the rest strings."""
    import pyarrow as pa

    kinds: dict[Any, Any] = {int: pa.int64(), float | None: pa.float64()}
    columns = [each for each in fields(Entry) if each.name in _COLUMNS]
    return pa.schema([(each.name, kinds.get(each.type, pa.string())) for each in columns])


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
    """The entries of a ledger file, read as they are asked for. Columns of later additions are ignored.

    Raises CorpusError for a file that is not a ledger; the message names unit and field.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        require_regular(path)
        with pq.ParquetFile(path) as file:
            known = _known_columns(file.schema_arrow, path.name)
            for batch in file.iter_batches(batch_size=_BATCH, columns=known):
                yield from (_entry(row, path.name) for row in batch.to_pylist())
    except (OSError, pa.ArrowException) as error:
        cause = without_places(error.strerror or str(error) if isinstance(error, OSError) else str(error))
        raise CorpusError(f"{path.name}: not a ledger ({cause}). Build the corpus again.") from error


def _known_columns(schema: Any, file: str) -> list[str]:
    """The columns that are read; those of later additions may be missing, others have to be there."""
    wanted = _readable_schema()
    needed = {each.name for each in fields(Entry) if each.default is MISSING}
    lacking = sorted(needed - set(schema.names))
    known = [name for name in schema.names if name in wanted.names]
    lacking += [name for name in known if schema.field(name).type != wanted.field(name).type]
    if lacking or len(set(known)) != len(known):
        raise CorpusError(f"{file}: not a ledger (column {', '.join(lacking or known)}). Build the corpus again.")
    return known


def _entry(row: Mapping[str, Any], file: str) -> Entry:
    entry = Entry(**row)
    problems = list(row_problems(row))
    if entry.level not in LEVELS or entry.status not in STATUSES:
        problems.append(f"level {entry.level!r} and status {entry.status!r}")
    if problems:
        raise CorpusError(f"{file}: unit {entry.unit!r} has a wrong field: {problems[0]}.")
    return entry


def _readable_schema() -> Any:
    """What is written now, and what earlier versions wrote besides."""
    import pyarrow as pa

    return ledger_arrow_schema().append(pa.field("scores_json", pa.string()))


def ledger_schema() -> dict[str, Any]:
    """JSON Schema of one row of the ledger file."""
    from pydantic import TypeAdapter

    return TypeAdapter(Entry).json_schema()

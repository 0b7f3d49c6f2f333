"""The index of a corpus, checked when it is opened, so that nothing has to be asked of a row again."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from share_data.corpus.layout import INDEX, KEY_PATTERN, MEMBERS, is_numbered_file, unreadable_format
from share_data.errors import CorpusError
from share_data.store.arrow_arrays import scalar
from share_data.store.outside import require_regular
from share_data.text import plain_line

_LARGEST = 1e15
"""Seconds, pixels, frames and bytes beyond this are nonsense, and their sums would overflow."""
_TEXT, _COUNT, _NUMBER = pa.string(), pa.int64(), pa.float64()
READ: dict[str, Any] = {
    **dict.fromkeys(("key", "source", "video_id", "title", "shard"), _TEXT),
    **dict.fromkeys(("format_version", "frame_start", "frame_stop", "n_points"), _COUNT),
    **dict.fromkeys((f"{member}_{what}" for member in MEMBERS for what in ("offset", "size")), _COUNT),
    **dict.fromkeys(("time_first", "time_last", "fps"), _NUMBER),
}
"""Columns that readers rely on, with their types; `validate` asks for all that `columns.index_schema` has."""


def read_index(folder: Path, only: Collection[str] | None = None) -> Any:
    """The index of the corpus in a folder, as an Arrow table in which every cell can be trusted to be of its kind.

    Args:
        folder: of the corpus, on this machine.
        only: columns that are read; all of them by default, those of `READ` in any case.

    Raises:
        OSError: it is not there, or is not a regular file.
        CorpusError: it is no index; the message names the field, and the record by its number.
    """
    table = index_table(folder, only)
    for problem in index_problems(table):
        raise CorpusError(f"{INDEX}: {problem}")
    return table


def index_table(folder: Path, only: Collection[str] | None = None) -> Any:
    """The table, with the columns that readers rely on and no empty cell in them. Raises as `read_index`."""
    file = folder / INDEX
    size = require_regular(file)
    try:
        with pq.ParquetFile(file) as parquet:
            # A record takes more than a byte, since its key is its own: more rows than bytes are a bomb.
            if parquet.metadata.num_rows > size:
                raise CorpusError(f"{INDEX}: says that {size} bytes hold {parquet.metadata.num_rows} records")
            # Not `read_table`: it takes folders called a=b for columns, and imports pandas where that is installed.
            names = parquet.schema_arrow.names
            table = parquet.read(None if only is None else [name for name in names if name in only or name in READ])
    except (pa.ArrowException, OSError) as error:
        raise CorpusError(f"{INDEX}: cannot be read ({error})") from error
    if twice := [name for name in names if names.count(name) > 1]:
        raise CorpusError(f"{INDEX}: has column {plain_line(twice[0])} twice")
    if lacking := [name for name, kind in READ.items() if not _has(table, name, kind)]:
        raise CorpusError(f"{INDEX}: does not have the columns of an index: {lacking[0]}")
    if empty := [name for name in READ if table[name].null_count]:
        raise CorpusError(f"{INDEX}: has empty cells: {empty[0]}")
    for why in filter(None, map(unreadable_format, table["format_version"].unique().to_pylist())):
        raise CorpusError(f"{INDEX}: {why}")
    return table


def _has(table: Any, name: str, kind: Any) -> bool:
    return bool(table.column_names.count(name) == 1 and table.schema.field(name).type == kind)


def index_problems(table: Any) -> Iterator[str]:
    """What is wrong with the values of an `index_table`, field by field.

    Args:
        table: as `index_table` gives it.

    Yields:
        Field, number of the first record where it is wrong, and how.
    """
    for name, kind in zip(table.column_names, table.schema.types, strict=True):
        column = table[name]
        if pa.types.is_floating(kind):
            sane = pc.less_equal(pc.abs(column), scalar(_LARGEST))
            yield from _first(column, sane, name, "is not a finite number")
        elif pa.types.is_integer(kind):
            sane = pc.and_(pc.greater_equal(column, scalar(0)), pc.less_equal(column, scalar(int(_LARGEST))))
            yield from _first(column, sane, name, "is not a number of things")
    keys = table["key"]
    yield from _first(keys, pc.match_substring_regex(keys, KEY_PATTERN), "key", "is no key of a record")
    # Not Arrow's own count of different texts, which takes 50 MB for 100,000.
    counts = pc.value_counts(keys) if len(set(keys.to_pylist())) < len(keys) else []
    for each in counts:
        if each["counts"].as_py() > 1:
            yield f"record {each['values'].as_py()} appears {each['counts'].as_py()} times"
    for shard in table["shard"].unique().to_pylist():
        if not is_numbered_file(shard):
            yield f"shard: {shard!r} is no shard of a corpus"


def _first(column: Any, sound: Any, name: str, what: str) -> Iterator[str]:
    """The first cell that is not `sound`; an empty one is a score that a record lacks."""
    number = pc.index(pc.fill_null(sound, scalar(True)), scalar(False)).as_py()
    if number >= 0:
        yield f"record {number}: {name} {column[number].as_py()!r} {what}"

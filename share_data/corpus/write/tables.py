"""The tables of a corpus, written in one pass each: index, ledger, recipe, and the manifest that sums them up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from share_data import __version__
from share_data.corpus.columns import estimators_named, index_schema
from share_data.corpus.layout import FOOTAGE, HAS_MEASUREMENTS, INDEX, LEDGER, RECIPE, SHUFFLED_POINTS
from share_data.corpus.manifest import FileEntry, Manifest, pretty_json
from share_data.corpus.write.hashing_file import HashingFile, file_entry
from share_data.corpus.write.measurements import MeasurementsWriter
from share_data.corpus.write.sidecar import damage_named, read_head, read_rows
from share_data.errors import CorpusError
from share_data.ledger.conservation import LedgerTotals
from share_data.ledger.ledger import Entry, ledger_arrow_schema, ledger_row
from share_data.ledger.opt_out import rules_sha256
from share_data.store.hashing import bytes_sha256, canonical_json

# A row as Python objects is some 10 KB: this many are held at once.
_ROWS_AT_ONCE = 512
# In the table a row is far smaller; many small groups would make a large index slow to open.
ROWS_PER_GROUP = 16 * _ROWS_AT_ONCE


def write_tables(
    folder: Path,
    sidecars: Sequence[Path],
    entries: Iterable[Entry],
    recipe: Mapping[str, Any],
    body: Mapping[str, str],
    opt_out: Sequence[str] = (),
    described: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    footage: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Manifest, LedgerTotals]:
    """Write index, ledger, measurements and recipe into `folder`; returns manifest and books of the whole corpus.

    sidecars: of the shards, in corpus order; entries: in ledger order; opt_out: rules of the opt-out list;
    described: of score columns, see `measurements_schema`; footage: of clips that are there more than once, one name
    for each footage.
    Raises CorpusError when the ledger does not account for the records, DiskFullError when it does not fit.
    """
    index = IndexWriter(folder, sidecars, footage)
    totals = LedgerTotals()
    measurements = MeasurementsWriter(folder, described)
    ledger = _write_ledger(folder, totals.watching(measurements.watching(entries)))
    _check(totals, sidecars)
    with HashingFile(folder / RECIPE) as handle:
        handle.write(pretty_json(dict(recipe)))
    tables = [index.entry, ledger, measurements.write(), file_entry(RECIPE, handle, 0)]
    files = [*chain.from_iterable(read_head(path).files for path in sidecars), *tables]
    manifest = Manifest(
        features=(HAS_MEASUREMENTS, SHUFFLED_POINTS),
        toolkit_version=__version__,
        recipe_sha256=bytes_sha256(canonical_json(recipe)),
        opt_out_sha256=rules_sha256(opt_out) if opt_out else None,
        body=dict(body),
        counts=totals.counts(),
        records=index.records,
        redistributable=index.redistributable,
        licences=dict(sorted(index.licences.items())),
        estimators={part: dict(sorted(made.items())) for part, made in index.estimators.items()},
        files=tuple(sorted(files, key=lambda entry: entry.path)),
    )
    return manifest, totals


class IndexWriter:
    """Writes index.parquet from the shards' rows, a few thousand at a time, and counts what goes through."""

    def __init__(self, folder: Path, sidecars: Sequence[Path], footage: Mapping[str, str]) -> None:
        self._footage = footage
        self.records = 0
        self.redistributable = True
        self.licences: Counter[str] = Counter()
        self.estimators: dict[str, Counter[str]] = {}
        names = {name for path in sidecars for name in read_head(path).columns}
        schema = index_schema([dict.fromkeys(names)]).append(pa.field(FOOTAGE, pa.string()))
        rows = (row for path in sidecars for row in read_rows(path))
        try:
            with HashingFile(folder / INDEX) as handle:
                write_rows(handle, map(self._count, rows), schema)
        except (pa.ArrowException, LookupError, TypeError, ValueError):
            _require_sound(sidecars, schema)
            raise
        self.entry = file_entry(INDEX, handle, self.records)

    def _count(self, row: dict[str, Any]) -> dict[str, Any]:
        self.records += 1
        self.redistributable &= bool(row["redistributable"])
        self.licences[row["licence"]] += 1
        for part, name in estimators_named(row).items():
            self.estimators.setdefault(part, Counter())[name] += 1
        return row | {FOOTAGE: self._footage.get(row["key"], row["key"])}


def _require_sound(sidecars: Sequence[Path], schema: Any) -> None:
    """Find the sidecar whose rows do not fit the index: it was changed by something else than a build."""
    for path in sidecars:
        with damage_named(path):
            rows = list(read_rows(path))
            pa.Table.from_pylist(rows, schema)
            for row in rows:
                estimators_named(row)
                hash((bool(row["redistributable"]), row["licence"]))


def write_rows(handle: HashingFile, rows: Iterable[dict[str, Any]], schema: Any) -> None:
    """Write rows as Parquet in groups of a fixed size, so that equal rows give equal bytes."""
    remaining = iter(rows)
    with pq.ParquetWriter(handle, schema, compression="NONE") as writer:
        group: list[Any] = [schema.empty_table()]
        while part := list(islice(remaining, _ROWS_AT_ONCE)):
            group.append(pa.Table.from_pylist(part, schema))
            if len(group) > ROWS_PER_GROUP // _ROWS_AT_ONCE:
                writer.write_table(pa.concat_tables(group))
                group = [schema.empty_table()]
        writer.write_table(pa.concat_tables(group))


def _write_ledger(folder: Path, entries: Iterable[Entry]) -> FileEntry:
    with HashingFile(folder / LEDGER) as handle:
        write_rows(handle, map(ledger_row, entries), ledger_arrow_schema())
    return file_entry(LEDGER, handle, 0)


def _check(totals: LedgerTotals, sidecars: Sequence[Path]) -> None:
    keys = (key for path in sidecars for key in read_head(path).keys)
    problems = totals.problems() + totals.record_problems(keys)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise CorpusError(f"The ledger does not add up, nothing was packed: {problems[0]}{more}.")

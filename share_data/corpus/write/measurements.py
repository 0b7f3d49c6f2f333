"""Writes measurements.parquet: rows wait in a temporary file until it is known which scores there are."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from share_data.corpus.layout import MEASUREMENTS
from share_data.corpus.manifest import FileEntry
from share_data.corpus.scores import SCORES
from share_data.corpus.write.hashing_file import HashingFile, file_entry
from share_data.ledger.clip_entry import RECONSTRUCTION, column
from share_data.ledger.ledger import Entry
from share_data.ledger.measurements import asked_columns, measurement_row, measurements_schema
from share_data.store.atomic import disk_full_named
from share_data.store.hashing import canonical_json

_AT_ONCE = 512
"""Rows that are Python objects at a time, some 2 KB each."""
_ROWS_PER_GROUP = 65_536
"""A row is some 400 bytes in Arrow. Readers of a few columns want large groups."""
_OF_RECORDS = {
    column(RECONSTRUCTION, score.name): {"unit": score.unit, "better": score.better, "about": score.sees}
    for score in SCORES
}
"""What is said of the scores that records may have; every table has them."""


class MeasurementsWriter:
    """Takes the clips among entries as they pass; no row stays in memory.

    described: of score columns, see `measurements_schema`.
    """

    def __init__(self, folder: Path, described: Mapping[str, Mapping[str, str]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._described = dict(described) | _OF_RECORDS
        self._rows = TemporaryFile(dir=folder)  # noqa: SIM115  open until `write` has read it
        self._scores: set[str] = {*_OF_RECORDS}

    def watching(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same entries, each clip kept aside as it passes. Raises DiskFullError."""
        for entry in entries:
            if entry.level == "clip":
                row = measurement_row(entry)
                self._scores.update(asked_columns(row))
                with disk_full_named(self._folder):
                    self._rows.write(canonical_json(row) + b"\n")
            yield entry

    def write(self) -> FileEntry:
        """Write the table of all that passed; returns its line in the manifest. Raises DiskFullError."""
        schema = measurements_schema(self._scores, self._described)
        with self._rows, HashingFile(self._folder / MEASUREMENTS) as handle:
            with disk_full_named(self._folder):
                self._rows.seek(0)
            with pq.ParquetWriter(handle, schema, compression="NONE") as writer:
                for group in self._groups(schema):
                    writer.write_table(group, row_group_size=_ROWS_PER_GROUP)
        return file_entry(MEASUREMENTS, handle, 0)

    def _groups(self, schema: Any) -> Iterator[Any]:
        """Tables of a fixed number of rows, the last one shorter; one without rows where there are none."""
        pieces: list[Any] = [schema.empty_table()]
        rows = map(json.loads, self._rows)
        while batch := list(islice(rows, _AT_ONCE)):
            pieces.append(pa.Table.from_pylist(batch, schema))
            if sum(map(len, pieces)) >= _ROWS_PER_GROUP:
                yield pa.concat_tables(pieces).combine_chunks()
                pieces = []
        if pieces:
            yield pa.concat_tables(pieces).combine_chunks()

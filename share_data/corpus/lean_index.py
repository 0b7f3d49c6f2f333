"""The index as columns that are read when they are asked for: of 100,000 records its columns take 200 MB together."""

import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from share_data.corpus.index_file import READ, index_problems, read_index
from share_data.corpus.layout import INDEX
from share_data.errors import CorpusError


class LeanIndex:
    """What `where` and sorting ask of an Arrow table: `column_names`, `num_rows`, a column by its name.

    Every column is held against the rules of an index, and the file is a local one: `training.rows.IndexColumns` reads
    remote ones too, and of the cells checks what a loop relies on. The file stays open, so that all columns are of one
    index also while another build puts a new one there.

    Args:
        folder: of the corpus, on this machine.

    Attributes:
        column_names: of the index.
        num_rows: records.

    Raises:
        OSError: it is not there, or is not a regular file.
        CorpusError: it is no index; the message names the field, and the record by its number.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._kept = read_index(folder, READ)
        self._file = pq.ParquetFile(folder / INDEX)
        self.column_names: list[str] = self._file.schema_arrow.names
        self.num_rows: int = self._kept.num_rows

    def __getitem__(self, name: str) -> Any:
        """A column, its cells checked as those of a whole index are. Raises KeyError, CorpusError."""
        if name in self._kept.column_names:
            return self._kept[name]
        if name not in self.column_names:
            raise KeyError(name)
        try:
            with self._lock:  # A reader of Parquet is for one thread at a time.
                column = self._file.read([name])[name]
        except (pa.ArrowException, OSError) as error:
            raise CorpusError(f"{INDEX}: {name} cannot be read ({error})") from error
        if len(column) != self.num_rows:
            raise CorpusError(f"{INDEX}: was replaced while it was opened. Open the corpus again.")
        for problem in index_problems(self._kept.select(["key", "shard"]).append_column(name, column)):
            raise CorpusError(f"{INDEX}: {problem}")
        return column

    def filled(self, name: str) -> bool:
        """Whether some record has a value there, as far as the file tells without being read."""
        number, footer = self.column_names.index(name), self._file.metadata
        if footer.num_columns != len(self.column_names):  # Lists and structures are several columns to Parquet.
            return True
        for group in range(footer.num_row_groups):
            told = footer.row_group(group).column(number).statistics
            if told is None or not told.has_null_count or told.null_count < footer.row_group(group).num_rows:
                return True
        return False

"""A corpus' measurements as columns, read as they are asked for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.corpus.layout import MEASUREMENTS
from share_data.corpus.opening import open_storage
from share_data.corpus.recipe_file import recipe_of
from share_data.corpus.storage import size_of
from share_data.errors import CorpusError
from share_data.ledger.judgements import Word
from share_data.ledger.measurements import FACTS, TEXTS, measurements_schema
from share_data.records import Bools
from share_data.store.outside import require_regular

Codes = NDArray[np.int32]
_FEW = ("source", "licence", "labels_json", "status", "stage", "reason", "error_class", "review")
"""Texts that many clips share."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of text: row i says `values[codes[i]]`. codes: (N,) int32."""

    codes: Codes
    values: tuple[str, ...]

    def where(self, *texts: str) -> Bools:
        """(N,) bool: the rows that say one of these."""
        sought = set(texts)
        wanted = [number for number, value in enumerate(self.values) if value in sought]
        return np.isin(self.codes, wanted)


class Measurements:
    """The clips of a corpus, N rows in the order of the ledger; columns are kept once they are read.

    recipe: the resolved one that the corpus was built with, plain JSON. `ledger.measurements` has the columns.
    """

    def __init__(self, file: Path, recipe: Mapping[str, Any]) -> None:
        """Raises CorpusError for a file that is no table of measurements."""
        self.recipe = recipe
        try:
            require_regular(file)
            self._file = pq.ParquetFile(file, read_dictionary=list(_FEW), memory_map=True)
        except (OSError, KeyError, pa.ArrowException) as error:
            raise CorpusError(f"{MEASUREMENTS}: cannot be read ({error}). Build the corpus again.") from error
        self.schema = self._file.schema_arrow
        self.scores = tuple(name for name in self.schema.names if name not in FACTS)
        self._check()
        self.numbers = lru_cache(maxsize=None)(self._numbers)
        self.texts = lru_cache(maxsize=None)(self._texts)
        self._group = lru_cache(maxsize=2)(self._file.read_row_group)
        self._places: dict[str, int] | None = None
        self._review: Mapping[str, Word] | None = None

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def about(self, score: str) -> dict[str, str]:
        """`unit`, `better` and `about` of a score's column, as far as its filter declares them."""
        told = self.schema.field(score).metadata or {}
        return {name.decode(): text.decode() for name, text in told.items() if not name.startswith(b"PARQUET")}

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Filter, or `reconstruction`, to the names of its scores."""
        found: dict[str, list[str]] = {}
        for name in self.scores:
            group, _, score = name.partition(".")
            found.setdefault(group, []).append(score)
        return {group: tuple(names) for group, names in found.items()}

    def flags(self, name: str) -> Bools:
        """(N,) bool: a column of true and false."""
        return np.asarray(self._read(name).to_numpy(zero_copy_only=False), dtype=bool)

    def reviewed(self, review: Mapping[str, Word]) -> Self:
        """The same clips, of which a person has said this and nothing else. review: by unit."""
        other = copy(self)
        other._review = review
        return other

    def said(self) -> tuple[Bools, Bools]:
        """(N,) bool twice: the clips that a person called good, and those called bad."""
        if self._review is None:
            told = self.texts("review")
            return told.where("good"), told.where("bad")
        units = self.texts("unit")
        good, bad = ([u for u, said in self._review.items() if said == word] for word in ("good", "bad"))
        return units.where(*good), units.where(*bad)

    def lists(self, name: str) -> Any:
        """A column of lists, an Arrow array."""
        return self._read(name)

    def rows(self, numbers: NDArray[np.int64], names: tuple[str, ...]) -> list[dict[str, Any]]:
        """Some rows as plain values. numbers: (M,) of rows; names: of columns."""
        cells = zip(*(self._cells(name, numbers) for name in names), strict=True)
        return [dict(zip(names, row, strict=True)) for row in cells]

    def names(self, numbers: NDArray[np.int64]) -> list[str]:
        """Units of some rows."""
        return self._cells("unit", numbers)

    def row(self, unit: str) -> dict[str, Any] | None:
        """All columns of a clip, as plain values; None where there is no such clip."""
        if self._places is None:
            self._places = {name: number for number, name in enumerate(self._read("unit").to_pylist())}
        number = self._places.get(unit)
        return None if number is None else self.row_at(number)

    def row_at(self, number: int) -> dict[str, Any]:
        """All columns of row `number`, as plain values."""
        group, first = 0, 0
        while number >= first + self._file.metadata.row_group(group).num_rows:
            first += self._file.metadata.row_group(group).num_rows
            group += 1
        return dict(self._group(group).slice(number - first, 1).to_pylist()[0])

    def _cells(self, name: str, numbers: NDArray[np.int64]) -> list[Any]:
        return list(self._read(name).take(pa.array(numbers)).to_pylist())

    def _read(self, name: str) -> Any:
        return self._file.read(columns=[name], use_threads=True)[name].combine_chunks()

    def _numbers(self, name: str) -> Floats:
        """(N,) float64, NaN where nothing was measured; all of them for a score that the table does not have."""
        if name not in self.schema.names:
            return np.full(len(self), np.nan)
        column = self._read(name)
        return np.asarray(pc.fill_null(pc.cast(column, pa.float64()), np.nan).to_numpy(zero_copy_only=False))

    def _texts(self, name: str) -> Texts:
        column = self._read(name)
        column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
        return Texts(
            np.asarray(column.indices.to_numpy(zero_copy_only=False), np.int32), tuple(column.dictionary.to_pylist())
        )

    def _check(self) -> None:
        wanted = measurements_schema(self.scores, {})
        for field in wanted:
            if self.schema.names.count(field.name) != 1 or self.schema.field(field.name).type != field.type:
                if field.name in TEXTS and pa.types.is_dictionary(self.schema.field(field.name).type):
                    continue
                raise CorpusError(
                    f"{MEASUREMENTS}: no column {field.name} as it is written now. Build again: nothing is computed."
                )


@contextmanager
def measurements_of(corpus: Path | str) -> Iterator[Measurements]:
    """The measurements of a corpus in a folder or below a URL. Raises CorpusError where it has none."""
    storage = open_storage(corpus)
    if size_of(storage, MEASUREMENTS) is None:
        raise CorpusError(
            f"{corpus}: no {MEASUREMENTS} here. Give the folder or URL that a build wrote to; one of an earlier "
            "version gets it by building again, which computes nothing."
        )
    recipe = recipe_of(storage)
    with storage.local(MEASUREMENTS) as files:
        table = Measurements(files.folder / MEASUREMENTS, recipe)
        try:
            yield table
        finally:
            table.close()

"""Which records are looked at, and in which order: by the columns of the index, no record is read for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from share_data.corpus.lean_index import LeanIndex
from share_data.corpus.where import chosen_rows
from share_data.errors import CorpusError
from share_data.store.arrow_arrays import numbers, scalar
from share_data.text import plain_line

CORPUS_ORDER = "corpus order"
_SCORE = "score_"


@dataclass(frozen=True, slots=True)
class Choice:
    """Records in an order. rows: (M,) their numbers in the corpus."""

    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def place(self, row: int) -> int | None:
        """Where a record comes in the order; None for one that was not chosen."""
        found = np.flatnonzero(self.rows == row)
        return int(found[0]) if len(found) else None

    def beside(self, row: int, steps: int) -> int:
        """The record so many steps on, or back; at an end that one. Of a record that was not chosen: the first."""
        place = self.place(row)
        return int(self.rows[0 if place is None else min(max(place + steps, 0), len(self.rows) - 1)])


def choose(index: Any, where: str = "", sort: str = "", highest: bool = False) -> Choice:
    """Records that fulfil a condition, by a number.

    Args:
        index: an Arrow table, a row a record, or its columns (`Corpus.index`).
        where: see `corpus.where.chosen_rows`.
        sort: a column of numbers, or a score without its `score_`; empty, or `CORPUS_ORDER`, for the corpus' order.
        highest: the largest first instead of the smallest; what a record lacks comes last either way.

    Raises:
        CorpusError: a condition that cannot be read or that no record fulfils, no such column.
    """
    rows = chosen_rows(index, where)
    if not len(rows):
        raise CorpusError(f"no record fulfils {plain_line(where)!r}" if where.strip() else "the corpus has no records")
    if sort in ("", CORPUS_ORDER):
        return Choice(rows)
    values = _numbers(index, sort)[rows]
    return Choice(rows[np.argsort(-values if highest else values, kind="stable")])  # NaN comes last.


def sortable(index: Any) -> Sequence[str]:
    """What `choose` sorts by, in words: scores that some record has, and lengths."""
    scores = [
        name.removeprefix(_SCORE) for name in index.column_names if name.startswith(_SCORE) and _measured(index, name)
    ]
    return [CORPUS_ORDER, *sorted(scores), "n_frames", "fps", "n_points"]


def _measured(index: Any, name: str) -> bool:
    return index.filled(name) if isinstance(index, LeanIndex) else index[name].null_count < index.num_rows


def _numbers(index: Any, name: str) -> NDArray[np.float64]:
    for column in (f"{_SCORE}{name}", name):
        if column in index.column_names:
            found = index[column]
            if pa.types.is_floating(found.type) or pa.types.is_integer(found.type):
                values = pc.fill_null(pc.cast(found, pa.float64()), scalar(np.nan))
                return numbers(values.combine_chunks(), np.float64)
    raise CorpusError(f"cannot sort by {plain_line(name)!r}; sort by one of {', '.join(sortable(index)[1:])}")

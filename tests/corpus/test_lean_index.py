"""The columns of an index one by one: the same cells as in the whole table, held against the same rules."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from make_records import make_corpus

from share_data.corpus.index_file import READ, read_index
from share_data.corpus.layout import INDEX
from share_data.corpus.lean_index import LeanIndex
from share_data.corpus.read import Corpus
from share_data.errors import CorpusError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_corpus(tmp_path, 5)
    return tmp_path


def changed(folder: Path, name: str, values: list[float | None]) -> None:
    table = pq.read_table(folder / INDEX)
    number = table.column_names.index(name)
    pq.write_table(table.set_column(number, name, pa.array(values, pa.float64())), folder / INDEX)


def test_each_column_is_that_of_the_whole_index(folder: Path) -> None:
    columns, table = LeanIndex(folder), read_index(folder)
    assert columns.num_rows == 5 and columns.column_names == table.column_names
    assert all(columns[name].equals(table[name]) for name in table.column_names)
    with pytest.raises(KeyError):
        columns["nonsense"]


def test_no_more_is_in_memory_than_readers_need(folder: Path) -> None:
    assert set(read_index(folder, ()).column_names) == set(READ)
    lean, whole = Corpus(folder, lean=True), Corpus(folder)
    assert lean.keys == whole.keys
    part = whole[3].metadata["video_id"]
    assert lean[3].metadata == whole[3].metadata and lean.record(part).key == whole.record(part).key == whole.keys[3]


def test_which_scores_some_record_has_is_known_without_reading_them(folder: Path) -> None:
    changed(folder, "score_confidence", [None, None, 0.5, None, None])
    changed(folder, "score_body_height_m", [None] * 5)
    columns = LeanIndex(folder)
    scores = [name for name in columns.column_names if name.startswith("score_")]
    assert {name: columns.filled(name) for name in scores} == {name: columns[name].null_count < 5 for name in scores}
    assert columns.filled("score_confidence") and not columns.filled("score_body_height_m")


def test_a_cell_that_is_none_of_its_kind_is_told_of_when_its_column_is_asked_for(folder: Path) -> None:
    changed(folder, "score_confidence", [0.1, np.inf, 0.3, 0.4, 0.5])
    columns = LeanIndex(folder)
    with pytest.raises(CorpusError, match="record 1: score_confidence inf is not a finite number"):
        columns["score_confidence"]


def test_a_new_index_in_its_place_does_not_mix_with_the_old_one(folder: Path) -> None:
    columns, before = LeanIndex(folder), read_index(folder)["score_confidence"]
    new = folder / "new.parquet"
    pq.write_table(pq.read_table(folder / INDEX).slice(0, 2), new)
    new.replace(folder / INDEX)
    assert columns["score_confidence"].equals(before)

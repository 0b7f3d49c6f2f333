"""Which records are looked at, and in which order: by columns of the index alone."""

import pyarrow as pa
import pytest

from share_data.errors import CorpusError
from share_data.view.choice import CORPUS_ORDER, choose, sortable

INDEX = pa.table(
    {
        "key": ["a", "b", "c", "d"],
        "n_frames": pa.array([90, 30, 60, 10]),
        "score_confidence": [0.5, None, 0.9, 0.1],
        "score_jump_m": pa.array([None] * 4, pa.float64()),
    }
)


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({}, [0, 1, 2, 3]),
        ({"sort": CORPUS_ORDER}, [0, 1, 2, 3]),
        ({"sort": "confidence"}, [3, 0, 2, 1]),
        ({"sort": "confidence", "highest": True}, [2, 0, 3, 1]),
        ({"sort": "n_frames", "where": "n_frames >= 30"}, [1, 2, 0]),
    ],
)
def test_records_in_the_order_that_is_asked_for_what_lacks_the_score_last(asked: dict, rows: list[int]) -> None:
    assert choose(INDEX, **asked).rows.tolist() == rows


def test_from_record_to_record_and_no_further_than_the_ends() -> None:
    choice = choose(INDEX, "n_frames >= 30", "confidence")
    assert choice.rows.tolist() == [0, 2, 1]
    assert [choice.beside(row, 1) for row in (0, 2, 1)] == [2, 1, 1]
    assert [choice.beside(row, -1) for row in (0, 2, 1)] == [0, 0, 2]
    assert choice.place(3) is None and choice.beside(3, 1) == 0


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"where": "n_frames > 1000"}, "no record fulfils 'n_frames > 1000'"),
        ({"where": "nonsense > 1"}, "no column 'nonsense'"),
        ({"sort": "key"}, "cannot sort by 'key'; sort by one of confidence, n_frames"),
    ],
)
def test_what_cannot_be_chosen_is_told(asked: dict, told: str) -> None:
    with pytest.raises(CorpusError, match=told.replace("(", r"\(")):
        choose(INDEX, **asked)


def test_a_score_that_no_record_has_is_not_offered() -> None:
    assert list(sortable(INDEX)) == [CORPUS_ORDER, "confidence", "n_frames", "fps", "n_points"]

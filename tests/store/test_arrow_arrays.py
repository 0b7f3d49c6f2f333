"""Arrow's arrays and NumPy's: the same values, whatever is empty, sliced or in several pieces; and without pandas."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.store.arrow_arrays import Texts, column, numbers, scalar, truths

words = st.lists(st.none() | st.sampled_from(["", "a", "b", "ä/b", "日本"]), max_size=30)


def pieces(values: list, kind: pa.DataType, cuts: int) -> pa.ChunkedArray:
    """In two pieces, each the middle of a longer array."""
    at = min(cuts, len(values))
    return pa.chunked_array(
        [pa.array([None, *part, None], kind).slice(1, len(part)) for part in (values[:at], values[at:])], kind
    )


@settings(deadline=None)
@given(words, st.integers(0, 9), st.booleans())
def test_texts_are_what_they_were(values: list[str | None], cuts: int, coded: bool) -> None:
    arrow = pieces(values, pa.string(), cuts)
    found = Texts.of(arrow.dictionary_encode() if coded else arrow)
    assert found.decoded().to_pylist() == values
    assert found.counts() == {text: values.count(text) for text in sorted({v for v in values if v is not None})}
    for text in ("a", "ä/b", "never"):
        assert found.equal(text).tolist() == [value == text for value in values]
    swapped = {"": None, "a": "x", "b": "x", "ä/b": "y", "日本": "日"}
    again = found.replaced([swapped[value] for value in found.values.to_pylist()])
    assert again.decoded().to_pylist() == [None if value is None else swapped[value] for value in values]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.sampled_from([None, "", "c", "d"])), max_size=20))
def test_two_columns_are_joined(pairs: list[tuple[str | None, str | None]]) -> None:
    first, second = (Texts.of(pa.array([pair[place] for pair in pairs], pa.string())) for place in (0, 1))
    expected = [None if None in pair else "/".join(map(str, pair)) for pair in pairs]
    assert first.with_each(second, "/").decoded().to_pylist() == expected


@settings(deadline=None)
@given(st.lists(st.none() | st.booleans(), max_size=40), st.integers(0, 9))
def test_what_is_neither_true_nor_false_is_false(values: list[bool | None], cuts: int) -> None:
    assert truths(pieces(values, pa.bool_(), cuts)).tolist() == [bool(value) for value in values]


@pytest.mark.parametrize("value", [True, False, 3, -1, 0.25, "", "ä"])
def test_a_value_is_a_scalar(value: float | str) -> None:
    assert scalar(value) == pa.scalar(value)


def test_numbers_go_there_and_back() -> None:
    values = np.arange(10)[::3]
    assert numbers(column(values).slice(1), np.int64).tolist() == [3, 6, 9]
    assert len(numbers(pa.array([], pa.int64()), np.int64)) == 0


def test_none_of_it_imports_pandas() -> None:
    script = """
import sys
from share_data.store.arrow_arrays import Texts, column, numbers, scalar, texts, truths
import numpy, pyarrow.compute as pc
found = Texts.of(texts(["a", "b", "a"]))
found.with_each(found.replaced(["x", None]), "/").counts(), found.equal("a"), found.decoded()
truths(pc.equal(column(numpy.arange(3)), scalar(1)))
print("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"

"""Arrow's arrays from and to NumPy's. `pa.array`, `pa.scalar` and `to_numpy` import pandas first: 0.3 s."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def numbers(array: Any, dtype: Any) -> NDArray[Any]:
    """An Arrow array of numbers, none of them empty, as (N,) of the dtype that it has; its memory, not a copy."""
    if not len(array):
        return np.zeros(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype)[array.offset : array.offset + len(array)]


def column(values: NDArray[Any]) -> Any:
    """(N,) numbers as an Arrow array; its memory, where that is contiguous."""
    whole = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(whole.dtype), len(whole), [None, pa.py_buffer(whole)])


def scalar(value: float | str) -> Any:
    """A number, a text, true or false as an Arrow scalar."""
    if isinstance(value, str):
        return texts([value])[0]
    if isinstance(value, bool):
        return pa.Array.from_buffers(pa.bool_(), 1, [None, pa.py_buffer(bytes([value]))])[0]
    return column(np.array([value]))[0]


def texts(values: Sequence[str]) -> Any:
    """Texts as an Arrow array."""
    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(encoded), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))])


def truths(array: Any) -> NDArray[np.bool_]:
    """An Arrow array of booleans as (N,) bool; where it is empty, false."""
    whole = pc.fill_null(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array, scalar(False))
    bits = np.frombuffer(whole.buffers()[1], np.uint8) if len(whole) else np.zeros(0, np.uint8)
    found = np.unpackbits(bits, count=whole.offset + len(whole), bitorder="little")
    return found[whole.offset :].astype(np.bool_)


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of text that says the same again and again.

    Attributes:
        codes: (N,) number of each row's text in `values`; -1 where it has none.
        values: (V,) Arrow array of different texts, none of them empty of a value.
    """

    codes: NDArray[np.int64]
    values: Any

    @classmethod
    def of(cls, column: Any) -> "Texts":
        """Those of an Arrow column of text, as it is or as numbers of a dictionary."""
        chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
        if not pa.types.is_dictionary(chunked.type):
            chunked = pc.dictionary_encode(chunked)
        whole = chunked.unify_dictionaries().combine_chunks()
        if isinstance(whole, pa.ChunkedArray):
            whole = whole.chunk(0) if whole.num_chunks else pa.array([], whole.type)
        codes = pc.fill_null(pc.cast(whole.indices, pa.int64()), scalar(-1))
        return cls(numbers(codes, np.int64), whole.dictionary)

    def __len__(self) -> int:
        return len(self.codes)

    def decoded(self) -> Any:
        """(N,) Arrow texts, empty where a row has none."""
        known = pa.concat_arrays([self.values, pa.nulls(1, self.values.type)])
        return known.take(column(np.where(self.codes < 0, len(self.values), self.codes)))

    def replaced(self, values: list[str | None]) -> "Texts":
        """The same rows with other texts: (V,), None for none; equal ones become one."""
        unique = list(dict.fromkeys(value for value in values if value is not None))
        place = {value: number for number, value in enumerate(unique)}
        # The last one is that of rows without a text, whose number is -1.
        turned = np.array([-1 if value is None else place[value] for value in values] + [-1], np.int64)
        return Texts(turned[self.codes], texts(unique))

    def equal(self, text: str) -> NDArray[np.bool_]:
        """(N,) whether a row has this text."""
        found = pc.index(self.values, scalar(text)).as_py()
        return self.codes == found if found >= 0 else np.zeros(len(self), np.bool_)

    def counts(self) -> dict[str, int]:
        """Text to the number of rows that have it, of those that any has; sorted by text."""
        amounts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.values)).tolist()
        return dict(sorted((text, n) for text, n in zip(self.values.to_pylist(), amounts, strict=True) if n))

    def with_each(self, other: "Texts", between: str) -> "Texts":
        """Both texts of every row as one, joined by `between`; none where either is lacking."""
        width = max(len(other.values), 1)
        both = np.where((self.codes < 0) | (other.codes < 0), -1, self.codes * width + other.codes)
        pairs, codes = np.unique(both, return_inverse=True)
        if lacking := bool(len(pairs)) and pairs[0] < 0:
            pairs = pairs[1:]
        first, second = self.values.take(column(pairs // width)), other.values.take(column(pairs % width))
        joined = pc.binary_join_element_wise(first, second, scalar(between))
        return Texts(codes.astype(np.int64) - lacking, joined)

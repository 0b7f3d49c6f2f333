"""A record as a row of a records file: its metadata, `preview` (JPEG), then `X`, `X_dtype`, `X_shape` per array X.

`X` is the list of the array's values, in C order. An array of float64 is the list of its bytes instead, and points in
tenths of a millimetre are whole numbers among floats: so a column has one type, and every value survives readers that
turn lists of floats to float32 and cut zeros off the end of what is binary, as Hugging Face's numpy and torch formats
do. In format 1 `X` was binary. `np.asarray(X, "u1" if dtype == "float64" else dtype).view(dtype).reshape(shape)`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from share_data.corpus.columns import metadata_columns, metadata_row
from share_data.corpus.layout import ARRAYS, FORMAT_VERSION, OPTIONAL


def _stored_dtype(name: str) -> np.dtype[Any]:
    """What the values of an array's column are."""
    dtype = np.dtype(ARRAYS[name][0][0])
    return np.dtype(np.uint8) if dtype == np.float64 else dtype


_STORED = {name: _stored_dtype(name) for name in ARRAYS}


def records_schema(version: int = FORMAT_VERSION) -> Any:
    """Arrow schema of the records files of a format."""
    columns: list[tuple[str, Any]] = [*metadata_columns(version), ("preview", pa.binary())]
    for name, stored in _STORED.items():
        cells = pa.binary() if version == 1 else pa.list_(pa.from_numpy_dtype(stored))
        columns += [(name, cells), (f"{name}_dtype", pa.string()), (f"{name}_shape", pa.list_(pa.int32()))]
    return pa.schema(columns)


def compact_encoding() -> dict[str, Any]:
    """Options of a Parquet writer for these columns: the bytes of floats by significance, small values by dictionary.

    Then general compression leaves three quarters of a noisy scene; of floats as they lie it leaves nine tenths.
    """
    small = [f"{name}.list.element" for name, stored in _STORED.items() if stored.itemsize == 1]
    floats = [f"{name}.list.element" for name, stored in _STORED.items() if stored.itemsize > 1]
    return {
        "compression": "ZSTD",
        "compression_level": 1,
        "use_dictionary": small,
        "use_byte_stream_split": floats,
        "write_statistics": False,
    }


def record_row(metadata: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], preview: bytes) -> dict[str, Any]:
    """One row of a records file, for `pa.Table.from_pylist`; the arrays are little-endian."""
    row: dict[str, Any] = {**metadata_row(metadata), "preview": preview}
    for name, stored in _STORED.items():
        array = arrays.get(name)
        if array is None:
            row |= {name: None, f"{name}_dtype": None, f"{name}_shape": None}
            continue
        flat = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1)
        row[name] = flat.view(stored) if flat.dtype == np.float64 else flat.astype(stored, copy=False)
        row[f"{name}_dtype"] = array.dtype.name
        row[f"{name}_shape"] = list(array.shape)
    return row


def rows_of(file: pq.ParquetFile) -> Iterator[dict[str, Any]]:
    """The rows of a records file of any format, one at a time: cells of arrays as Arrow scalars, others as values."""
    for batch in file.iter_batches(batch_size=1):
        cells = ((name, column[0]) for name, column in zip(batch.schema.names, batch.columns, strict=True))
        yield {name: cell if name in ARRAYS else cell.as_py() for name, cell in cells}


def row_arrays(row: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of a row as `rows_of` gives it. Raises ValueError when values, dtype and shape do not agree."""
    there = [name for name in ARRAYS if name not in OPTIONAL or row.get(f"{name}_dtype") is not None]
    return {name: _array(name, row[name], row[f"{name}_dtype"], row[f"{name}_shape"]) for name in there}


def _array(name: str, cell: Any, dtype: str, shape: list[int]) -> NDArray[Any]:
    if dtype not in ARRAYS[name][0] or not cell.is_valid:
        raise ValueError(f"{name} is {dtype if cell.is_valid else 'empty'}")
    if shape is None or not all(isinstance(length, int) and length >= 0 for length in shape):
        raise ValueError(f"{name} has shape {shape}")
    if isinstance(cell, pa.BinaryScalar):
        return np.frombuffer(cell.as_buffer(), dtype).reshape(shape)
    values = np.asarray(cell.values.to_numpy(zero_copy_only=False))
    return (values.view(dtype) if dtype == "float64" else values.astype(dtype, copy=False)).reshape(shape)

"""A record as a row of Parquet: typed columns for metadata, binary columns for arrays."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from share_data.corpus.layout import ARRAYS, MEMBERS
from share_data.corpus.record import RecordMetadata
from share_data.store.hashing import canonical_json

_PLAIN: dict[Any, Any] = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
_TEXT_LITERALS = ("precision", "times_source", "transfer")
_SCORE = "score_"


def _column(name: str, annotation: Any) -> tuple[str, Any]:
    """Name and Arrow type of a metadata field's column; nested fields become JSON text under `<name>_json`."""
    if name in _TEXT_LITERALS:
        return name, pa.string()
    if name == "format_version":
        return name, pa.int64()
    return (name, _PLAIN[annotation]) if annotation in _PLAIN else (f"{name}_json", pa.string())


_COLUMNS = {name: _column(name, info.annotation) for name, info in RecordMetadata.model_fields.items()}


def metadata_row(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """One row of metadata columns: scalars as they are, nested fields as JSON text in `<name>_json`."""
    row: dict[str, Any] = {}
    for name, (column, _) in _COLUMNS.items():
        row[column] = metadata[name] if column == name else canonical_json(metadata[name]).decode()
    return row


def index_row(metadata: Mapping[str, Any], location: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the index: metadata, every score as its own `score_<name>`, and where the members lie."""
    scores = {f"{_SCORE}{name}": value for name, value in metadata["scores"].items()}
    return {**metadata_row(metadata), **scores, **location}


def estimators_named(row: Mapping[str, Any]) -> dict[str, str]:
    """Kind and version of the estimators that made a record, by part, from its row: `{"humans": "blazepose 2", ...}`.

    Raises KeyError, TypeError or ValueError for a row that names none.
    """
    stamps = {part: json.loads(row[f"{part}_json"]) for part in ("humans", "geometry")}
    return {part: f"{stamp['kind']} {stamp['version']}" for part, stamp in stamps.items()}


def index_schema(rows: list[dict[str, Any]]) -> Any:
    """Arrow schema of the index of `rows`; a score that a record lacks is null."""
    places = [(f"{member}_{what}", pa.int64()) for member in MEMBERS for what in ("offset", "size")]
    scores = sorted({name for row in rows for name in row if name.startswith(_SCORE)})
    return pa.schema(
        [
            *_COLUMNS.values(),
            *((name, pa.float64()) for name in scores),
            ("shard", pa.string()),
            *places,
            ("safetensors_sha256", pa.string()),
        ]
    )


def records_schema() -> Any:
    """Arrow schema of the records files: metadata, `preview` (JPEG), then `X`, `X_dtype`, `X_shape` per array X."""
    arrays = [
        column
        for name in ARRAYS
        for column in ((name, pa.binary()), (f"{name}_dtype", pa.string()), (f"{name}_shape", pa.list_(pa.int32())))
    ]
    return pa.schema([*_COLUMNS.values(), ("preview", pa.binary()), *arrays])


def record_row(metadata: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], preview: bytes) -> dict[str, Any]:
    """One row of a records file; arrays as raw little-endian bytes in C order."""
    row: dict[str, Any] = {**metadata_row(metadata), "preview": preview}
    for name in ARRAYS:
        array = arrays[name]
        row[name] = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        row[f"{name}_dtype"] = array.dtype.name
        row[f"{name}_shape"] = list(array.shape)
    return row


def row_arrays(row: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of a records row. Raises ValueError when bytes, dtype and shape do not agree."""
    return {name: np.frombuffer(row[name], dtype=row[f"{name}_dtype"]).reshape(row[f"{name}_shape"]) for name in ARRAYS}

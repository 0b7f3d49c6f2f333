"""The metadata of a record as columns of Parquet: scalars as they are, nested fields as JSON text."""

import json
from collections.abc import Collection, Mapping
from typing import Any

import pyarrow as pa

from share_data.corpus.layout import FORMAT_VERSION, MEMBERS, fields_lacking
from share_data.corpus.record import RecordMetadata
from share_data.corpus.scores import SCORES
from share_data.store.hashing import canonical_json

_PLAIN: dict[Any, Any] = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
_TEXT_LITERALS = ("precision", "times_source", "transfer")
_SCORE = "score_"
KNOWN_SCORES = tuple(f"{_SCORE}{score.name}" for score in SCORES)


def _column(name: str, annotation: Any) -> tuple[str, Any]:
    """Name and Arrow type of a metadata field's column; nested fields become JSON text under `<name>_json`."""
    if name in _TEXT_LITERALS:
        return name, pa.string()
    if name == "format_version":
        return name, pa.int64()
    return (name, _PLAIN[annotation]) if annotation in _PLAIN else (f"{name}_json", pa.string())


_COLUMNS = {name: _column(name, info.annotation) for name, info in RecordMetadata.model_fields.items()}


def metadata_columns(version: int = FORMAT_VERSION) -> list[tuple[str, Any]]:
    """Name and Arrow type of the metadata columns of a format."""
    lacking = fields_lacking(version)
    return [column for name, column in _COLUMNS.items() if name not in lacking]


def metadata_row(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """One row of metadata columns: scalars as they are, nested fields as JSON text in `<name>_json`.

    There labels and scores are objects: a column of text has one type, whatever the text says.
    """
    row: dict[str, Any] = {}
    lacking = fields_lacking(metadata["format_version"])
    for name, (column, _) in _COLUMNS.items():
        if name in lacking:
            continue
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


def index_schema(
    rows: list[dict[str, Any]], version: int = FORMAT_VERSION, known: Collection[str] = KNOWN_SCORES
) -> Any:
    """Arrow schema of the index of `rows` of a format.

    A score that a record lacks is null. known: columns of scores that are there though no row has them, so that a
    score which no record could be given is not taken for one that nobody thought of.
    """
    places = [(f"{member}_{what}", pa.int64()) for member in MEMBERS for what in ("offset", "size")]
    scores = sorted({name for row in rows for name in row if name.startswith(_SCORE)}.union(known))
    return pa.schema(
        [
            *metadata_columns(version),
            *((name, pa.float64()) for name in scores),
            ("shard", pa.string()),
            *places,
            ("safetensors_sha256", pa.string()),
        ]
    )


def columns_lacking(found: Any, wanted: Any) -> bool:
    """Whether an Arrow schema lacks columns of another, in name or type. Columns of later additions are no obstacle."""
    return any(field.name not in found.names or found.field(field.name).type != field.type for field in wanted)

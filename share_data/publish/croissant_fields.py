"""Columns of a corpus' tables as Croissant's fields."""

from typing import Any

import pyarrow as pa

from share_data.corpus.record_columns import records_schema
from share_data.corpus.scores import SCORES

_ABOUT = {f"score_{score.name}": f"{score.sees} ({score.unit})" for score in SCORES}


def index_fields(record_set: str, source: str, schema: Any) -> list[dict[str, Any]]:
    """A field a column of the index.

    Args:
        record_set: id of the set of records they are of.
        source: id of the file they are columns of.
        schema: Arrow schema of the index.
    """
    return [_field(record_set, "fileObject", source, column) for column in schema]


def array_fields(record_set: str, source: str) -> list[dict[str, Any]]:
    """A field a column of the records files. Arguments as of `index_fields`."""
    return [_field(record_set, "fileSet", source, column) for column in records_schema()]


def _field(record_set: str, kind: str, source: str, column: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{record_set}/{column.name}",
        "name": column.name,
        "description": _ABOUT.get(column.name, column.name),
        "dataType": _data_type(column.type.value_type if pa.types.is_list(column.type) else column.type),
        "source": {kind: {"@id": source}, "extract": {"column": column.name}},
    }
    if pa.types.is_list(column.type):
        found |= {"isArray": True, "arrayShape": "-1"}
    return found


def _data_type(kind: Any) -> str:
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return "sc:Text"
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    known = {"float": "Float32", "double": "Float64"}
    return f"cr:{known.get(str(kind)) or str(kind).replace('int', 'Int').replace('uI', 'UI')}"

"""JSON Schemas of the corpus format, made from the models that write it."""

from typing import Any

from pydantic import TypeAdapter

from share_data.corpus.layout import ARRAYS
from share_data.corpus.manifest import Manifest
from share_data.corpus.record import RecordMetadata
from share_data.ledger import Entry


def record_schema() -> dict[str, Any]:
    """Schema of `KEY.json`; `x-arrays` lists the tensors of `KEY.safetensors` beside it."""
    arrays = {name: {"dtype": list(dtypes), "shape": list(shape)} for name, (dtypes, shape) in ARRAYS.items()}
    return {**RecordMetadata.model_json_schema(), "x-arrays": arrays}


def manifest_schema() -> dict[str, Any]:
    """Schema of manifest.json."""
    return Manifest.model_json_schema()


def ledger_schema() -> dict[str, Any]:
    """Schema of one row of ledger.parquet."""
    return TypeAdapter(Entry).json_schema()

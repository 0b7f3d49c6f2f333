"""JSON Schemas of what readers of a corpus meet, from the models that write it."""

from typing import Any

from pydantic import BaseModel, WithJsonSchema


def stored_as_pairs(value: str) -> WithJsonSchema:
    """What KEY.json holds of a mapping, see `metadata_json`. value: JSON type of the mapping's values."""
    pair = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "value": {"type": value}},
        "required": ["name", "value"],
    }
    return WithJsonSchema({"type": "array", "items": pair, "minItems": 1})


def open_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema, fields of later additions to the format allowed: the model itself refuses to write them."""
    schema = model.model_json_schema()
    for each in (schema, *schema.get("$defs", {}).values()):
        each.pop("additionalProperties", None)
    return schema

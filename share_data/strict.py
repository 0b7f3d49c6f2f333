"""The base of everything that can be written in a recipe."""

import difflib
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


class StrictModel(BaseModel):
    """Frozen, strict, no unknown fields; an unknown field is answered with the nearest known one.

    renamed: fields that once were, each with what it is now.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    renamed: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_fields(cls, data: Any) -> Any:
        unknown = [key for key in data if key not in cls.model_fields] if isinstance(data, dict) else []
        if not unknown:
            return data
        if told := cls.renamed.get(str(unknown[0])):
            raise PydanticCustomError(
                "unknown_field", "'{field}' is now {told}", {"field": str(unknown[0]), "told": told}
            )
        known = sorted(cls.model_fields)
        near = difflib.get_close_matches(str(unknown[0]), known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        message = "unknown field '{field}'; {hint}allowed here: {known}"
        raise PydanticCustomError(
            "unknown_field", message, {"field": str(unknown[0]), "hint": hint, "known": ", ".join(known)}
        )

"""KEY.json: a record's metadata as it is stored, and back. Standard library only.

Readers that infer columns from the first records, as Hugging Face's tar loader does, drop silently what only later ones
have. So every record has the same keys and types: an object whose keys are its own (labels, scores, weights, settings)
is stored as a list of `{"name", "value"}`, by name, its values all of one type. A list is never empty, since the type
of an empty one is unknown: one pair of an empty name and an empty value, or one empty text, stands for none.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from share_data.corpus.layout import FORMAT_VERSION, fields_lacking

_STAMPS: Final = ("humans", "geometry")
_NO_TEXT: Final = {"name": "", "value": ""}
_NO_NUMBER: Final = {"name": "", "value": 0.0}
_NO_TEXTS: Final = [""]


def metadata_to_json(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON value that KEY.json holds of a record's metadata, see `RecordMetadata`."""
    stored = dict(metadata)
    stored["labels"] = _pairs(metadata["labels"], str, _NO_TEXT)
    stored["scores"] = _pairs(metadata["scores"], float, _NO_NUMBER)
    stored["picture_changes"] = list(metadata["picture_changes"]) or _NO_TEXTS
    for part in _STAMPS:
        stamp = metadata[part]
        stored[part] = {
            **stamp,
            "weights": _pairs(stamp["weights"], str, _NO_TEXT),
            "settings": _pairs(stamp["settings"], _setting_to_text, _NO_TEXT),
        }
    return stored


def metadata_from_json(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A record's metadata from the content of KEY.json, of this format or an older one.

    Labels, scores, weights and settings are mappings by name, in every format. A field that the format lacks is None:
    not told. Fields that are not known here, of a later addition to the format, stay as they are. Raises KeyError,
    TypeError or ValueError for what is no metadata.
    """
    metadata = dict(stored)
    if metadata["format_version"] < FORMAT_VERSION:
        return {**dict.fromkeys(sorted(fields_lacking(metadata["format_version"]))), **metadata}
    metadata["labels"] = _mapping(stored["labels"])
    metadata["scores"] = _mapping(stored["scores"])
    metadata["picture_changes"] = [] if stored["picture_changes"] == _NO_TEXTS else stored["picture_changes"]
    for part in _STAMPS:
        stamp = stored[part]
        settings = {name: json.loads(text) for name, text in _mapping(stamp["settings"]).items()}
        metadata[part] = {**stamp, "weights": _mapping(stamp["weights"]), "settings": settings}
    return metadata


def _setting_to_text(value: str | float | bool) -> str:
    # JSON text, so that 1, 1.0, true and "1" stay four values.
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _pairs(named: Mapping[str, Any], stored: Callable[[Any], Any], none: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "value": stored(named[name])} for name in sorted(named)] or [dict(none)]


def _mapping(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    if pairs in ([_NO_TEXT], [_NO_NUMBER]):
        return {}
    return {pair["name"]: pair["value"] for pair in pairs}

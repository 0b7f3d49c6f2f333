"""Pipeline types to and from stored artifacts, exactly: what comes out equals what went in, arrays and all."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Intrinsics
from share_data.filters.base import Observation
from share_data.masks import MaskStack
from share_data.records import (
    EstimatorInfo,
    MainPerson,
    Measurement,
    Motion,
    PersonTrack,
    PointMap,
    Reconstruction,
    Scene,
)
from share_data.store.store import Artifact

T = TypeVar("T")

_STORED: tuple[type, ...] = (
    EstimatorInfo,
    Intrinsics,
    MainPerson,
    MaskStack,
    Measurement,
    Motion,
    Observation,
    PersonTrack,
    PointMap,
    Reconstruction,
    Scene,
)
_TYPES = {kind.__name__: kind for kind in _STORED}
# One-letter tags keep the JSON of long lists short: "a" array, "t" tuple, "d" mapping, "o" dataclass.


def to_artifact(value: Any) -> Artifact:
    """An artifact of a stored type, or of lists, tuples and mappings of them. Raises TypeError for anything else."""
    arrays: dict[str, NDArray[Any]] = {}
    return Artifact({"value": _pack(value, "value", arrays)}, arrays)


def _pack(value: Any, path: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """`value` as JSON, its arrays moved into `arrays` under their dotted path."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return {"a": path}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list):
        return [_pack(item, f"{path}.{i}", arrays) for i, item in enumerate(value)]
    if isinstance(value, tuple):
        return {"t": [_pack(item, f"{path}.{i}", arrays) for i, item in enumerate(value)]}
    if isinstance(value, Mapping):
        return {"d": {str(name): _pack(item, f"{path}.{name}", arrays) for name, item in value.items()}}
    if is_dataclass(value) and type(value).__name__ in _TYPES:
        parts = {f.name: _pack(getattr(value, f.name), f"{path}.{f.name}", arrays) for f in fields(value)}
        return {"o": type(value).__name__, "f": parts}
    raise TypeError(f"{path}: {type(value).__name__} cannot be stored")


def _unpack(node: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(node, list):
        return [_unpack(item, arrays) for item in node]
    if not isinstance(node, dict):
        return node
    if "a" in node:
        return arrays[node["a"]]
    if "t" in node:
        return tuple(_unpack(item, arrays) for item in node["t"])
    if "d" in node:
        return {name: _unpack(item, arrays) for name, item in node["d"].items()}
    return _TYPES[node["o"]](**{name: _unpack(item, arrays) for name, item in node["f"].items()})


def from_artifact(artifact: Artifact, kind: type[T]) -> T:
    """The value of an artifact made by `to_artifact`. Raises TypeError when it is not a `kind`."""
    value = _unpack(artifact.meta["value"], artifact.arrays)
    if not isinstance(value, kind):
        raise TypeError(f"the stored result is a {type(value).__name__}, not a {kind.__name__}")
    return value


def list_from_artifact(artifact: Artifact, kind: type[T]) -> list[T]:
    """As `from_artifact`, for a stored list whose items are all `kind`."""
    values = from_artifact(artifact, list)
    if wrong := [type(value).__name__ for value in values if not isinstance(value, kind)]:
        raise TypeError(f"the stored list holds {wrong[0]}, not only {kind.__name__}")
    return values

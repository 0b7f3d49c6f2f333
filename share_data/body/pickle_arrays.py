"""numpy's arrays in a pickle: what their dtype and shape declare is held against the bytes that are there."""

import collections
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.body.array_files import KINDS
from share_data.body.pickle_steps import Name, NotAllowedError, key, pairs

_CODE = re.compile(r"[biufcSU?][0-9]{0,4}")
_MOST_AXES = 32


class Holder(ABC):
    """An array or dtype that a pickle builds step by step."""

    @abstractmethod
    def set_state(self, state: Any) -> None:
        """Take what the last step gives. Raises ValueError for what does not fit."""

    @abstractmethod
    def content(self) -> Any:
        """What has been built. Raises ValueError where a step is missing."""


class _Dtype(Holder):
    def __init__(self, code: Any, *_: Any) -> None:
        if type(code) is not str or not _CODE.fullmatch(code):
            raise ValueError(f"an array of {str(code)[:20]!r}, which is not plain numbers or text")
        self._code, self._order = code, "="

    def set_state(self, state: Any) -> None:
        if type(state) is not tuple or not 5 <= len(state) <= 8 or state[1] not in ("<", ">", "|", "="):
            raise ValueError("a dtype that is none of plain numbers or text")
        if any(part is not None for part in state[2:5]):
            raise ValueError("a dtype of structures, which is not plain numbers or text")
        self._order = state[1]

    def content(self) -> np.dtype[Any]:
        dtype = np.dtype(("" if self._order == "|" else self._order) + self._code)
        if dtype.kind not in KINDS or not dtype.itemsize:
            raise ValueError(f"an array of {dtype}, which is not plain numbers or text")
        return dtype


class _Array(Holder):
    def __init__(self) -> None:
        self._values: NDArray[Any] | None = None

    def set_state(self, state: Any) -> None:
        if type(state) is not tuple or len(state) not in (4, 5):
            raise ValueError("an array whose state is none")
        shape, dtype, fortran, raw = state[-4:]
        self._values = _array(raw, _dtype_of(dtype), shape, "F" if fortran else "C")

    def content(self) -> NDArray[Any]:
        if self._values is None:
            raise ValueError("an array without values")
        return self._values


class _Ready(Holder):
    def __init__(self, values: NDArray[Any]) -> None:
        self._values = values

    def set_state(self, state: Any) -> None:
        raise ValueError("a step that changes an array")

    def content(self) -> NDArray[Any]:
        return self._values


def _dtype_of(value: Any) -> np.dtype[Any]:
    if not isinstance(value, _Dtype):
        raise ValueError("an array without a dtype")
    return value.content()


def _array(raw: Any, dtype: np.dtype[Any], shape: Any, order: Any) -> NDArray[Any]:
    data = raw.encode("latin-1") if type(raw) is str else raw
    if type(data) not in (bytes, bytearray) or type(shape) is not tuple or len(shape) > _MOST_AXES:
        raise ValueError("an array whose values or shape are none")
    if not all(type(side) is int and side >= 0 for side in shape) or order not in ("C", "F"):
        raise ValueError("an array whose shape is none")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"an array of {dtype} that declares shape {str(shape)[:80]} and holds {len(data):,} bytes")
    return np.ndarray(shape, dtype, bytes(data) if type(data) is bytearray else data, order=order)


def _reconstruct(kind: Any, *_: Any) -> _Array:
    if kind != Name("numpy", "ndarray"):
        raise NotAllowedError(f"an array that is {kind}")
    return _Array()


def _scalar(dtype: Any, raw: Any) -> Any:
    return _array(raw, _dtype_of(dtype), (), "C")[()]


def _from_buffer(buffer: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> _Ready:
    """`numpy._core.numeric._frombuffer`: how protocol 5 writes an array."""
    if order == "K" and axes is not None:
        return _Ready(_array(buffer, _dtype_of(dtype), shape, "C").transpose(axes))
    return _Ready(_array(buffer, _dtype_of(dtype), shape, order))


def _encode(text: str, encoding: str) -> bytes:
    """`_codecs.encode`, which Python 3 uses to write bytes in old protocols, for that one encoding."""
    if encoding not in ("latin1", "latin-1"):
        raise NotAllowedError(f"_codecs.encode(..., {encoding!r})")
    return text.encode("latin1")


def _bytearray(content: Any = b"", encoding: str = "latin-1") -> bytearray:
    if type(content) not in (bytes, str):
        raise ValueError("a buffer of what is no bytes")
    return bytearray(_encode(content, encoding) if type(content) is str else content)


def _ordered(items: Any = ()) -> Any:
    return collections.OrderedDict(pairs([part for key_and_value in items for part in key_and_value]))


def _not_called(*_: Any) -> Any:
    raise NotAllowedError("a class of numpy's or Python's own, called")


MAKERS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "ndarray"): _not_called,
    ("numpy", "dtype"): _Dtype,
    ("collections", "OrderedDict"): _ordered,
    ("_codecs", "encode"): _encode,
    **{(module, "_reconstructor"): _not_called for module in ("copyreg", "copy_reg")},
    **{
        (module, name): maker
        for module in ("builtins", "__builtin__")
        for name, maker in (
            ("set", lambda items=(): set(map(key, items))),
            ("frozenset", lambda items=(): frozenset(map(key, items))),
            ("bytearray", _bytearray),
            ("complex", lambda real, imaginary=0.0: complex(float(real), float(imaginary))),
            ("object", _not_called),
        )
    },
    **{
        (f"numpy.{core}.{module}", name): maker
        for core in ("core", "_core")
        for module, name, maker in (
            ("multiarray", "_reconstruct", _reconstruct),
            ("multiarray", "scalar", _scalar),
            ("numeric", "_frombuffer", _from_buffer),
        )
    },
}
"""What a pickle may name, and what comes of calling it: numpy's own functions moved in numpy 2."""

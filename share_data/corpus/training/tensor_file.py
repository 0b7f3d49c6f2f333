"""Where the arrays of a record lie within its shard, so that a reader can take parts of them."""

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from share_data.corpus.layout import ARRAYS, OPTIONAL
from share_data.store.outside import parse_json

TAR_BLOCK = 512
HEAD = 4096
"""Bytes of a record's beginning that hold its list of arrays, most often."""
_LARGEST_HEADER = 1 << 20
_DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"), "U16": np.dtype("<u2"), "U8": np.dtype("u1"), "BOOL": np.dtype("?"),
}  # fmt: skip
_ALLOWED = {name: (frozenset(map(np.dtype, dtypes)), shape) for name, (dtypes, shape) in ARRAYS.items()}
_NAME = re.compile(rb"([A-Za-z0-9_-]{1,88})\.safetensors\0")


@dataclass(frozen=True, slots=True)
class Stored:
    """One array: its dtype, shape, and where its first byte lies, from the beginning of the safetensors file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    start: int

    @property
    def row_bytes(self) -> int:
        """Bytes of one row, along the first axis."""
        return self.dtype.itemsize * math.prod(self.shape[1:])


def key_of(block: bytes) -> str:
    """The key in the tar header of a record's arrays. Raises ValueError where there is none."""
    name = _NAME.match(block)
    if name is None or block[257:262] != b"ustar":
        raise ValueError("the index does not point at a record's arrays")
    return name[1].decode()


def header_bytes(head: bytes, size: int) -> int:
    """How many bytes the list of arrays takes, with its length before it.

    Args:
        head: the file's first bytes, 8 at least.
        size: of the file.

    Raises:
        ValueError: it can be none.
    """
    if len(head) < 8:
        raise ValueError("its arrays end too early")
    (length,) = struct.unpack_from("<Q", head)
    if length > min(_LARGEST_HEADER, size - 8):
        raise ValueError("its list of arrays cannot be that long")
    return 8 + int(length)


def stored_arrays(header: bytes, size: int) -> dict[str, Stored]:
    """The arrays of a record, by name; those that are known are of the types and shapes of `layout.ARRAYS`.

    Args:
        header: `header_bytes` bytes.
        size: of the whole file.

    Raises:
        ValueError: it is no list of a record's arrays; the message names the array.
    """
    listed = parse_json(header[8:])
    if not isinstance(listed, dict):
        raise ValueError("its list of arrays is none")
    found = {name: _stored(name, entry, len(header), size) for name, entry in listed.items() if name != "__metadata__"}
    if problem := _problem(found):
        raise ValueError(problem)
    return found


def _stored(name: str, entry: Any, after: int, size: int) -> Stored:
    try:
        dtype, shape, (start, stop) = _DTYPES[entry["dtype"]], tuple(entry["shape"]), entry["data_offsets"]
        for length in (*shape, start):
            if not isinstance(length, int) or length < 0:
                raise ValueError
        if stop - start != dtype.itemsize * math.prod(shape) or after + stop > size:
            raise ValueError
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"array {name!r} is not where its list says") from error
    return Stored(dtype, shape, after + start)


def _problem(found: Mapping[str, Stored]) -> str:
    lengths: dict[str, int] = {}
    for name, (dtypes, shape) in _ALLOWED.items():
        array = found.get(name)
        if array is None:
            if name in OPTIONAL:
                continue
            return f"array {name!r} is missing"
        if array.dtype not in dtypes:
            return f"array {name!r} is {array.dtype.name}"
        if len(array.shape) != len(shape):
            return f"array {name!r} has shape {array.shape}"
        for wanted, length in zip(shape, array.shape, strict=True):
            if (lengths.setdefault(wanted, length) if isinstance(wanted, str) else wanted) != length:
                return f"array {name!r} has shape {array.shape}"
    return ""

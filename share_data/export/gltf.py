"""A binary glTF 2.0 file put together: arrays become accessors, and the whole becomes bytes.

Specification: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
_SHAPES = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}
VERTICES, INDICES = 34962, 34963
"""What a buffer view is for; None for animations and matrices."""


class GlbFile:
    """Append arrays, set `document`'s other parts, take `bytes`."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {"accessors": [], "bufferViews": []}
        self._data = bytearray()

    def add(
        self, array: NDArray[Any], target: int | None = None, bounds: bool = False, normalized: bool = False
    ) -> int:
        """An accessor's number.

        Args:
            array: (N, ...) of a type that glTF has; matrices (N, 4, 4) by rows, stored by columns as glTF wants them.
            target: `VERTICES`, `INDICES` or None.
            bounds: say the least and greatest values, which glTF asks for of positions and of animation times.
            normalized: whole numbers stand for 0 to 1.
        """
        rows = np.ascontiguousarray(array.transpose(0, 2, 1) if array.ndim == 3 else array)
        self._data += b"\0" * (-len(self._data) % 4)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._data), "byteLength": rows.nbytes}
        if target is not None:
            view["target"] = target
        self._data += rows.tobytes()
        accessor: dict[str, Any] = {
            "bufferView": len(self.document["bufferViews"]),
            "componentType": _COMPONENTS[rows.dtype.name],
            "count": len(rows),
            "type": _SHAPES[array.shape[1:]],
        }
        if bounds:
            low, high = np.atleast_1d(rows.min(axis=0)), np.atleast_1d(rows.max(axis=0))
            accessor |= {"min": low.tolist(), "max": high.tolist()}
        if normalized:
            accessor["normalized"] = True
        self.document["bufferViews"].append(view)
        self.document["accessors"].append(accessor)
        return len(self.document["accessors"]) - 1

    def bytes(self) -> bytes:
        """The file."""
        data = bytes(self._data) + b"\0" * (-len(self._data) % 4)
        whole = {"asset": {"version": "2.0", "generator": "share-data"}, **self.document}
        whole["buffers"] = [{"byteLength": len(data)}]
        told = json.dumps(whole, separators=(",", ":"), ensure_ascii=True).encode()
        told += b" " * (-len(told) % 4)
        parts = [(len(told), b"JSON", told), (len(data), b"BIN\0", data)]
        body = b"".join(size.to_bytes(4, "little") + kind + content for size, kind, content in parts)
        return b"glTF" + (2).to_bytes(4, "little") + (12 + len(body)).to_bytes(4, "little") + body


def linear(colors: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """sRGB bytes (N, 3) as the linear, opaque colours (N, 4) that glTF's COLOR_0 is, in 16 bits (IEC 61966-2-1)."""
    level = np.arange(256) / 255
    table = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    rgb = np.rint(table * 65535).astype(np.uint16)[colors]
    return np.concatenate([rgb, np.full((len(rgb), 1), 65535, np.uint16)], axis=1)

"""C3D: marker paths in the binary format of motion capture (https://www.c3d.org/docs/C3D_User_Guide.pdf)."""

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.export.base import File, Format
from share_data.export.motion import ClipMotion
from share_data.export.skeleton import NAMES
from share_data.records import Bools

MILLIMETRES = 1000.0
MOST_FRAMES = 65_534
"""Frame numbers are 16 bits, and some readers take the last of them for none."""
_BLOCK = 512
_PROCESSOR = 84
"""Little-endian numbers, IEEE floats."""
_SEEN = 0x0101
"""Seen by the first camera, residual 1, in whichever byte a reader looks for which of the two. 0: interpolated."""


class C3d(Format):
    """`KEY.c3d`: SMPL's 24 joints as points; millimetres, z up. Longer clips are cut: `KEY_1.c3d`, `KEY_2.c3d`, ..."""

    name = "c3d"
    says = (
        "positions of joints alone, as if they were markers on the skin: no rotations, no mesh, no scene",
        "frames in which nobody was seen have the residual 0: interpolated; that of all others, 1 mm, says nothing",
        f"clips of more than {MOST_FRAMES} frames are cut into several files",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        key, frames = clip.metadata["key"], len(clip.times)
        parts = -(-frames // MOST_FRAMES)
        if parts > 1:
            notes["cut_into"] = parts
        for part in range(parts):
            rows = slice(part * MOST_FRAMES, (part + 1) * MOST_FRAMES)
            name = f"{key}_{part + 1}" if parts > 1 else key
            yield f"{name}.c3d", c3d(clip.joints[rows] * MILLIMETRES, clip.seen[rows], clip.fps)


def c3d(points: Floats, seen: Bools, fps: float) -> bytes:
    """A file of float points.

    Args:
        points: (T, 24, 3) millimetres.
        seen: (T,) else the points are interpolated.
        fps: frames a second.
    """
    frames, count, _ = points.shape
    parameters = _parameters(frames, fps, data_block=0)
    data_block = 2 + len(parameters) // _BLOCK
    parameters = _parameters(frames, fps, data_block)
    header = struct.pack("<BBHHHHHfHHf", 2, 80, count, 0, 1, frames, 0, -1.0, data_block, 0, fps)
    rows = np.empty((frames, count, 4), "<f4")
    rows[..., :3], rows[..., 3] = points, np.where(seen, _SEEN, 0)[:, None]
    data = rows.tobytes()
    return header.ljust(_BLOCK, b"\0") + parameters + data + b"\0" * (-len(data) % _BLOCK)


def _parameters(frames: int, fps: float, data_block: int) -> bytes:
    groups: list[tuple[str, list[bytes]]] = [
        ("POINT", [
            _words("USED", [len(NAMES)]), _floats("SCALE", [-1.0]), _floats("RATE", [fps]),
            _words("DATA_START", [data_block]), _words("FRAMES", [frames]), _texts("LABELS", NAMES),
            _texts("DESCRIPTIONS", NAMES), _texts("UNITS", ["mm"]), _texts("X_SCREEN", ["+X"]),
            _texts("Y_SCREEN", ["+Z"]),
        ]),
        ("ANALOG", [_words("USED", [0]), _floats("RATE", [fps]), _floats("GEN_SCALE", [1.0])]),
        ("FORCE_PLATFORM", [_words("USED", [0])]),
    ]  # fmt: skip
    records: list[tuple[int, bytes]] = []
    for number, (name, parameters) in enumerate(groups, 1):
        records.append((-number, _named(name, b"")))
        records += [(number, parameter) for parameter in parameters]
    body = b""
    for position, (number, content) in enumerate(records):
        name_end = 1 + content[0]
        last = position == len(records) - 1
        # To the next record, from the two bytes of this very number; 0 ends the list.
        ahead = 0 if last else len(content) - name_end + 2 + 1
        body += struct.pack("<bb", content[0], number) + content[1:name_end]
        body += struct.pack("<H", ahead) + content[name_end:] + b"\0"
    blocks = -(-(len(body) + 4) // _BLOCK)
    return (struct.pack("<BBBB", 1, 80, blocks, _PROCESSOR) + body).ljust(blocks * _BLOCK, b"\0")


def _named(name: str, content: bytes) -> bytes:
    """The length of a name, the name, then what comes behind the pointer; an empty description is added at the end."""
    return struct.pack("B", len(name)) + name.encode() + content


def _words(name: str, values: Sequence[int]) -> bytes:
    return _named(name, struct.pack(f"<bB{len(values)}H", 2, 0, *values))


def _floats(name: str, values: Sequence[float]) -> bytes:
    return _named(name, struct.pack(f"<bB{len(values)}f", 4, 0, *values))


def _texts(name: str, values: Sequence[str]) -> bytes:
    width = max(map(len, values))
    sizes = (width,) if len(values) == 1 else (width, len(values))
    text = "".join(value.ljust(width) for value in values)
    return _named(name, struct.pack(f"<bB{len(sizes)}B", -1, len(sizes), *sizes) + text.encode())

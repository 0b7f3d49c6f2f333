"""Which part of an MP4's pictures is shown: the lengths in its headers, put right where a muxer counted hidden ones."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path

_FOLDERS = (b"trak", b"edts")
# Where a header has its length, by version: the offset in the box' body, and how it is written.
_LENGTHS = {b"mvhd": ((16, ">I"), (24, ">Q")), b"tkhd": ((20, ">I"), (28, ">Q"))}
_EDITS = (struct.Struct(">Ii4x"), struct.Struct(">Qq4x"))


def end_showing(path: Path, length: int) -> None:
    """Let an MP4 of one track, not in fragments, end after `length` units of its movie time scale.

    Its last edit and the lengths of track and movie are set; pictures beyond stay in the file for those that refer to
    them, and are not shown.
    """
    with path.open("r+b") as file:
        for kind, start, stop in _top_level(file.fileno(), path.stat().st_size):
            if kind == b"moov":
                file.seek(start)
                moov = bytearray(file.read(stop - start))
                _set_lengths(moov, 0, len(moov), length)
                file.seek(start)
                file.write(moov)


def _top_level(descriptor: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte and end of the body of every box of a file; what is in them is not read."""
    place = 0
    while place + 8 <= size:
        head = os.pread(descriptor, 16, place)
        length, kind = struct.unpack_from(">I4s", head)
        body = place + 8
        if length == 1:
            (length,), body = struct.unpack_from(">Q", head, 8), place + 16
        stop = place + length if length else size
        yield kind, body, stop
        place = stop


def _set_lengths(data: bytearray, place: int, stop: int, length: int) -> None:
    while place < stop:
        size, kind = struct.unpack_from(">I4s", data, place)
        body = place + 8
        if kind in _FOLDERS:
            _set_lengths(data, body, place + size, length)
        elif kind in _LENGTHS:
            offset, form = _LENGTHS[kind][data[body]]
            struct.pack_into(form, data, body + offset, length)
        elif kind == b"elst":
            _set_last_edit(data, body, length)
        place += size


def _set_last_edit(data: bytearray, body: int, length: int) -> None:
    """An edit before it shows nothing: it stands for the time until the first picture."""
    edit = _EDITS[data[body]]
    (count,) = struct.unpack_from(">I", data, body + 4)
    before = sum(edit.unpack_from(data, body + 8 + k * edit.size)[0] for k in range(count - 1))
    last = body + 8 + (count - 1) * edit.size
    edit.pack_into(data, last, length - before, edit.unpack_from(data, last)[1])

"""The clean aperture of a track in an MP4 or MOV file (ISO/IEC 14496-12, `clap`)."""

import os
import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO, NamedTuple

from share_data.video.display import WHOLE, Crop

_SAMPLE_ENTRY = 78
"""Bytes of a visual sample entry before its boxes."""
_MAX_BOXES = 10_000


class _Box(NamedTuple):
    """Where in the file a box's content begins and ends."""

    name: bytes
    start: int
    stop: int


def clean_aperture(file: BinaryIO, track_id: int, width: int, height: int) -> tuple[Crop, Fraction | None]:
    """What `clap` leaves out of this track's `width` x `height` pictures, in whole pixels.

    With it, the aspect of a stored pixel where only the track's size tells it: that size is the aperture's, and FFmpeg
    takes it for that of the whole picture. Raises LookupError, struct.error or ArithmeticError for a broken file.
    """
    whole = _Box(b"", 0, file.seek(0, os.SEEK_END))
    for track in _below(file, whole, b"moov", b"trak"):
        header = next(_below(file, track, b"tkhd"), None)
        if header is None or _track_id(file, header) != track_id:
            continue
        for descriptions in _below(file, track, b"mdia", b"minf", b"stbl", b"stsd"):
            for entry in _boxes(file, descriptions.start + 8, descriptions.stop):
                inside = {box.name: box for box in _boxes(file, entry.start + _SAMPLE_ENTRY, entry.stop)}
                if b"clap" in inside:
                    shown = _size(file, header) if b"pasp" not in inside else None
                    return _read(file, inside[b"clap"], width, height, shown)
    return WHOLE, None


def _read(
    file: BinaryIO, box: _Box, width: int, height: int, shown: tuple[int, int] | None
) -> tuple[Crop, Fraction | None]:
    """Of four fractions: width, height, and how far its centre lies right of and below the picture's."""
    file.seek(box.start)
    told = struct.unpack(">8i", file.read(32))
    wide, high, right, down = (Fraction(told[k], told[k + 1]) for k in (0, 2, 4, 6))
    left, top = round((width - wide) / 2 + right), round((height - high) / 2 + down)
    crop = Crop(left, top, width - left - round(wide), height - top - round(high))
    if shown is None or not all(shown) or shown == (width, height):
        return crop, None
    return crop, Fraction(*shown) / (wide / high)


def _track_id(file: BinaryIO, header: _Box) -> int:
    file.seek(header.start)
    version = file.read(1)[0]
    file.seek(header.start + (20 if version == 1 else 12))
    return int.from_bytes(file.read(4), "big")


def _size(file: BinaryIO, header: _Box) -> tuple[int, int]:
    """Of the track as shown, before its matrix."""
    file.seek(header.stop - 8)
    wide, high = struct.unpack(">II", file.read(8))
    return wide >> 16, high >> 16


def _below(file: BinaryIO, box: _Box, *names: bytes) -> Iterator[_Box]:
    """The boxes at the end of this path below `box`."""
    for inside in _boxes(file, box.start, box.stop):
        if inside.name == names[0]:
            yield from _below(file, inside, *names[1:]) if names[1:] else (inside,)


def _boxes(file: BinaryIO, at: int, end: int) -> Iterator[_Box]:
    for _ in range(_MAX_BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        start = at + 8
        if size == 1:
            size, start = struct.unpack(">Q", file.read(8))[0], at + 16
        stop = min(at + size, end) if size else end
        yield _Box(name, start, stop)
        at = max(stop, start)

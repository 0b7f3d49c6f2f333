"""Boxes put into the headers of MP4 files, for tests: what no writer at hand writes."""

import struct
from fractions import Fraction
from pathlib import Path

_TO_ENTRY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_BEFORE_BOXES = {b"stsd": 8, b"avc1": 78, b"mp4v": 78}


def add_clean_aperture(path: Path, left: int, top: int, right: int, bottom: int, size: tuple[int, int]) -> Path:
    """Say that this much is to be cropped from the (width, height) pictures of an MP4 of one H.264 track, in place."""
    width, height = size[0] - left - right, size[1] - top - bottom
    numbers = (width, height, Fraction(left - right, 2), Fraction(top - bottom, 2))
    fractions = [Fraction(number) for number in numbers]
    body = b"clap" + b"".join(struct.pack(">ii", number.numerator, number.denominator) for number in fractions)
    return _insert(path, struct.pack(">I", len(body) + 4) + body, (*_TO_ENTRY, b"avc1"))


def set_track_size(path: Path, width: int, height: int) -> Path:
    """The size at which the only track says it is shown, in place; its pixel aspect is not told any more."""
    data = bytearray(path.read_bytes())
    struct.pack_into(">II", data, data.index(b"tkhd") + 4 + 76, width << 16, height << 16)
    if b"pasp" in data:
        at = data.index(b"pasp")
        data[at : at + 4] = b"free"
    path.write_bytes(data)
    return path


def _insert(path: Path, box: bytes, names: tuple[bytes, ...]) -> Path:
    """Put `box` at the end of the box at this path; the media data must come before the header, as PyAV writes it."""
    data = bytearray(path.read_bytes())
    start, end, opened = 0, len(data), []
    for name in names:
        at = start
        while data[at + 4 : at + 8] != name:
            at += struct.unpack(">I", data[at : at + 4])[0]
        opened.append(at)
        start, end = at + 8 + _BEFORE_BOXES.get(name, 0), at + struct.unpack(">I", data[at : at + 4])[0]
    data[end:end] = box
    for at in opened:
        struct.pack_into(">I", data, at, struct.unpack(">I", data[at : at + 4])[0] + len(box))
    path.write_bytes(data)
    return path

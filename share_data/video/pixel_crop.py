"""The cropping of a video track in a Matroska or WebM file (`PixelCropTop` and its like)."""

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from share_data.video.display import WHOLE, Crop

_SEGMENT, _TRACKS, _CLUSTER, _ENTRY, _TYPE, _VIDEO = 0x18538067, 0x1654AE6B, 0x1F43B675, 0xAE, 0x83, 0xE0
_LEFT, _TOP, _RIGHT, _BOTTOM = 0x54CC, 0x54BB, 0x54DD, 0x54AA
_MAX_ELEMENTS = 10_000


class _Element(NamedTuple):
    """Where in the file an element's content begins and ends."""

    name: int
    start: int
    stop: int


def pixel_crop(file: BinaryIO, number: int) -> Crop:
    """What is left out of the pictures of the video track of this number, counted from 0 among the video tracks.

    Raises LookupError for a broken file, and for one whose tracks come after its pictures.
    """
    whole = _Element(0, 0, file.seek(0, os.SEEK_END))
    segment = next(element for element in _inside(file, whole) if element.name == _SEGMENT)
    for element in _inside(file, segment):
        if element.name == _CLUSTER:
            break
        if element.name == _TRACKS:
            entries = [_by_name(file, entry) for entry in _inside(file, element) if entry.name == _ENTRY]
            entry = [entry for entry in entries if _value(file, entry.get(_TYPE)) == 1][number]
            video = _by_name(file, entry[_VIDEO])
            return Crop(*(_value(file, video.get(side)) for side in (_LEFT, _TOP, _RIGHT, _BOTTOM)))
    return WHOLE


def _by_name(file: BinaryIO, element: _Element) -> dict[int, _Element]:
    return {inside.name: inside for inside in _inside(file, element)}


def _inside(file: BinaryIO, element: _Element) -> Iterator[_Element]:
    at = element.start
    for _ in range(_MAX_ELEMENTS):
        if at + 2 > element.stop:
            return
        file.seek(at)
        head = file.read(12)
        of_name = 9 - head[0].bit_length()
        of_size = 9 - head[of_name].bit_length()
        largest = (1 << 7 * of_size) - 1
        size = int.from_bytes(head[of_name : of_name + of_size], "big") & largest
        start = at + of_name + of_size
        # All ones: it lasts as long as what it is in, in files that are written as they are filmed.
        at = element.stop if size == largest else min(start + size, element.stop)
        yield _Element(int.from_bytes(head[:of_name], "big"), start, at)


def _value(file: BinaryIO, element: _Element | None) -> int:
    if element is None:
        return 0
    file.seek(element.start)
    return int.from_bytes(file.read(min(element.stop - element.start, 8)), "big")

"""Images of full size of which the file holds what VIMO looks at: what is black in them is one tile, written once.

A TIFF may give many of its tiles the same place in the file. So whoever reads it gets the whole image, every pixel and
every coordinate where it is in the video, and only the tiles about the person are copied and written, uncompressed.
After TIFF 6.0 (Adobe, 1992), section 15.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.video.picture import Image

TILE = 64
"""Side of a tile, pixels; the format wants multiples of 16."""
SIGHT = 1.2
"""Side of the square that VIMO looks at, in longer sides of the box."""
_ROUNDING_PX = 2
"""It cuts the square at whole pixels."""
_BYTES = 3 * TILE * TILE
_SHORT, _LONG = 3, 4
_HEADER, _TAGS = 8, 10


@dataclass(frozen=True, slots=True)
class Part:
    """The pixels [top, bottom) x [left, right) of an image."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def about(cls, box: Floats, width: int, height: int) -> "Part":
        """What VIMO sees of an image of this size when it looks at a box (4,) px."""
        half = SIGHT / 2 * max(box[2] - box[0], box[3] - box[1]) + _ROUNDING_PX
        centre = (box[:2] + box[2:]) / 2
        left, top = np.clip(np.floor(centre - half), 0, (width, height)).astype(int).tolist()
        right, bottom = np.clip(np.ceil(centre + half), 0, (width, height)).astype(int).tolist()
        return cls(left, top, right, bottom)


def write_part(path: Path, image: Image, part: Part) -> None:
    """Write an image, (H, W, 3) uint8 RGB, that is black outside of a part of it."""
    height, width = image.shape[:2]
    columns, rows = -(-width // TILE), -(-height // TILE)
    left, top = part.left // TILE, part.top // TILE
    right, bottom = -(-part.right // TILE), -(-part.bottom // TILE)
    canvas = np.zeros((bottom - top, TILE, right - left, TILE, 3), np.uint8)
    flat = canvas.reshape((bottom - top) * TILE, (right - left) * TILE, 3)
    inside = np.s_[part.top - top * TILE : part.bottom - top * TILE, part.left - left * TILE : part.right - left * TILE]
    flat[inside] = image[part.top : part.bottom, part.left : part.right]
    tiles = canvas.swapaxes(1, 2)
    places = np.zeros((rows, columns), "<u4")
    places[top:bottom, left:right] = np.arange(1, tiles.shape[0] * tiles.shape[1] + 1).reshape(tiles.shape[:2])
    path.write_bytes(b"".join((_head(width, height, places), bytes(_BYTES), tiles.tobytes())))


def _head(width: int, height: int, places: NDArray[np.unsignedinteger]) -> bytes:
    """All of the file before its tiles. places: (rows, columns), each the number of its tile in the file."""
    count = places.size
    bits = _HEADER + 2 + 12 * _TAGS + 4
    offsets, sizes = bits + 6, bits + 6 + 4 * count
    where = places.astype("<u4") * _BYTES + (sizes + 4 * count)
    alone = count == 1  # What fits into a tag stands in it, and no place of it.
    tags = [
        (256, _LONG, 1, width),
        (257, _LONG, 1, height),
        (258, _SHORT, 3, bits),  # bits of each of the three colours
        (259, _SHORT, 1, 1),  # not compressed
        (262, _SHORT, 1, 2),  # RGB
        (277, _SHORT, 1, 3),
        (322, _LONG, 1, TILE),
        (323, _LONG, 1, TILE),
        (324, _LONG, count, where.item() if alone else offsets),
        (325, _LONG, count, _BYTES if alone else sizes),
    ]
    return b"".join(
        (
            struct.pack("<2sHIH", b"II", 42, _HEADER, _TAGS),
            *(struct.pack("<HHII", *tag) for tag in tags),
            struct.pack("<IHHH", 0, 8, 8, 8),
            where.tobytes(),
            np.full(count, _BYTES, "<u4").tobytes(),
        )
    )

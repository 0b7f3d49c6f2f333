"""The images of a video's samples, and the main person's masks, in pieces that are written as the video is gone through
and read where they are needed: a long video's do not fit into memory together. They are kept without loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from share_data.records import Bools, Ints
from share_data.store.store import Artifact
from share_data.video.picture import Image

PIECE = 64
"""Samples a piece."""
_CODEC = pa.Codec("zstd", 1)
"""On each row less the one above it: a sixth of the time that PNG takes, and a tenth larger."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One sample. grey: (h, w) uint8; mask: (h, w) bool of the main person, None where nobody is or none was taken."""

    grey: Image
    mask: Bools | None = None


def pack(pictures: Sequence[Picture]) -> Artifact:
    """A piece."""
    parts = [_encoded(each.grey) for each in pictures]
    masks = [np.zeros(0, np.uint8) if each.mask is None else _encoded(each.mask.view(np.uint8)) for each in pictures]
    sizes = {"grey_bytes": [len(part) for part in parts], "mask_bytes": [len(part) for part in masks]}
    return Artifact(sizes, {"greys": np.concatenate(parts), "masks": np.concatenate(masks)})


class Pictures:
    """A video's samples, by their number. piece: reads piece n from wherever it lies."""

    def __init__(self, piece: Callable[[int], Artifact]) -> None:
        self._piece = piece

    def read(self, samples: Ints) -> list[Picture]:
        """These samples, ascending: of each piece only what is asked for is unpacked."""
        found: list[Picture] = []
        for number in np.unique(samples // PIECE).tolist():
            piece = self._piece(number)
            greys = _spans(piece.meta["grey_bytes"]), piece.arrays["greys"]
            masks = _spans(piece.meta["mask_bytes"]), piece.arrays["masks"]
            for place in (samples[samples // PIECE == number] % PIECE).tolist():
                mask = _decoded(*masks, place)
                grey = _decoded(*greys, place)
                assert grey is not None
                found.append(Picture(grey, None if mask is None else mask.view(np.bool_)))
        return found


def _encoded(image: Image) -> Image:
    """(n,) uint8: height and width, two bytes each, then the compressed rows."""
    rows = image.copy()
    rows[1:] -= image[:-1]
    size = np.array(image.shape, "<u2").tobytes()
    return np.frombuffer(size + _CODEC.compress(rows.tobytes(), asbytes=True), np.uint8)


def _spans(sizes: Sequence[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _decoded(ends: Ints, data: Image, place: int) -> Image | None:
    part = data[ends[place] : ends[place + 1]].tobytes()
    if not part:
        return None
    height, width = np.frombuffer(part[:4], "<u2").tolist()
    rows = np.frombuffer(_CODEC.decompress(part[4:], height * width), np.uint8).reshape(height, width)
    return np.asarray(np.add.accumulate(rows, axis=0, dtype=np.uint8))

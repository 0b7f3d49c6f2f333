"""Images that have gone by and may be asked for once more: in a file without a name, not decoded again."""

import tempfile
from collections.abc import Sequence
from threading import Lock
from typing import IO

import numpy as np

from share_data.video.picture import Image


class KeptImages:
    """Some frames of a clip. One thread may add while another reads; where there is no room, none is kept."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._wanted = frozenset(numbers)
        self._places: dict[int, int] = {}
        self._file: IO[bytes] | None = None
        self._shape: tuple[int, ...] = ()
        self._lock = Lock()

    def add(self, number: int, image: Image) -> None:
        """Keep a frame, if it is one of those. image: (H, W, 3) uint8, of the same size each time."""
        if number not in self._wanted:
            return
        with self._lock:
            try:
                if self._file is None:
                    self._file = tempfile.TemporaryFile(prefix="share-frames-", buffering=0)  # noqa: SIM115  it stays
                    self._shape = image.shape
                place = len(self._places) * image.nbytes
                self._file.seek(place)
                if self._file.write(np.ascontiguousarray(image).data) == image.nbytes:
                    self._places[number] = place
                    return
            except OSError:
                pass
            self._wanted = frozenset()

    def read(self, indices: Sequence[int]) -> list[Image] | None:
        """These frames, or None where one of them is not kept."""
        with self._lock:
            if self._file is None or not self._places.keys() >= set(indices):
                return None
            try:
                return [self._read(self._places[number]) for number in indices]
            except OSError:
                return None

    def _read(self, place: int) -> Image:
        assert self._file is not None
        image = np.empty(self._shape, np.uint8)
        self._file.seek(place)
        if self._file.readinto(image.data.cast("B")) != image.nbytes:  # type: ignore[attr-defined]
            raise OSError("cut off")
        return image

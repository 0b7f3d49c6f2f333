"""A record's arrays within its shard, found by its row of the index, checked before anything is taken of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.corpus.storage import Opened, Storage
from share_data.corpus.training.rows import Rows
from share_data.corpus.training.tensor_file import HEAD, TAR_BLOCK, Stored, header_bytes, key_of, stored_arrays
from share_data.errors import CorpusError

Read = Callable[[Sequence[tuple[int, NDArray[Any]]]], None]
"""Fills contiguous arrays with the bytes of a record's arrays, from these places in its safetensors file on."""


@dataclass(frozen=True, slots=True)
class RecordFile:
    """key: the record's; read: fills arrays with its arrays' bytes; stored: where they lie; shard: reads the shard."""

    key: str
    read: Read
    stored: dict[str, Stored]
    shard: Opened

    def whole(self, name: str) -> NDArray[Any]:
        """An array as it is stored."""
        place = self.stored[name]
        array = np.empty(place.shape, place.dtype)
        self.read([(place.start, array)])
        return array


@contextmanager
def opened_record(storage: Storage, rows: Rows, row: int) -> Iterator[RecordFile]:
    """The record of a row, for as long as the block lasts.

    Raises:
        CorpusError: it is not there, or damaged; also for what goes wrong in the block. Names shard and record.
    """
    shard = rows.shards[rows.shard[row]]
    try:
        with storage.opened(shard) as file:
            offset, size = int(rows.safetensors_offset[row]), int(rows.safetensors_size[row])
            key, header = _header(file, offset, size)
            stored = stored_arrays(header, size)
            if _lengths(stored) != (int(rows.n_frames[row]), int(rows.n_points[row])):
                raise ValueError("its arrays are not as long as the index says")

            def read(parts: Sequence[tuple[int, NDArray[Any]]]) -> None:
                file([(offset + start, array) for start, array in parts])

            yield RecordFile(key, read, stored, file)
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"{shard}: record {int(rows.number[row])} cannot be read ({error}). Run `share-data validate` on "
            f"{storage.place}."
        ) from error


def _header(file: Opened, offset: int, size: int) -> tuple[str, bytes]:
    """The key in the tar header before the arrays, and the list of arrays; in one request, most often."""
    head = np.empty(TAR_BLOCK + min(HEAD, size), np.uint8)
    file([(offset - TAR_BLOCK, head)])
    data = head.tobytes()
    key, arrays = key_of(data[:TAR_BLOCK]), data[TAR_BLOCK:]
    length = header_bytes(arrays, size)
    if length > len(arrays):
        more = np.empty(length, np.uint8)
        file([(offset, more)])
        arrays = more.tobytes()
    return key, arrays[:length]


def _lengths(stored: dict[str, Stored]) -> tuple[int, int]:
    return stored["times"].shape[0], stored["points"].shape[0]

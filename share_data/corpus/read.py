"""Read a finished corpus in any order: the index says where a record lies, one `pread` per member fetches it."""

import json
import operator
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from share_data.corpus.layout import INDEX, MEMBERS, is_numbered_file
from share_data.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Record:
    """One clip. `metadata`: the content of KEY.json; `arrays`: see `corpus.layout.ARRAYS`; `preview`: JPEG bytes."""

    metadata: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    preview: bytes

    @property
    def key(self) -> str:
        """The record's name, unique in its corpus."""
        return str(self.metadata["key"])

    @property
    def points(self) -> NDArray[np.float32]:
        """(N, 3) float32 metres, world frame, whatever the precision they are stored with."""
        stored = self.arrays["points"].astype(np.float32)
        return np.asarray(stored * self.arrays["points_scale"] + self.arrays["points_offset"], np.float32)


class Corpus:
    """The corpus in a folder, as a sequence of records: `len(corpus)`, `corpus[3]`, `corpus["KEY"]`, iteration.

    Safe to share between threads, forks and pickles: no file stays open. Raises CorpusError without a readable index.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        try:
            self.index = pq.read_table(self.folder / INDEX)
            self._places = self.index.select(["key", *_LOCATION]).to_pydict()
        except (OSError, KeyError, pa.ArrowException) as error:
            raise CorpusError(
                f"{self.folder}: {INDEX} cannot be read ({error}). Give the folder of a finished corpus."
            ) from error
        self.keys: list[str] = self._places["key"]
        self._numbers = {key: number for number, key in enumerate(self.keys)}

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Record]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, which: int | str) -> Record:
        """A record by position (corpus order; negative from the end) or key.

        Raises IndexError or KeyError for one that is not there, CorpusError for one that cannot be read.
        """
        number = self._numbers[which] if isinstance(which, str) else operator.index(which)
        return read_record(self.folder, {name: column[number] for name, column in self._places.items()})

    def record(self, which: int | str) -> Record:
        """As `corpus[which]`, for people: what is not there is a CorpusError that says what is."""
        try:
            return self[which]
        except (IndexError, KeyError) as error:
            raise CorpusError(
                f"{self.folder}: no record {which!r}. Give a number below {len(self)}, or a key from {INDEX}."
            ) from error


_LOCATION = ("shard", *(f"{member}_{what}" for member in MEMBERS for what in ("offset", "size")))


def read_record(folder: Path, row: Mapping[str, Any]) -> Record:
    """The record an index row points at. Raises CorpusError, naming shard and record, when it is not there."""
    shard = row["shard"]
    if not is_numbered_file(shard):
        raise CorpusError(f"record {row['key']}: the index names {shard!r} for its shard. Build the corpus again.")
    try:
        metadata, preview, tensors = _members(folder / shard, row)
        return Record(json.loads(metadata), load(tensors), preview)
    except (OSError, ValueError, SafetensorError) as error:
        raise CorpusError(
            f"{shard}: record {row['key']} cannot be read ({error}). Run `share-data validate` on {folder}."
        ) from error


def _members(shard: Path, row: Mapping[str, Any]) -> list[bytes]:
    descriptor = os.open(shard, os.O_RDONLY)
    try:
        if max(row[f"{name}_offset"] + row[f"{name}_size"] for name in MEMBERS) > os.fstat(descriptor).st_size:
            raise ValueError("the shard ends too early")
        return [_exactly(descriptor, row[f"{name}_size"], row[f"{name}_offset"]) for name in MEMBERS]
    finally:
        os.close(descriptor)


def _exactly(descriptor: int, size: int, offset: int) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        part = os.pread(descriptor, size, offset)
        if not part:
            raise ValueError("the shard was cut while it was read")
        parts.append(part)
        size, offset = size - len(part), offset + len(part)
    return b"".join(parts)

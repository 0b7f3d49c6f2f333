"""Read a finished corpus in any order: the index says where a record lies.

From a folder one `pread` per member fetches it, from an object store one request.
"""

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from share_data.corpus.finding import matching, told
from share_data.corpus.index_file import read_index
from share_data.corpus.layout import ARRAYS, INDEX, LAST_TENSOR, MEMBERS, OPTIONAL, is_numbered_file
from share_data.corpus.lean_index import LeanIndex
from share_data.corpus.metadata_json import metadata_from_json
from share_data.corpus.opening import open_storage
from share_data.corpus.storage import Storage
from share_data.errors import CorpusError
from share_data.store.arrow_arrays import Texts, numbers
from share_data.store.outside import parse_json

# Every record read is held against these: to ask numpy for a type's name would cost as much as the rest of reading it.
_ARRAYS = [(name, frozenset(map(np.dtype, dtypes)), shape) for name, (dtypes, shape) in ARRAYS.items()]


@dataclass(frozen=True, slots=True)
class Record:
    """One clip of a corpus.

    Attributes:
        metadata: the content of KEY.json, of whichever format, see `corpus.record.RecordMetadata` for its fields;
            `labels`, `scores`, and the `weights` and `settings` of the estimators are dicts by name.
        arrays: by name, with the dtypes and shapes of `corpus.layout.ARRAYS`. World frame (z up, floor at 0), metres;
            `T_world_cam` is camera to world, `intrinsics` in pixels. Scene points as stored: for metres take `points`.
        preview: a JPEG file.
    """

    metadata: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    preview: bytes

    @property
    def key(self) -> str:
        """The record's name, unique in its corpus."""
        return str(self.metadata["key"])

    @property
    def points(self) -> NDArray[np.float32]:
        """The scene, whatever the precision it is stored with.

        Returns:
            (N, 3) float32 metres, world frame; `arrays["normals"]` and `arrays["colors"]` go with it row by row.
        """
        stored = self.arrays["points"].astype(np.float32)
        return np.asarray(stored * self.arrays["points_scale"] + self.arrays["points_offset"], np.float32)


class Corpus:
    """A finished corpus as a sequence of records: `len(corpus)`, `corpus[3]`, `corpus["KEY"]`, iteration.

    Opening reads the index alone, a record is read when it is asked for. Safe to share between threads, forks and
    pickles: no file stays open.

        for record in Corpus("out/demo"):
            print(record.key, record.arrays["transl"].shape)

    Args:
        place: the corpus' folder, or its URL (`s3://bucket/prefix`).
        lean: keep few columns of the index in memory and its file open; then `index` is a `LeanIndex`.

    Attributes:
        keys: of all records, in corpus order: by hash, so that sources and activities are mixed.
        index: `index.parquet` as a table, a row a record, to choose records by without reading them.
        storage: where the files are read from.

    Raises:
        CorpusError: without a readable index.
        MissingDependencyError: where the URL needs a package that is not installed.
    """

    def __init__(self, place: Path | str, lean: bool = False) -> None:
        self.storage = open_storage(place)
        try:
            with self.storage.local(INDEX) as files:
                self.index: Any = LeanIndex(files.folder) if lean else read_index(files.folder)
        except OSError as error:
            raise CorpusError(
                f"{place}: {INDEX} cannot be read ({error.strerror or error}). Give the folder or URL of a finished "
                "corpus."
            ) from error
        except CorpusError as error:
            raise CorpusError(f"{place}: {error}. Run `share-data validate` on it.") from error
        self.keys: list[str] = self.index["key"].to_pylist()
        shards = Texts.of(self.index["shard"])
        self._shards, self._shard = shards.values.to_pylist(), shards.codes.astype(np.int32)
        self._places = {name: numbers(self.index[name].combine_chunks(), np.int64) for name in _PLACES}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.keys)}

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Record]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, which: int | str) -> Record:
        """A record by position or key.

        Args:
            which: position in corpus order, negative from the end; or the record's key.

        Returns:
            The record, read anew each time.

        Raises:
            IndexError: there is no record at this position.
            KeyError: there is none of this key.
            CorpusError: it is there, and cannot be read.
        """
        number = self._numbers[which] if isinstance(which, str) else operator.index(which)
        row = {"key": self.keys[number], "shard": self._shards[self._shard[number]]}
        return read_record(self.storage, row | {name: int(column[number]) for name, column in self._places.items()})

    def record(self, which: int | str) -> Record:
        """As `corpus[which]`, for people: also by a number in digits, or by any part of its video's id.

        Args:
            which: position in corpus order, key, or what only one video's id holds.

        Returns:
            The record.

        Raises:
            CorpusError: there is none, or several, or it cannot be read; the message says what is there.
        """
        if isinstance(which, str) and which not in self._numbers:
            which = int(which) if which.isdecimal() and int(which) < len(self) else self._by_part(which)
        try:
            return self[which]
        except (IndexError, KeyError) as error:
            raise CorpusError(f"{self.storage.place}: no record {which!r}. Give a number below {len(self)}.") from error

    def _by_part(self, part: str) -> int:
        names = self.index["video_id"].to_pylist()
        if "/" in part:
            names = [f"{source}/{name}" for source, name in zip(self.index["source"].to_pylist(), names, strict=True)]
        chosen = matching(part, names)
        found = [number for number, name in enumerate(names) if name in chosen]
        if len(found) != 1:
            those = [f"{number} ({self.keys[number]})" for number in found]
            known = f"a number below {len(self)}, a key, or more of the id"
            raise CorpusError(f"{self.storage.place}: {told(part, 'record', those, known)}")
        return found[0]


_PLACES = tuple(f"{member}_{what}" for member in MEMBERS for what in ("offset", "size"))


def read_record(storage: Storage, row: Mapping[str, Any]) -> Record:
    """The record an index row points at.

    Args:
        storage: the corpus' files.
        row: `key`, `shard`, and `json_offset`, `json_size` and their like for each of `layout.MEMBERS`, in bytes.

    Returns:
        The record.

    Raises:
        CorpusError: it is not there, or damaged; the message names shard and record.
    """
    return read_stored(storage, row)[0]


def read_stored(storage: Storage, row: Mapping[str, Any]) -> tuple[Record, tuple[bytes, bytes, bytes]]:
    """The same, and the bytes it is stored as, in the order of `layout.MEMBERS`. Arguments and errors as there."""
    shard = row["shard"]
    if not is_numbered_file(shard):
        raise CorpusError(f"record {row['key']}: the index names {shard!r} for its shard. Build the corpus again.")
    parts = [(row[f"{member}_offset"], row[f"{member}_size"]) for member in MEMBERS]
    try:
        metadata, preview, tensors = storage.read_parts(shard, parts)
        arrays = load(tensors)
        arrays.pop(LAST_TENSOR, None)
        if problem := _shape_problem(arrays):
            raise ValueError(problem)
        record = Record(metadata_from_json(parse_json(metadata)), arrays, preview)
        if record.key != row["key"]:
            raise ValueError(f"its metadata is that of {record.key!r}")
        return record, (metadata, preview, tensors)
    except (OSError, KeyError, TypeError, ValueError, RecursionError, SafetensorError) as error:
        raise CorpusError(
            f"{shard}: record {row['key']} cannot be read ({error}). Run `share-data validate` on {storage.place}."
        ) from error


def _shape_problem(arrays: Mapping[str, NDArray[Any]]) -> str:
    """What keeps arrays from being used as those of one record: which are there, of which type, how long; else ""."""
    lengths: dict[str | int, int] = {}
    for name, dtypes, shape in _ARRAYS:
        array = arrays.get(name)
        if array is None:
            if name in OPTIONAL:
                continue
            return f"array {name!r} is missing"
        if array.dtype not in dtypes:
            return f"array {name!r} is {array.dtype.name}"
        if array.ndim != len(shape):
            return f"array {name!r} has shape {array.shape}"
        for wanted, found in zip(shape, array.shape, strict=True):
            if (lengths.setdefault(wanted, found) if isinstance(wanted, str) else wanted) != found:
                return f"array {name!r} has shape {array.shape}"
    return ""

"""The index as a training reads it: a few numbers a record, as arrays. A million records take 60 MB."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from share_data.corpus.layout import INDEX, is_numbered_file, unreadable_format
from share_data.corpus.storage import LocalStorage, Storage
from share_data.corpus.training.range_file import RangeFile
from share_data.errors import CorpusError
from share_data.store.outside import parse_json, require_regular

_COUNTS = ("safetensors_offset", "safetensors_size", "json_offset", "json_size", "n_frames", "n_points")
_SECONDS = ("time_first", "time_last")
_LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Rows:
    """Records, each a number in every array, in corpus order.

    Attributes:
        number: (K,) of the record in its corpus.
        shard: (K,) number of its shard in `shards`.
        safetensors_offset, safetensors_size, json_offset, json_size: (K,) bytes within the shard.
        n_frames, n_points: (K,).
        time_first, time_last: (K,) seconds in the video.
        shards: paths in the corpus.
    """

    number: NDArray[np.int64]
    shard: NDArray[np.int32]
    safetensors_offset: NDArray[np.int64]
    safetensors_size: NDArray[np.int64]
    json_offset: NDArray[np.int64]
    json_size: NDArray[np.int64]
    n_frames: NDArray[np.int64]
    n_points: NDArray[np.int64]
    time_first: NDArray[np.float64]
    time_last: NDArray[np.float64]
    shards: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.number)

    def taken(self, which: NDArray[Any]) -> Self:
        """Some of them: (K,) booleans or (M,) numbers."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "shards"}
        return type(self)(**{name: array[which] for name, array in arrays.items()}, shards=self.shards)


class IndexColumns:
    """The index, of which only the columns that are asked for are read; for others it is a table.

    Args:
        storage: of the corpus.

    Attributes:
        column_names: of all columns.
        num_rows: records.

    Raises:
        CorpusError: by every method, without a readable index; the message names the column.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._tables: dict[str, Any] = {}
        self._metadata: Any = None
        with self._opened() as file:
            self.column_names: list[str] = list(file.schema_arrow.names)
            self.num_rows = int(file.metadata.num_rows)

    def rows(self) -> Rows:
        """All records. Raises CorpusError where there are none."""
        if not self.num_rows:
            raise CorpusError(f"{self._storage.place}: the corpus holds no records.")
        wanted = [*_COUNTS, *_SECONDS]
        self.load([*wanted, "shard", "format_version"])
        for why in filter(None, map(unreadable_format, pc.unique(self._tables["format_version"]).to_pylist())):
            raise self._wrong(why)
        columns = {name: self._numbers(name) for name in wanted}
        shard = pc.dictionary_encode(self._tables["shard"]).combine_chunks()
        shards: tuple[str, ...] = tuple(shard.dictionary.to_pylist())
        for path in shards:
            if not is_numbered_file(path):
                raise self._wrong(f"shard {path!r} is no shard of a corpus")
        codes = _values(shard.indices, np.dtype(np.int32))
        return Rows(np.arange(self.num_rows), codes, **columns, shards=shards)

    def __getitem__(self, name: str) -> Any:
        """A column, (K,). Raises CorpusError when the index has none of this name."""
        self.load([name])
        return self._tables[name]

    def label(self, name: str) -> Any:
        """What the source says of each record: (K,) Arrow texts, empty where a record lacks this label."""
        encoded = pc.dictionary_encode(self["labels_json"]).combine_chunks()
        try:
            texts = [parse_json(text).get(name) for text in encoded.dictionary.to_pylist()]
        except (ValueError, AttributeError) as error:
            raise self._wrong(f"labels_json holds no labels ({error})") from error
        return pa.array(texts, pa.string()).take(encoded.indices)

    def load(self, names: Sequence[str]) -> None:
        """Read columns together, in one pass over the file."""
        missing = [name for name in names if name not in self._tables]
        if lacking := [name for name in missing if name not in self.column_names]:
            raise self._wrong(f"does not have the columns of an index: {lacking[0]}")
        if missing:
            with self._opened() as file:
                table = file.read(columns=missing)
            self._tables |= {name: table[name] for name in missing}

    def _numbers(self, name: str) -> NDArray[Any]:
        column = self._tables.pop(name)
        kind = pa.float64() if name in _SECONDS else pa.int64()
        if column.type != kind or column.null_count:
            raise self._wrong(f"{name} is not what it has to be")
        values = _values(column.combine_chunks(), np.dtype(np.float64 if name in _SECONDS else np.int64))
        least = -_LARGEST if name in _SECONDS else 0
        if len(values) and not (least <= values.min() and values.max() <= _LARGEST):
            raise self._wrong(f"{name} holds what is not a number of things")
        return values

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        storage, source = self._storage, None
        local = isinstance(storage, LocalStorage)
        try:
            if isinstance(storage, LocalStorage):
                require_regular(storage.folder / INDEX)
                source = pa.memory_map(str(storage.folder / INDEX))
            else:
                source = pa.PythonFile(RangeFile(storage, INDEX), mode="r")
            with pq.ParquetFile(source, metadata=self._metadata, pre_buffer=not local) as file:
                self._metadata = file.metadata
                yield file
        except (OSError, pa.ArrowException) as error:
            raise self._wrong(f"cannot be read ({getattr(error, 'strerror', None) or error})") from error

    def _wrong(self, what: str) -> CorpusError:
        return CorpusError(f"{self._storage.place}: {INDEX}: {what}. Run `share-data validate` on it.")


def _values(array: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """An Arrow array of numbers, none of them empty. `to_numpy` would import pandas: a third of a second."""
    return np.frombuffer(array.buffers()[1], dtype)[array.offset : array.offset + len(array)]

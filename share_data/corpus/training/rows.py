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
from share_data.store.arrow_arrays import Texts, numbers
from share_data.store.outside import parse_json, require_regular

_COUNTS = ("safetensors_offset", "safetensors_size", "json_offset", "json_size", "n_frames", "n_points")
_SECONDS = ("time_first", "time_last")
_CODED = ["shard", "video_sha256", "source", "video_id", "labels_json"]
_ROWS_AT_ONCE = 1 << 16
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
        dtypes = dict.fromkeys(_COUNTS, np.int64) | dict.fromkeys(_SECONDS, np.float64)
        columns: dict[str, NDArray[Any]] = {name: np.empty(self.num_rows, dtype) for name, dtype in dtypes.items()}
        codes, shards, at = np.empty(self.num_rows, np.int32), dict[str, int](), 0
        wanted = [*dtypes, "shard", "format_version"]
        self._need(wanted)
        with self._opened() as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=wanted):
                here = slice(at, at + len(batch))
                for why in filter(None, map(unreadable_format, pc.unique(batch["format_version"]).to_pylist())):
                    raise self._wrong(why)
                for name, dtype in dtypes.items():
                    columns[name][here] = self._numbers(batch, name, dtype)
                codes[here] = self._shards(batch["shard"], shards)
                at += len(batch)
        if at != self.num_rows:
            raise self._wrong(f"holds {at} records and says {self.num_rows}")
        return Rows(np.arange(self.num_rows), codes, **columns, shards=tuple(shards))

    def __getitem__(self, name: str) -> Any:
        """A column, (K,). Raises CorpusError when the index has none of this name."""
        if name not in self._tables:
            self._need([name])
            with self._opened(coded=False) as file:
                self._tables[name] = file.read(columns=[name])[name]
        return self._tables[name]

    def texts(self, *names: str) -> list[Texts]:
        """Columns of text, (K,) each, read together."""
        self._need(names)
        with self._opened() as file:
            table = file.read(columns=list(names))
        for name in names:
            kind = table[name].type
            if not pa.types.is_string(kind.value_type if pa.types.is_dictionary(kind) else kind):
                raise self._wrong(f"{name} is not text")
        return [Texts.of(table[name]) for name in names]

    def label(self, name: str) -> Texts:
        """What the source says of each record: (K,), none where a record lacks this label."""
        [labels] = self.texts("labels_json")
        try:
            return labels.replaced([parse_json(text).get(name) for text in labels.values.to_pylist()])
        except (ValueError, TypeError, AttributeError, pa.ArrowException) as error:
            raise self._wrong(f"labels_json holds no labels ({error})") from error

    def _need(self, names: Sequence[str]) -> None:
        if lacking := [name for name in names if name not in self.column_names]:
            raise self._wrong(f"does not have the columns of an index: {lacking[0]}")

    def _numbers(self, batch: pa.RecordBatch, name: str, dtype: Any) -> NDArray[Any]:
        column = batch[name]
        if column.type != pa.from_numpy_dtype(dtype) or column.null_count:
            raise self._wrong(f"{name} is not what it has to be")
        values = numbers(column, dtype)
        least = -_LARGEST if name in _SECONDS else 0
        if len(values) and not (least <= values.min() and values.max() <= _LARGEST):
            raise self._wrong(f"{name} holds what is not a number of things")
        return values

    def _shards(self, column: Any, known: dict[str, int]) -> NDArray[Any]:
        """Number of each record's shard in `known`, which grows."""
        if not pa.types.is_dictionary(column.type) or column.null_count:
            raise self._wrong("shard is not what it has to be")
        paths = column.dictionary.to_pylist()
        for path in paths:
            if not isinstance(path, str) or not is_numbered_file(path):
                raise self._wrong(f"shard {path!r} is no shard of a corpus")
        places = np.array([known.setdefault(path, len(known)) for path in paths], np.int32)
        found: NDArray[Any] = places[numbers(column.indices, np.int32)]
        return found

    @contextmanager
    def _opened(self, coded: bool = True) -> Iterator[pq.ParquetFile]:
        """coded: texts that are the same again and again as numbers of a dictionary."""
        storage, source = self._storage, None
        local = isinstance(storage, LocalStorage)
        try:
            if isinstance(storage, LocalStorage):
                require_regular(storage.folder / INDEX)
                source = pa.OSFile(str(storage.folder / INDEX))
            else:
                source = pa.PythonFile(RangeFile(storage, INDEX), mode="r")
            kept = {"metadata": self._metadata, "read_dictionary": _CODED if coded else None}
            with pq.ParquetFile(source, **kept, pre_buffer=not local) as file:
                self._metadata = file.metadata
                yield file
        except (OSError, pa.ArrowException) as error:
            raise self._wrong(f"cannot be read ({getattr(error, 'strerror', None) or error})") from error

    def _wrong(self, what: str) -> CorpusError:
        return CorpusError(f"{self._storage.place}: {INDEX}: {what}. Run `share-data validate` on it.")

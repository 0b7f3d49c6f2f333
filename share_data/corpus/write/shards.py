"""One shard: records in order into tars of a limited size, the same records as Parquet where asked for, index rows."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from safetensors.numpy import save

from share_data.corpus.columns import index_row
from share_data.corpus.layout import LAST_TENSOR, MEMBERS, records_path, shard_path
from share_data.corpus.manifest import FileEntry
from share_data.corpus.metadata_json import metadata_to_json
from share_data.corpus.record_columns import compact_encoding, record_row, records_schema
from share_data.corpus.write.hashing_file import HashingFile, file_entry
from share_data.corpus.write.tarfile_bytes import TarWriter, member_bytes
from share_data.store.atomic import fsync_folder, temporary_name
from share_data.store.hashing import bytes_sha256, canonical_json

# Few enough that a batch of 10 MB records is held in memory without a thought.
_ROWS_PER_GROUP = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """A record to be written: metadata and arrays as `corpus.record.to_sample` gives them; preview: JPEG bytes.

    stored: of a record that a corpus holds already, its members' bytes in the order of `MEMBERS`; written as they are.
    """

    metadata: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    preview: bytes
    stored: tuple[bytes, bytes, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A kept clip. `load` is called once, in corpus order; one sample at a time is held in memory."""

    key: str
    load: Callable[[], Sample]


@dataclass(frozen=True, slots=True)
class ShardOptions:
    """How a shard is cut and written. max_bytes: of one tar, 0 for no limit; a larger record gets a tar of its own."""

    formats: tuple[str, ...] = ("webdataset",)
    max_bytes: int = 0


@dataclass(slots=True)
class Written:
    """What a shard became: its files, for the manifest, and one row a record, for the index."""

    files: list[FileEntry] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)


def write_shard(number: int, members: Iterable[Member], folder: Path, options: ShardOptions) -> Written:
    """Write shard `number` below `folder`, at the paths its files have in a corpus.

    Files appear whole, under their names, and durable; equal members give equal bytes. Raises DiskFullError,
    ValueError when a member loads another record than its own, and whatever a member's `load` raises.
    """
    written = Written()
    part: _Part | None = None
    with ExitStack() as stack:
        for member in members:
            sample = member.load()
            if sample.metadata["key"] != member.key:
                raise ValueError(f"member {member.key!r} loaded the record of {sample.metadata['key']!r}")
            contents = _contents(sample)
            if part is None or not part.has_room(sum(member_bytes(len(data)) for data in contents)):
                if part is not None:
                    part.finish(written)
                part = stack.enter_context(_Part(number, _next_part(part), folder, options))
            written.rows.append(part.add(sample, contents))
        if part is not None:
            part.finish(written)
    return written


def _next_part(part: "_Part | None") -> int:
    return 0 if part is None else part.part + 1


def _contents(sample: Sample) -> tuple[bytes, bytes, bytes]:
    """The bytes of a sample's members, in the order of `MEMBERS`."""
    if sample.stored is not None:
        return sample.stored
    # safetensors writes memory as it lies: a transposed or sliced array would be stored scrambled.
    tensors = {name: np.asarray(array, order="C") for name, array in sample.arrays.items()}
    return (
        canonical_json(metadata_to_json(sample.metadata)),
        sample.preview,
        save({**tensors, LAST_TENSOR: np.ones(1, bool)}),
    )


class _Part:
    """One tar and its Parquet copy, written side by side under temporary names until `finish`."""

    def __init__(self, number: int, part: int, folder: Path, options: ShardOptions) -> None:
        self.part = part
        self._folder = folder
        self._limit = options.max_bytes
        self._records = 0
        self._tar_path = shard_path(number, part)
        self._files: dict[str, HashingFile] = {}
        self._temporary: dict[str, Path] = {}
        self._stack = ExitStack()
        self._tar = TarWriter(self._open(self._tar_path))
        self._rows: _RecordsWriter | None = None
        if "parquet" in options.formats:
            self._rows = self._stack.enter_context(_RecordsWriter(self._open(records_path(number, part))))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        """Whatever was not finished leaves nothing behind."""
        for path in self._temporary.values():
            path.unlink(missing_ok=True)
        self._stack.__exit__(*error)

    def has_room(self, size: int) -> bool:
        """Whether `size` bytes more still fit; the first record always does."""
        return not self._records or not self._limit or self._tar.size_when_closed + size <= self._limit

    def add(self, sample: Sample, contents: tuple[bytes, bytes, bytes]) -> dict[str, Any]:
        """Append a record; returns its row of the index."""
        location: dict[str, Any] = {"shard": self._tar_path, "safetensors_sha256": bytes_sha256(contents[-1])}
        for member, data in zip(MEMBERS, contents, strict=True):
            location[f"{member}_offset"] = self._tar.add(f"{sample.metadata['key']}.{member}", data)
            location[f"{member}_size"] = len(data)
        if self._rows is not None:
            self._rows.add(record_row(sample.metadata, sample.arrays, sample.preview))
        self._records += 1
        return index_row(sample.metadata, location)

    def finish(self, written: Written) -> None:
        """Close the files and give them their names."""
        self._tar.close()
        self._stack.close()
        for path, handle in self._files.items():
            self._temporary.pop(path).replace(self._folder / path)
            fsync_folder((self._folder / path).parent)
            written.files.append(file_entry(path, handle, self._records))

    def _open(self, path: str) -> HashingFile:
        temporary = temporary_name((self._folder / path).parent)
        self._temporary[path] = temporary
        self._files[path] = self._stack.enter_context(HashingFile(temporary))
        return self._files[path]


class _RecordsWriter:
    """Rows of a records file, a few at a time."""

    def __init__(self, out: HashingFile) -> None:
        self._schema = records_schema()
        self._writer = pq.ParquetWriter(out, self._schema, **compact_encoding())
        self._rows: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def add(self, row: dict[str, Any]) -> None:
        """Append one row."""
        self._rows.append(row)
        if len(self._rows) == _ROWS_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows = []

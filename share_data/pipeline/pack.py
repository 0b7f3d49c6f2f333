"""Pack: records in hash order into tar shards, an index, a ledger and a manifest, byte for byte the same every time."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from safetensors.numpy import save

from share_data import __version__
from share_data.corpus.columns import index_row, index_schema, record_row, records_schema
from share_data.corpus.layout import INDEX, LEDGER, MEMBERS, RECIPE, hash_order, records_path, shard_path
from share_data.corpus.manifest import FileEntry, Manifest, pretty_json
from share_data.errors import CorpusError
from share_data.hashing import bytes_sha256, canonical_json
from share_data.ledger import Entry, conservation_problems, level_counts, write_ledger
from share_data.pipeline.staging import HashingFile, Staging
from share_data.pipeline.tarfile_bytes import TarWriter

# Few enough that a batch of 10 MB records is held in memory without a thought.
_ROWS_PER_GROUP = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """A record to be written: metadata and arrays as `corpus.record.to_sample` gives them; preview: JPEG bytes."""

    metadata: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    preview: bytes


@dataclass(frozen=True, slots=True)
class Member:
    """A kept clip. `load` is called once, in corpus order; one sample at a time is held in memory."""

    key: str
    load: Callable[[], Sample]


@dataclass(frozen=True, slots=True)
class PackOptions:
    """How records are cut into files; fields as in the recipe's `output`."""

    samples_per_shard: int = 256
    formats: Sequence[str] = ("webdataset",)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a corpus keeps of its build: every unit's outcome, the resolved recipe (JSON), the body model's stamp."""

    entries: Sequence[Entry]
    recipe: Mapping[str, Any]
    body: Mapping[str, str]


def pack(members: Sequence[Member], out: Path, provenance: Provenance, options: PackOptions) -> Manifest:
    """Write the corpus of `members` into folder `out`, replacing the corpus that is there, if any, as a whole.

    The old corpus stays untouched until every new file is on disk; files that only it listed are then removed.
    Raises CorpusError when the ledger does not account for the members or `out` holds files of another origin,
    DiskFullError when it does not fit, and whatever a member's `load` raises.
    """
    _check_books(members, provenance.entries)
    loaders = {member.key: member.load for member in members}
    keys, size = hash_order(loaders), options.samples_per_shard
    rows: list[dict[str, Any]] = []
    with Staging(out) as staging:
        files: list[FileEntry] = []
        for number, first in enumerate(range(0, len(keys), size)):
            batch = [(key, loaders[key]) for key in keys[first : first + size]]
            shard = _Shard(staging, number, "parquet" in options.formats)
            rows += shard.write(batch)
            files += shard.files
        files += _write_tables(staging, rows, provenance)
        manifest = _manifest(rows, files, provenance)
        staging.publish(manifest)
    return manifest


def _check_books(members: Sequence[Member], entries: Sequence[Entry]) -> None:
    problems = conservation_problems(entries)
    kept = Counter(entry.unit for entry in entries if entry.level == "clip" and entry.status == "kept")
    packed = Counter(member.key for member in members)
    problems += [f"clip {key!r} is kept {kept[key]} times, packed {packed[key]} times" for key in kept - packed]
    problems += [f"clip {key!r} is packed {packed[key]} times, kept {kept[key]} times" for key in packed - kept]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise CorpusError(f"The ledger does not add up, nothing was packed: {problems[0]}{more}.")


class _Shard:
    """One tar, and the same records as Parquet where asked for, written side by side so that each is loaded once."""

    def __init__(self, staging: Staging, number: int, parquet: bool) -> None:
        self._staging = staging
        self._tar_path = shard_path(number)
        self._parquet_path = records_path(number) if parquet else None
        self.files: list[FileEntry] = []

    def write(self, batch: Sequence[tuple[str, Callable[[], Sample]]]) -> list[dict[str, Any]]:
        """Write these records; returns their index rows."""
        rows = []
        with ExitStack() as stack:
            tar_file = stack.enter_context(self._staging.file(self._tar_path))
            written = {self._tar_path: tar_file}
            tar, records = TarWriter(tar_file), None
            if self._parquet_path is not None:
                written[self._parquet_path] = stack.enter_context(self._staging.file(self._parquet_path))
                records = stack.enter_context(_RecordsWriter(written[self._parquet_path]))
            for key, load in batch:
                sample = load()
                if sample.metadata["key"] != key:
                    raise ValueError(f"member {key!r} loaded the record of {sample.metadata['key']!r}")
                rows.append(index_row(sample.metadata, self._add(tar, sample)))
                if records is not None:
                    records.add(record_row(sample.metadata, sample.arrays, sample.preview))
            tar.close()
        self.files = [file_entry(path, handle, len(batch)) for path, handle in written.items()]
        return rows

    def _add(self, tar: TarWriter, sample: Sample) -> dict[str, Any]:
        """Append the members of a sample; returns where they lie."""
        # safetensors writes memory as it lies: a transposed or sliced array would be stored scrambled.
        tensors = save({name: np.asarray(array, order="C") for name, array in sample.arrays.items()})
        location: dict[str, Any] = {"shard": self._tar_path, "safetensors_sha256": bytes_sha256(tensors)}
        for member, data in zip(MEMBERS, (canonical_json(sample.metadata), sample.preview, tensors), strict=True):
            location[f"{member}_offset"] = tar.add(f"{sample.metadata['key']}.{member}", data)
            location[f"{member}_size"] = len(data)
        return location


class _RecordsWriter:
    """Rows of a records file, a few at a time. Uncompressed: general compression gains under 10 % on such arrays."""

    def __init__(self, out: HashingFile) -> None:
        self._schema = records_schema()
        self._writer = pq.ParquetWriter(
            out, self._schema, compression="NONE", use_dictionary=False, write_statistics=False
        )
        self._rows: list[dict[str, Any]] = []

    def __enter__(self) -> "_RecordsWriter":
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


def file_entry(path: str, handle: HashingFile, records: int) -> FileEntry:
    """The manifest's line about a file that has been written."""
    return FileEntry(path=path, sha256=handle.sha256, bytes=handle.size, records=records)


def _write_tables(staging: Staging, rows: list[dict[str, Any]], provenance: Provenance) -> list[FileEntry]:
    with staging.file(INDEX) as index:
        pq.write_table(pa.Table.from_pylist(rows, index_schema(rows)), index, compression="NONE")
    with staging.file(LEDGER) as ledger:
        write_ledger(provenance.entries, ledger)
    with staging.file(RECIPE) as recipe:
        recipe.write(pretty_json(dict(provenance.recipe)))
    return [file_entry(INDEX, index, len(rows)), file_entry(LEDGER, ledger, 0), file_entry(RECIPE, recipe, 0)]


def _manifest(rows: list[dict[str, Any]], files: list[FileEntry], provenance: Provenance) -> Manifest:
    return Manifest(
        toolkit_version=__version__,
        recipe_sha256=bytes_sha256(canonical_json(provenance.recipe)),
        body=dict(provenance.body),
        counts=level_counts(provenance.entries),
        records=len(rows),
        redistributable=all(row["redistributable"] for row in rows),
        licences=dict(sorted(Counter(row["licence"] for row in rows).items())),
        files=tuple(sorted(files, key=lambda entry: entry.path)),
    )

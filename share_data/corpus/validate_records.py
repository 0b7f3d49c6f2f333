"""Whether shards and records files hold exactly the records that the index says."""

import tarfile
from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from share_data.corpus.checking import metadata_problem
from share_data.corpus.checking import record_problems as problems_of
from share_data.corpus.columns import columns_lacking, index_row, metadata_row
from share_data.corpus.layout import ARRAYS, FORMAT_VERSION, MEMBERS, OPTIONAL
from share_data.corpus.read import Record, read_record
from share_data.corpus.record_columns import records_schema, row_arrays, rows_of
from share_data.corpus.storage import LocalStorage
from share_data.errors import CorpusError
from share_data.store.hashing import bytes_sha256

_JPEG = b"\xff\xd8\xff"


def shard_problems(files: LocalStorage, shard: str, rows: list[dict[str, Any]]) -> list[str]:
    """What is wrong with a shard, given its rows of the index: members, offsets, metadata, arrays.

    `shard`: its path in the corpus. One sentence each.
    """
    expected = [
        (f"{row['key']}.{member}", row[f"{member}_offset"], row[f"{member}_size"]) for row in rows for member in MEMBERS
    ]
    try:
        with tarfile.open(files.folder / shard, "r:") as archive:
            found = [(member.name, member.offset_data, member.size) for member in islice(archive, len(expected) + 1)]
    except (tarfile.TarError, OSError, ValueError, OverflowError) as error:
        return [f"is not a tar file ({error})"]
    if found != expected:
        wrong = next((pair for pair in zip(found, expected, strict=False) if pair[0] != pair[1]), None)
        detail = f": has {wrong[0]}, the index {wrong[1]}" if wrong else ""
        return [f"its {len(found)} members are not the {len(expected)} of the index (name, offset, size){detail}"]
    return [text for row in rows for text in _row_problems(files, row)]


def _row_problems(files: LocalStorage, row: dict[str, Any]) -> list[str]:
    try:
        record = read_record(files, row)
    except CorpusError as error:
        return [str(error)]
    if problem := metadata_problem(record.metadata):
        return [f"record {row['key']}: {problem}"]
    problems = problems_of(record)
    if not _is_row_of(row, record.metadata):
        problems.append("its metadata is not what the index says")
    if _tensors_sha256(files, row) != row["safetensors_sha256"]:
        problems.append("the SHA-256 of its arrays is not the index's")
    if not record.preview.startswith(_JPEG):
        problems.append("its preview is not a JPEG image")
    return [f"record {row['key']}: {text}" for text in problems]


def _is_row_of(row: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    """Whether an index row says what the metadata says, each of its scores included; a score may be null."""
    wanted = index_row(metadata, {})
    scores = {name for name, value in row.items() if name.startswith("score_") and value is not None}
    return scores <= wanted.keys() and all(row.get(name) == value for name, value in wanted.items())


def _tensors_sha256(files: LocalStorage, row: Mapping[str, Any]) -> str:
    [tensors] = files.read_parts(row["shard"], [(row["safetensors_offset"], row["safetensors_size"])])
    return bytes_sha256(tensors)


def records_problems(files: LocalStorage, records: str, rows: list[dict[str, Any]]) -> list[str]:
    """What is wrong with a records file (its path in the corpus): it must equal the shard of these index rows."""
    try:
        with pq.ParquetFile(files.folder / records) as file:
            optional = {f"{name}{end}" for name in OPTIONAL for end in ("", "_dtype", "_shape")}
            lacked = optional - set(file.schema_arrow.names)
            if columns_lacking(file.schema_arrow, [c for c in records_schema(_version(rows)) if c.name not in lacked]):
                return ["does not have the columns of a records file"]
            if file.metadata.num_rows != len(rows):
                return [f"has {file.metadata.num_rows} records, its shard {len(rows)}"]
            both = zip(rows, rows_of(file), strict=True)
            return [text for row, copy in both for text in _copy_problems(files, row, copy)]
    except (pa.ArrowException, OSError, ValueError) as error:
        return [f"cannot be read ({error})"]


def _version(rows: list[dict[str, Any]]) -> int:
    return max((int(row["format_version"]) for row in rows), default=FORMAT_VERSION)


def _copy_problems(files: LocalStorage, row: dict[str, Any], copy: dict[str, Any]) -> list[str]:
    try:
        record, arrays = read_record(files, row), row_arrays(copy)
        metadata = metadata_row(record.metadata)
    except (CorpusError, KeyError, ValueError, TypeError) as error:
        return [f"record {row['key']}: {error}"]
    same = (
        {name: copy[name] for name in metadata} == metadata
        and copy["preview"] == record.preview
        and _same_arrays(record, arrays)
    )
    return [] if same else [f"record {row['key']} is not the one in {row['shard']}"]


def _same_arrays(record: Record, arrays: Mapping[str, NDArray[Any]]) -> bool:
    return arrays.keys() == record.arrays.keys() & ARRAYS.keys() and all(
        name in record.arrays
        and arrays[name].dtype == record.arrays[name].dtype
        and np.array_equal(arrays[name], record.arrays[name])
        for name in arrays
    )

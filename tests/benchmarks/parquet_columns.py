"""How the choices for the array columns of a records file compare: speed of writing and reading, and size.

    python tests/benchmarks/parquet_columns.py CORPUS [--rounds 5]

MB/s are of the arrays' own bytes, in CPU seconds of one thread, the best of interleaved rounds; reading ends in numpy
arrays of the right dtype, one row after another. `survives`: whether every byte comes back through Hugging Face's numpy
format. Binary columns do not, so they are out; the rest is measured against them.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from share_data.corpus.layout import ARRAYS
from share_data.corpus.read import Corpus
from share_data.corpus.record_columns import compact_encoding

Arrays = dict[str, np.ndarray]
PLAIN = {"compression": "NONE", "use_dictionary": False, "write_statistics": False}
ZSTD = {**PLAIN, "compression": "ZSTD", "compression_level": 1}
ROWS = 8


def as_bytes(array: np.ndarray) -> np.ndarray:
    """Every array as the list of its bytes."""
    return array.reshape(-1).view(np.uint8)


def as_values(array: np.ndarray) -> np.ndarray:
    """As a records file has it: values, of float64 bytes."""
    return as_bytes(array) if array.dtype == np.float64 else array.reshape(-1)


def binary(arrays: list[np.ndarray]) -> pa.Array:
    """One binary value a record: format 1."""
    return pa.array([array.tobytes() for array in arrays], pa.binary())


def lists(flat: Callable[[np.ndarray], np.ndarray]) -> Callable[[list[np.ndarray]], pa.Array]:
    """One flat list a record."""
    return lambda arrays: pa.array([flat(np.ascontiguousarray(array)) for array in arrays])


def nested(arrays: list[np.ndarray]) -> pa.Array:
    """Lists of lists of a fixed size, as the array's shape is."""
    values = pa.array(np.concatenate([array.reshape(-1) for array in arrays]))
    for size in arrays[0].shape[:0:-1]:
        values = pa.FixedSizeListArray.from_arrays(values, size)
    ends = np.cumsum([0, *(len(array) for array in arrays)], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), values)


class Choice(NamedTuple):
    """A column type with the options of its writer."""

    name: str
    column: Callable[[list[np.ndarray]], pa.Array]
    options: dict[str, Any]


CHOICES = [
    Choice("binary (format 1)", binary, PLAIN),
    Choice("list<uint8>", lists(as_bytes), PLAIN),
    Choice("list<uint8>, dictionary", lists(as_bytes), {**PLAIN, "use_dictionary": True}),
    Choice("list<uint8>, zstd", lists(as_bytes), ZSTD),
    Choice("list<fixed_size_list>", nested, PLAIN),
    Choice("typed lists", lists(as_values), PLAIN),
    Choice("typed lists, zstd", lists(as_values), ZSTD),
    Choice("typed lists, as written", lists(as_values), compact_encoding()),
]


def write(choice: Choice, records: list[Arrays], path: Path) -> None:
    """Write the records, some a row group, as a shard is."""
    writer = None
    for first in range(0, len(records), ROWS):
        some = records[first : first + ROWS]
        table = pa.table({name: choice.column([arrays[name] for arrays in some]) for name in some[0]})
        writer = writer or pq.ParquetWriter(path, table.schema, **choice.options)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def read(path: Path, dtypes: dict[str, np.dtype]) -> list[Arrays]:
    """Every array of every row, flat."""
    with pq.ParquetFile(path) as file:
        return [
            {name: _flat(batch.column(name), dtypes[name]) for name in dtypes}
            for batch in file.iter_batches(batch_size=1)
        ]


def _flat(column: pa.Array, dtype: np.dtype) -> np.ndarray:
    if pa.types.is_binary(column.type):
        return np.frombuffer(column[0].as_buffer(), dtype)
    while pa.types.is_nested(column.type):
        column = column.flatten()
    return column.to_numpy(zero_copy_only=False).view(dtype)


def survives(path: Path, records: list[Arrays], cache: Path) -> bool:
    """Whether `datasets` gives every byte in its numpy format."""
    found = datasets.load_dataset("parquet", data_files=[str(path)], split="train", cache_dir=str(cache))
    for row, arrays in zip(found.with_format("numpy"), records, strict=True):
        for name, array in arrays.items():
            if _bytes_of(row[name], array) != array.tobytes():
                return False
    return True


def _bytes_of(value: Any, array: np.ndarray) -> bytes:
    if isinstance(value, bytes):
        return value
    if value.dtype == object:
        value = np.concatenate([np.ravel(part) for part in value]) if len(value) else value
    whole = value.size == array.size
    return value.astype(array.dtype if whole else np.uint8).tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    whole = (record.arrays for record in Corpus(options.corpus))
    records = [{name: arrays[name] for name in ARRAYS if name in arrays} for arrays in whole]
    dtypes = {name: array.dtype for name, array in records[0].items()}
    size = sum(array.nbytes for arrays in records for array in arrays.values())
    best: dict[str, list[float]] = {choice.name: [np.inf, np.inf] for choice in CHOICES}
    table = Table("columns", "write MB/s", "read MB/s", "size", "survives")
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        paths = {choice.name: Path(folder) / f"{number}.parquet" for number, choice in enumerate(CHOICES)}
        for _ in range(options.rounds):
            for choice in CHOICES:
                started = time.process_time()
                write(choice, records, paths[choice.name])
                written = time.process_time()
                read(paths[choice.name], dtypes)
                took = (written - started, time.process_time() - written)
                best[choice.name] = [min(pair) for pair in zip(best[choice.name], took, strict=True)]
        for name, path in paths.items():
            speeds = [f"{size / 1e6 / seconds:.0f}" for seconds in best[name]]
            kept = "yes" if survives(path, records, Path(folder) / "cache") else "no"
            table.add_row(name, *speeds, f"{path.stat().st_size / size:.2f}", kept)
    Console(file=sys.stdout).print(f"{len(records)} records, {size / 1e6:.1f} MB", table)


if __name__ == "__main__":
    main()

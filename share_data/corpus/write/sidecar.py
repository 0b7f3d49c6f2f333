"""What is known of a finished shard, kept beside the build: its files for the manifest, its rows for the index."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from share_data.corpus.manifest import FileEntry
from share_data.corpus.write.shards import Written
from share_data.errors import CorpusError
from share_data.store.atomic import atomic_write
from share_data.store.hashing import canonical_json
from share_data.store.outside import open_regular, parse_json


@dataclass(frozen=True, slots=True)
class Head:
    """A shard in short: its files, the names of the columns its rows have, and its records' keys in order."""

    files: list[FileEntry]
    columns: list[str]
    keys: list[str]


def write_sidecar(path: Path, written: Written) -> None:
    """Write `written` to `path`: a line with the files, then a line a row. Raises DiskFullError."""
    head = {
        "files": [entry.model_dump(mode="json") for entry in written.files],
        "columns": sorted({name for row in written.rows for name in row}),
        "keys": [row["key"] for row in written.rows],
    }
    lines = [canonical_json(each) for each in (head, *written.rows)]
    atomic_write(path, b"\n".join(lines) + b"\n")


def read_head(path: Path) -> Head:
    """The first line. Raises OSError where there is no sidecar, CorpusError for what is none."""
    with os.fdopen(open_regular(path), "rb") as handle, damage_named(path):
        head = parse_json(handle.readline())
        files, columns, keys = head["files"], head["columns"], head["keys"]
        if not all(isinstance(name, str) for name in (*columns, *keys)):
            raise ValueError("a name is no text")
        return Head([FileEntry(**entry) for entry in files], columns, keys)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The shard's index rows, in order; whether their cells fit the index shows when it is written.

    Raises CorpusError for what is none.
    """
    head = read_head(path)
    places = {entry.path for entry in head.files}
    with os.fdopen(open_regular(path), "rb") as handle, damage_named(path):
        handle.readline()
        for number, line in enumerate(handle):
            row = parse_json(line)
            if row["key"] != head.keys[number] or row["shard"] not in places:
                raise ValueError(f"row {number} is of another shard")
            yield row


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """What is wrong with a sidecar becomes one error with the remedy."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, pa.ArrowException) as error:
        raise CorpusError(
            f"{path}: not what a build knows of a shard ({error}). Remove this file and build again: the shard is "
            "packed anew."
        ) from error

"""What is known of a finished shard, kept beside the build: its files for the manifest, its rows for the index."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from share_data.corpus.manifest import FileEntry
from share_data.corpus.write.shards import Written
from share_data.store.atomic import atomic_write
from share_data.store.hashing import canonical_json


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
    """The first line. Raises OSError where there is no sidecar."""
    with path.open("rb") as handle:
        head = json.loads(handle.readline())
    return Head([FileEntry(**entry) for entry in head["files"]], head["columns"], head["keys"])


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The shard's index rows, in order."""
    with path.open("rb") as handle:
        handle.readline()
        for line in handle:
            yield json.loads(line)

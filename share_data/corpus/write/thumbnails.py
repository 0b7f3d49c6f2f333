"""Pictures of the clips that have no record, in a table that stays in the build's own folder.

They are no part of the corpus: nobody who passes a corpus on passes on frames of what it does not even contain.
"""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from share_data.corpus.write.hashing_file import HashingFile
from share_data.store.atomic import fsync_folder

_ROWS_PER_GROUP = 64
"""A picture is some 10 KB, and readers want few of them."""


def thumbnails_schema() -> pa.Schema:
    """`unit` and `jpeg`."""
    return pa.schema([("unit", pa.string()), ("jpeg", pa.binary())])


def write_thumbnails(path: Path, unfinished: Path, found: Iterable[tuple[str, bytes]]) -> None:
    """Write the table in place of the one that is there, whole or not at all.

    unfinished: where it lies until it is whole, on the same disk; found: units and JPEGs, streamed. Raises
    DiskFullError.
    """
    schema, rows = thumbnails_schema(), iter(found)
    with HashingFile(unfinished) as handle, pq.ParquetWriter(handle, schema, compression="NONE") as writer:
        while batch := list(islice(rows, _ROWS_PER_GROUP)):
            writer.write_table(pa.table(dict(zip(schema.names, zip(*batch, strict=True), strict=True)), schema))
    unfinished.replace(path)
    fsync_folder(path.parent)

"""One of two corpora: its clips, its records, its recipe."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from share_data.audit.whatif.table import Measurements, measurements_of
from share_data.corpus.columns import metadata_columns
from share_data.corpus.layout import LEDGER
from share_data.corpus.manifest import Manifest, manifest_of
from share_data.corpus.read import Corpus
from share_data.ledger.ledger import Entry, read_ledger

CONTENT = "safetensors_sha256"
"""Column of the index that another array of the record changes."""


@dataclass(slots=True)
class Side:
    """A corpus. table: its clips; index: its records, an Arrow table; videos: entries of its ledger by unit."""

    table: Measurements
    index: Any
    manifest: Manifest
    videos: Mapping[str, Entry]

    @property
    def recipe(self) -> Mapping[str, Any]:
        """As it was built, resolved."""
        return self.table.recipe

    def record(self, key: str) -> dict[str, Any]:
        """The index's row of a record."""
        number = pc.index(self.index["key"], key).as_py()
        return dict(self.index.slice(number, 1).to_pylist()[0])


@contextmanager
def side_of(corpus: Path | str) -> Iterator[Side]:
    """A finished corpus with measurements, in a folder or below a URL. Raises CorpusError."""
    opened = Corpus(corpus)
    with measurements_of(corpus) as table, opened.storage.local(LEDGER) as files:
        videos = {entry.unit: entry for entry in read_ledger(files.folder / LEDGER) if entry.level == "video"}
        yield Side(table, opened.index, manifest_of(opened.storage), videos)


def unlike(first: Any, second: Any) -> list[str]:
    """Keys of records that both indexes have, and that differ in their arrays or in what is told of them."""
    places = pc.index_in(first["key"], value_set=second["key"].combine_chunks())
    common = first.filter(pc.is_valid(places))
    others = second.take(pc.drop_null(places))
    told = [name for name, _ in metadata_columns() if name in first.column_names and name in second.column_names]
    same = pa.array([True] * common.num_rows)
    for name in (*told, CONTENT):
        equal = pc.equal(common[name].combine_chunks(), others[name].combine_chunks())
        same = pc.and_(same, pc.fill_null(equal, False))
    return list(common["key"].filter(pc.invert(same)).to_pylist())

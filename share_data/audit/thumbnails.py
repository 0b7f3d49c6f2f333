"""The picture of a clip, for whoever looks at a corpus: its record's preview, or what was kept of one without."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from share_data.corpus.layout import THUMBNAILS
from share_data.corpus.read import Corpus
from share_data.corpus.write.target import workspace_of
from share_data.corpus.write.thumbnails import thumbnails_schema
from share_data.errors import CorpusError
from share_data.scan.thumbnail import MOST_BYTES
from share_data.store.outside import require_regular

MESH = "the body drawn in"
BOXES = "boxes and outline of who was found"


class Pictures:
    """Pictures of a corpus' clips. corpus: a folder or URL, finished."""

    def __init__(self, corpus: Path | str) -> None:
        self._corpus = Corpus(corpus)
        self._rows = {key: row for row, key in enumerate(self._corpus.index["key"].to_pylist())}
        self._file = workspace_of(str(corpus)) / THUMBNAILS

    def of(self, units: Iterable[str]) -> Mapping[str, tuple[bytes, str]]:
        """Each clip's JPEG and what is drawn into it; clips that have none are left out."""
        wanted = set(units)
        found = {unit: (self._preview(unit), MESH) for unit in sorted(wanted & self._rows.keys())}
        found |= {unit: (jpeg, BOXES) for unit, jpeg in _thumbnails(self._file, wanted - self._rows.keys())}
        return {unit: picture for unit, picture in found.items() if is_jpeg(picture[0])}

    def _preview(self, unit: str) -> bytes:
        try:
            return self._corpus[self._rows[unit]].preview
        except CorpusError:  # For `validate` to say; a report is what one reads of a corpus that is in doubt.
            return b""


def is_jpeg(data: bytes) -> bool:
    """Whether bytes begin as a JPEG file does: anything else stays out of a page."""
    return data[:3] == b"\xff\xd8\xff"


def _thumbnails(file: Path, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """What the table has of these clips: only the groups of rows that hold some are read. It may be somebody else's."""
    try:
        require_regular(file)
        with pq.ParquetFile(file, memory_map=True) as table:
            if not table.schema_arrow.equals(thumbnails_schema()):
                return
            for group in range(table.num_row_groups):
                units = table.read_row_group(group, columns=["unit"])["unit"].to_pylist()
                if not wanted.isdisjoint(units):
                    yield from _of_group(table.read_row_group(group, columns=["jpeg"])["jpeg"], units, wanted)
    except (OSError, pa.ArrowException):
        return


def _of_group(pictures: Any, units: list[Any], wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    for unit, jpeg in zip(units, pictures, strict=True):
        if unit in wanted and jpeg.is_valid and len(jpeg.as_buffer()) <= MOST_BYTES:
            yield unit, jpeg.as_py()

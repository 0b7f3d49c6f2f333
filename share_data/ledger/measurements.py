"""measurements.parquet, row by row: what was measured on each clip, kept or not, and what was made of it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from share_data.ledger.clip_entry import RECONSTRUCTION, ClipEntry, by_column
from share_data.ledger.ledger import Entry
from share_data.store.hashing import canonical_json
from share_data.text import storable

_OUTCOME = ("status", "stage", "reason", "error_class", "review", "duplicate_of")
TEXTS = ("unit", "video", "source", "file", "licence", "labels_json", *_OUTCOME)
COUNTS = ("frame_start", "frame_stop")
NUMBERS = ("time_first", "time_last", "seconds")
FLAGS = ("redistributable", "reconstructed")
OBJECTIONS, UNMEASURED, DUPLICATES = "objections", "unmeasured", "duplicates"
FACTS = (*TEXTS, *FLAGS, *COUNTS, *NUMBERS, OBJECTIONS, UNMEASURED, DUPLICATES)
"""The columns that are no scores, in their order. Scores follow, as `GROUP.NAME`, null where they were not measured."""


def measurement_row(entry: Entry) -> dict[str, Any]:
    """The row of a clip's entry: scores by their column, and no cell for what it lacks."""
    clip = entry if isinstance(entry, ClipEntry) else ClipEntry("clip", entry.unit, entry.parent, entry.status)
    return {
        "unit": storable(entry.unit),
        "video": storable(entry.parent),
        "source": storable(clip.source or entry.parent.partition("/")[0]),
        "file": storable(entry.file),
        "licence": storable(clip.licence),
        "labels_json": canonical_json({storable(name): storable(text) for name, text in clip.labels.items()}).decode(),
        "status": entry.status,
        "stage": entry.stage,
        "reason": entry.reason,
        "error_class": entry.error_class,
        "review": entry.review,
        "duplicate_of": clip.duplicate_of,
        "redistributable": clip.redistributable,
        "reconstructed": RECONSTRUCTION in clip.scores,
        "frame_start": clip.start,
        "frame_stop": clip.stop,
        "time_first": clip.time_first,
        "time_last": clip.time_last,
        "seconds": entry.seconds,
        OBJECTIONS: json.loads(entry.objections_json),
        UNMEASURED: json.loads(entry.unmeasured_json),
        DUPLICATES: list(clip.duplicates),
        **by_column(clip.scores),
    }


def asked_columns(row: Mapping[str, Any]) -> Iterable[str]:
    """Columns of scores that a row has, or that were asked about and could not be had."""
    return [name for name in (*row, *row[UNMEASURED]) if name not in FACTS]


def measurements_schema(scores: Iterable[str], described: Mapping[str, Mapping[str, str]]) -> Any:
    """The Arrow schema of the table.

    Args:
        scores: names of their columns.
        described: of columns, what their Arrow fields say as metadata: `unit`, `better` and `about`.
    """
    import pyarrow as pa

    texts = ("filter", "reason", "score", "asked")
    numbers = ("value", "threshold")
    objection = pa.struct([*((name, pa.string()) for name in texts), *((name, pa.float64()) for name in numbers)])
    kinds: dict[str, Any] = {
        **dict.fromkeys(TEXTS, pa.string()),
        **dict.fromkeys(FLAGS, pa.bool_()),
        **dict.fromkeys(COUNTS, pa.int64()),
        **dict.fromkeys(NUMBERS, pa.float64()),
        OBJECTIONS: pa.list_(objection),
        UNMEASURED: pa.list_(pa.string()),
        DUPLICATES: pa.list_(pa.string()),
    }
    measured = (pa.field(name, pa.float64(), metadata=described.get(name)) for name in sorted(scores))
    return pa.schema([*(pa.field(name, kinds[name]) for name in FACTS), *measured])

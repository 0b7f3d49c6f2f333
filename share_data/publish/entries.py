"""The ledger of a finished corpus with what was measured of its clips, as a build had it when it wrote both."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from share_data.corpus.layout import FOOTAGE, LEDGER, MEASUREMENTS
from share_data.corpus.validate_measurements import measurement_rows
from share_data.errors import CorpusError
from share_data.ledger.clip_entry import RECONSTRUCTION, ClipEntry
from share_data.ledger.ledger import Entry, read_ledger
from share_data.ledger.measurements import FACTS
from share_data.store.outside import parse_json
from share_data.text import plain_line

Described = dict[str, dict[str, str]]


def above_clips(folder: Path) -> Iterator[Entry]:
    """The sources and videos, in ledger order.

    Args:
        folder: with the ledger.

    Raises:
        CorpusError: it is none.
    """
    return (entry for entry in read_ledger(folder / LEDGER) if entry.level != "clip")


def clips_of(folder: Path) -> Iterator[ClipEntry]:
    """The clips, in ledger order.

    Args:
        folder: with ledger and measurements.

    Raises:
        CorpusError: one of the two is damaged, or they do not tell of the same clips.
    """
    clips = (entry for entry in read_ledger(folder / LEDGER) if entry.level == "clip")
    for entry, row in zip_longest(clips, measurement_rows(folder / MEASUREMENTS)):
        if entry is None or row is None or entry.unit != row["unit"]:
            unit = entry.unit if entry is not None else row["unit"]
            raise CorpusError(f"{MEASUREMENTS}: clip {unit} is not in both it and {LEDGER}. Run `share-data validate`.")
        yield _with_scores(entry, row)


def _with_scores(entry: Entry, row: Mapping[str, Any]) -> ClipEntry:
    scores: dict[str, dict[str, float]] = {RECONSTRUCTION: {}} if row["reconstructed"] else {}
    for name, value in row.items():
        if name not in FACTS and value is not None:
            group, _, score = name.partition(".")
            scores.setdefault(group, {})[score] = value
    return ClipEntry(
        **{each.name: getattr(entry, each.name) for each in fields(Entry)},
        source=row["source"],
        licence=row["licence"],
        redistributable=row["redistributable"],
        labels=_labels(row),
        start=row["frame_start"],
        stop=row["frame_stop"],
        time_first=row["time_first"],
        time_last=row["time_last"],
        scores=scores,
    )


def _labels(row: Mapping[str, Any]) -> dict[str, str]:
    try:
        found = parse_json(row["labels_json"])
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise CorpusError(f"{MEASUREMENTS}: clip {plain_line(row['unit'])}: labels_json is no object of texts.")
    return found


def footage_of(index: Any, left_out: Collection[str] = ()) -> dict[str, str]:
    """Keys of the records whose footage is there more than once, to one name for each footage; no name of another's.

    Args:
        index: Arrow table; of an earlier version, it tells of none.
        left_out: keys of records that do not count.
    """
    if FOOTAGE not in index.column_names:
        return {}
    groups: dict[str, list[str]] = {}
    for key, name in zip(index["key"].to_pylist(), index[FOOTAGE].to_pylist(), strict=True):
        if key not in left_out:
            groups.setdefault(name, []).append(key)
    return {key: min(keys) for keys in groups.values() if len(keys) > 1 for key in keys}


def described_of(folder: Path) -> Described:
    """What the table of measurements says of its columns of scores, see `ledger.measurements.measurements_schema`."""
    schema = pq.read_schema(folder / MEASUREMENTS)
    told = ((field.name, field.metadata) for field in schema if field.name not in FACTS and field.metadata)
    return {name: {key.decode(): text.decode() for key, text in metadata.items()} for name, metadata in told}

"""Videos and time ranges from a CSV file: a header, then one video, range or list of ranges a line."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from share_data.errors import SourceError
from share_data.sources.youtube.columns import Columns, columns_of
from share_data.sources.youtube.targets import Target, milliseconds, video_id

_AVA_MS = 1500
"""Milliseconds of an AVA segment on either side of its middle."""


def read_targets(path: Path, label: str) -> list[Target]:
    """What the file asks for, in its order; see `columns` for the names it may use.

    Raises SourceError that names the line and the cause.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = csv.DictReader(handle, skipinitialspace=True)
            columns = columns_of(rows.fieldnames or (), f"{label}: {path.name}")
            return [
                target
                for row in rows
                if any((text or "").strip() for text in row.values() if not isinstance(text, list))
                for target in _targets(row, columns, f"{label}: {path.name}, line {rows.line_num}")
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{label}: csv {str(path)!r} cannot be read ({cause}). Check `csv`.") from error


def _targets(row: Mapping[str, str], columns: Columns, place: str) -> Iterator[Target]:
    cells = {name: (row.get(getattr(columns, name)) or "").strip() for name in ("start", "end", "ranges", "middle")}
    try:
        video = video_id(row[columns.video] or "")
        if cells["middle"]:
            middle = milliseconds(cells["middle"])
            yield Target(video, max(0, middle - _AVA_MS), middle + _AVA_MS)
        elif columns.ranges:
            for start, end in _pairs(cells["ranges"]):
                yield _target(video, start, end)
        elif cells["start"].startswith("[") or cells["end"].startswith("["):
            starts, ends = _texts(cells["start"]), _texts(cells["end"])
            if len(starts) != len(ends):
                raise ValueError(f"{len(starts)} times to start at, and {len(ends)} to end at")
            yield from (_target(video, start, end) for start, end in zip(starts, ends, strict=True))
        else:
            yield _target(video, cells["start"], cells["end"])
    except ValueError as error:
        raise SourceError(f"{place}: {error}.") from error


def _target(video: str, start: str, end: str) -> Target:
    """The range, or the whole video where both are empty. Raises ValueError."""
    if not start and not end:
        return Target(video)
    target = Target(video, milliseconds(start or "0"), milliseconds(end) if end else None)
    if target.end_ms is not None and target.end_ms < (target.start_ms or 0):
        raise ValueError(f"the range ends at {end}, before it begins at {start or '0'}")
    if target.end_ms == target.start_ms:
        raise ValueError(f"the range from {start or '0'} to {end} is empty: times count in milliseconds")
    return target


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """The ranges in `[['0:00:02.1', '0:00:05.2'], [60, 68.5]]`. Raises ValueError."""
    for pair in _listed(text):
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(f"{text[:80]!r} is no list of [start, end]")
        start, end = map(_text, pair)
        yield start, end


def _texts(text: str) -> list[str]:
    return [_text(item) for item in _listed(text)]


def _listed(text: str) -> list[Any]:
    """A list as Python or JSON writes it."""
    try:
        found = json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise ValueError(f"{text[:80]!r} is no list of times")
    return found


def _text(item: Any) -> str:
    """A time as it would stand in a cell of its own, and never an empty one, which would stand for a whole video."""
    text = str(item).strip()
    if not text:
        raise ValueError("a range in a list has both its ends")
    return text

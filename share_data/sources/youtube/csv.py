"""Videos and time ranges from a CSV file: a header, then one video or range a line."""

import csv
from pathlib import Path

from share_data.errors import SourceError
from share_data.sources.youtube.targets import Target, milliseconds, video_id

_COLUMNS = "`id` or `url`, and where wanted `start` and `end` (seconds, m:s or h:m:s)"


def read_targets(path: Path, label: str) -> list[Target]:
    """What the file asks for, in its order; other columns are passed over.

    Raises SourceError that names the line and the cause.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = csv.DictReader(handle, skipinitialspace=True)
            names = {name.strip().lower(): name for name in rows.fieldnames or ()}
            column = names.get("id") or names.get("url")
            if column is None:
                raise SourceError(f"{label}: {path.name}: the first line must name the columns {_COLUMNS}.")
            return [
                _target(row, column, names, f"{label}: {path.name}, line {rows.line_num}")
                for row in rows
                if any((text or "").strip() for text in row.values() if not isinstance(text, list))
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{label}: csv {str(path)!r} cannot be read ({cause}). Check `csv`.") from error


def _target(row: dict[str, str], column: str, names: dict[str, str], place: str) -> Target:
    start, end = ((row.get(names.get(name, "")) or "").strip() for name in ("start", "end"))
    try:
        video = video_id(row[column] or "")
        if not start and not end:
            return Target(video)
        target = Target(video, milliseconds(start or "0"), milliseconds(end) if end else None)
    except ValueError as error:
        raise SourceError(f"{place}: {error}.") from error
    if target.end_ms is not None and target.end_ms < (target.start_ms or 0):
        raise SourceError(f"{place}: the range ends at {end}, before it begins at {start or '0'}.")
    if target.end_ms == target.start_ms:
        raise SourceError(f"{place}: the range from {start or '0'} to {end} is empty: times count in milliseconds.")
    return target

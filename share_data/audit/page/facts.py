"""What a page says of a corpus besides its clips: the sums of the ledger, and what the records were made from."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from share_data.audit.report import Report
from share_data.audit.whatif.table import Measurements
from share_data.ledger.ledger import STATUSES
from share_data.pipeline.camera.pose import TELLERS

_COUNTED = {
    "focal_source": "Where the focal lengths are from",
    "times_source": "Where the times are from",
    "licence": "Licences",
    "geometry_label": "Geometry",
    "display": "How pictures were brought upright",
    "transfer": "Range of the pictures",
}
_TOLD_BY = {
    "pitch_source": "Who says how far the camera looks down",
    "roll_source": "Who says how the camera is turned",
    "height_source": "Who says how high the camera stands",
}
_MOST = 30


def funnel(report: Report) -> dict[str, Any]:
    """The sums of every level, and what does not add up."""
    levels = [{"name": f"{name}s", **counts} for name, counts in report.levels.items()]
    return {"statuses": list(STATUSES), "levels": levels, "problems": report.problems}


def notices(table: Measurements) -> list[str]:
    """What whoever passes the page on has to know."""
    fixed = ~table.flags("redistributable")
    licences = table.texts("licence")
    names = sorted({licences.values[code] or "no licence named" for code in set(licences.codes[fixed].tolist())})
    if not fixed.any():
        return []
    told = f"{int(fixed.sum())} of {len(table)} clips may not be passed on ({', '.join(names)})"
    return [f"{told}: neither may this page, where it shows frames of them."]


def facts(report: Report, index: Any) -> list[dict[str, Any]]:
    """Tables of counts. index: Arrow table of the records."""
    found = [_counts(title, index[name].to_pylist()) for name, title in _COUNTED.items() if name in index.column_names]
    for name, title in _TOLD_BY.items():
        column = f"score_{name}"
        if column in index.column_names:
            found.append(_counts(title, [_teller(value) for value in index[column].to_pylist()]))
    for part, made in report.estimators.items():
        found.append(_table(f"Made by: {part}", made))
    if report.footage:
        found.append(_table("Videos by what is unusual about them", report.footage, "videos"))
    lost = {"frames left out as damaged or missing": report.frames_lost}
    found.append(_table("Lost frames, all videos", lost, "frames"))
    failures = Counter(f"{failure.error} in {failure.stage}" for failure in report.failures)
    if failures:
        found.append(_table("Errors", failures, "units"))
    return found


def _teller(value: float | None) -> str:
    known = value is not None and value == value and 0 <= value < len(TELLERS)
    return TELLERS[int(value)] if known and value is not None else "not told"


def _counts(title: str, values: list[Any]) -> dict[str, Any]:
    return _table(title, Counter("" if value is None else str(value) for value in values))


def _table(title: str, counts: Mapping[str, int], unit: str = "records") -> dict[str, Any]:
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    shown = [[name or "(none)", count] for name, count in rows[:_MOST]]
    if len(rows) > _MOST:
        shown.append([f"{len(rows) - _MOST} more", sum(count for _, count in rows[_MOST:])])
    return {"title": title, "headings": ["value", unit], "rows": shown}

"""What differs between two corpora, clip by clip, each with the one cause that explains it best."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from share_data.audit.diff.causes import Cause, why_changed, why_kept_here_alone
from share_data.audit.diff.sides import Side, side_of, unlike
from share_data.build.plan.changes import changes

Change = Literal["came", "went", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A clip that is not the same in both. why: a word that reports count, see `causes`; detail: the rest of it."""

    unit: str
    video: str
    change: Change
    why: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Sum:
    """Differences of one kind and cause."""

    change: Change
    why: str
    clips: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs. same: records that are equal; recipe: fields of the recipe that have another value."""

    same: int
    sums: list[Sum]
    differences: list[Difference]
    recipe: list[str]

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def compare(first: Path | str, second: Path | str) -> Diff:
    """What building `second` in place of `first` came to. Raises CorpusError for what is no corpus."""
    with side_of(first) as before, side_of(second) as after:
        found = [*_alone(after, before, "came"), *_alone(before, after, "went")]
        altered = unlike(before.index, after.index)
        found += [_difference(after, unit, "changed", why_changed(unit, before, after)) for unit in altered]
        told = [str(change) for change in changes(before.recipe, after.recipe)]
        kept = int(_kept(after).sum()) - sum(each.change == "came" for each in found)
        return Diff(kept - len(altered), _sums(found), sorted(found, key=lambda each: (each.change, each.unit)), told)


def _alone(here: Side, there: Side, change: Change) -> Iterator[Difference]:
    """Clips that are kept here, and not there."""
    kept = set(there.table.names(np.flatnonzero(_kept(there))))
    for unit in here.table.names(np.flatnonzero(_kept(here))):
        if unit not in kept:
            yield _difference(here, unit, change, why_kept_here_alone(unit, here, there, came=change == "came"))


def _difference(side: Side, unit: str, change: Change, cause: Cause) -> Difference:
    row = side.table.row(unit)
    assert row is not None
    return Difference(unit, row["video"], change, cause.why, cause.detail, row["seconds"] or 0.0)


def _kept(side: Side) -> Any:
    return side.table.texts("status").where("kept")


def _sums(found: Iterable[Difference]) -> list[Sum]:
    sums: dict[tuple[Change, str], list[float]] = {}
    for each in found:
        entry = sums.setdefault((each.change, each.why), [0, 0.0])
        entry[0] += 1
        entry[1] += each.seconds
    return [Sum(*key, int(clips), round(seconds, 3)) for key, (clips, seconds) in sorted(sums.items())]

"""The outcome of a clip, with everything that was measured on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from share_data.ledger.ledger import Entry
from share_data.store.hashing import bytes_sha256, canonical_json

RECONSTRUCTION = "reconstruction"
"""The group of the scores that a reconstruction was given; all other groups are filters."""
ScoreGroups = Mapping[str, Mapping[str, float]]
"""Group to name to number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipEntry(Entry):
    """An entry of level `clip` with what the ledger does not hold of it.

    source: label; licence, redistributable, labels: the video's; start, stop: frames [start, stop); time_first,
    time_last: true seconds of its first and last frame, None where they are not known; scores: see `ScoreGroups`;
    duplicates: keys of the clips that show the same footage; duplicate_of: the one of them that is kept and scores
    better, empty where none is.
    """

    source: str = ""
    licence: str = ""
    redistributable: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    start: int = 0
    stop: int = 0
    time_first: float | None = None
    time_last: float | None = None
    scores: ScoreGroups = field(default_factory=dict)
    duplicates: Sequence[str] = ()
    duplicate_of: str = ""


def column(group: str, score: str) -> str:
    """Name of a score's column.

    >>> column("static_camera", "jitter_pct")
    'static_camera.jitter_pct'
    """
    return f"{group}.{score}"


def by_column(scores: ScoreGroups) -> dict[str, float]:
    """Every score by the name of its column."""
    return {column(group, name): float(value) for group, named in scores.items() for name, value in named.items()}


def scores_digest(columns: Mapping[str, float | None]) -> str:
    """16 hex digits that another value of any score would change; empty without scores. None counts as absent."""
    told = {name: value for name, value in columns.items() if value is not None}
    return bytes_sha256(canonical_json(told))[:16] if told else ""

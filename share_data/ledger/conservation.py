"""The books of a build: sums over its ledger's entries, and the proof that no unit is lost or counted twice."""

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from share_data.errors import CorpusError
from share_data.footage import Footage
from share_data.ledger.clip_entry import ClipEntry, ScoreGroups
from share_data.ledger.ledger import LEVELS, STATUSES, Entry, Level
from share_data.ledger.tiling import Tiling
from share_data.records import Status
from share_data.store.digest_table import DigestTable

_CHILD: dict[Level, Level] = {"source": "video", "video": "clip"}
_KEPT, _PACKED = 1, 2


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """How many units of a level ended the same way. `reason` is the error class where a unit failed."""

    level: Level
    status: Status
    stage: str
    reason: str
    count: int


class LedgerTotals:
    """The sums over entries that stream by: a few numbers a source and video, a name a clip, no entry is kept.

    `failures`: entries of units that failed; `scores`: (filter, score) to every clip's number; `footage`: videos by
    what is unusual about their pictures, see `Footage.unusual`; `frames_lost`: of all videos.
    """

    def __init__(self) -> None:
        self._outcomes: Counter[tuple[Level, Status, str, str]] = Counter()
        self._above: dict[tuple[Level, str], list[tuple[Status, int, str]]] = {}
        self._found: Counter[tuple[Level, str]] = Counter()
        self._clips = DigestTable()
        self._twice: list[tuple[Level, str]] = []
        self._kept = 0
        self._tiling = Tiling()
        self.seconds: defaultdict[tuple[str, Status, str, str], float] = defaultdict(float)
        self.failures: list[Entry] = []
        self.scores: dict[tuple[str, str], array[float]] = {}
        self.footage: Counter[str] = Counter()
        self.frames_lost = 0

    def watching(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same entries, each counted as it passes."""
        for entry in entries:
            self.add(entry)
            yield entry

    def add(self, entry: Entry) -> None:
        """Count one entry. Raises CorpusError for scores that are no JSON object of objects of numbers."""
        self._outcomes[entry.level, entry.status, entry.stage, entry.reason or entry.error_class] += 1
        self._found[entry.level, entry.parent] += 1
        if entry.level == "clip":
            clip = _digest(entry.unit)
            if clip in self._clips:
                self._twice.append(("clip", entry.unit))
            self._clips.set(clip, _KEPT if entry.status == "kept" else 0)
            self._kept += entry.status == "kept"
            self._tiling.piece(entry.parent, entry.begin, entry.begin + entry.frames)
            ended = entry.parent.partition("/")[0], entry.status, entry.stage, entry.reason or entry.error_class
            self.seconds[ended] += entry.seconds or 0.0
        else:
            if entry.level == "video" and entry.status == "kept":
                self._tiling.video(entry.unit, entry.frames)
            known = self._above.setdefault((entry.level, entry.unit), [])
            known.append((entry.status, entry.children, entry.parent))
        if entry.footage_json != "{}":
            self.footage.update(Footage.from_json(json.loads(entry.footage_json)).unusual())
        self.frames_lost += entry.frames_lost
        if entry.status == "failed":
            self.failures.append(entry)
        for kind, scores in _scores(entry).items():
            for name, value in scores.items():
                self.scores.setdefault((kind, name), array("d")).append(float(value))

    def counts(self) -> dict[str, dict[str, int]]:
        """level → status → number of units, zeros included, plus `total`."""
        counts: dict[str, dict[str, int]] = {}
        for level in LEVELS:
            of_level = {str(status): 0 for status in STATUSES}
            for (counted, status, _, _), number in self._outcomes.items():
                of_level[status] += number if counted == level else 0
            counts[level] = of_level | {"total": sum(of_level.values())}
        return counts

    def listed(self, level: Level) -> int:
        """Units of `level` that the level above announced; nothing is above a source, so sources count themselves."""
        if level == "source":
            return self.counts()[level]["total"]
        return sum(
            children
            for (above, _), known in self._above.items()
            for _, children, _ in known
            if _CHILD.get(above) == level
        )

    def sources(self) -> set[str]:
        """Names of the sources that have an outcome."""
        return {unit for level, unit in self._above if level == "source"}

    def funnel(self) -> list[FunnelRow]:
        """Units by level, status, stage and reason; sources first, kept before rejected before failed."""
        rows = [FunnelRow(*outcome, count) for outcome, count in self._outcomes.items()]
        return sorted(rows, key=lambda r: (LEVELS.index(r.level), STATUSES.index(r.status), r.stage, r.reason))

    def problems(self) -> list[str]:
        """What breaks the books, one sentence each; empty when every unit is accounted for exactly once.

        Checked: one outcome a unit; every parent exists; clips come from kept videos only; every source and video has
        exactly as many children in the ledger as it listed; every frame of a kept video is in one clip or piece.
        """
        twice = [(level, unit) for (level, unit), known in self._above.items() if len(known) > 1] + self._twice
        problems = [f"{level} {unit!r} has more than one outcome" for level, unit in twice]
        for (level, unit), known in self._above.items():
            for _, children, parent in known:
                problems += self._parent_problems(level, unit, parent)
                counted = self._found[_CHILD[level], unit]
                if counted != children:
                    problems.append(f"{level} {unit!r} listed {children} units but {counted} have an outcome")
        return problems + self._orphans() + self._tiling.problems()

    def record_problems(self, keys: Iterable[str]) -> list[str]:
        """Where records and kept clips differ, one sentence each. keys: of all records."""
        problems, packed = [], 0
        for key in keys:
            seen = self._clips.get(_digest(key)) or 0
            if not seen & _KEPT:
                problems.append(f"record {key} is not a kept clip")
            elif seen & _PACKED:
                problems.append(f"record {key} is there twice")
            else:
                packed += 1
            self._clips.set(_digest(key), seen | _PACKED)
        if packed != self._kept:
            problems.append(f"{self._kept - packed} clip(s) are kept but have no record")
        return problems

    def _parent_problems(self, level: Level, unit: str, parent: str) -> list[str]:
        if level == "source":
            return [f"source {unit!r} has a parent"] if parent else []
        if ("source", parent) not in self._above:
            return [f"video {unit!r} belongs to source {parent!r}, which has no outcome"]
        return []

    def _orphans(self) -> list[str]:
        """Clips whose video has no outcome, or is not kept."""
        problems = []
        for (level, parent), count in self._found.items():
            if level != "clip":
                continue
            known = self._above.get(("video", parent))
            if known is None:
                problems.append(f"video {parent!r} has {count} clip(s) but no outcome")
            elif known[-1][0] != "kept":
                problems.append(f"video {parent!r} has {count} clip(s) but is {known[-1][0]}")
        return problems


def _digest(unit: str) -> bytes:
    return sha256(unit.encode("utf-8", "surrogatepass")).digest()[:16]


def _scores(entry: Entry) -> ScoreGroups:
    """Of a clip of this build, or as ledgers of earlier versions hold them: JSON text."""
    if isinstance(entry, ClipEntry):
        return entry.scores
    if entry.scores_json == "{}":
        return {}
    try:
        scores: dict[str, dict[str, float]] = json.loads(entry.scores_json)
    except ValueError as error:
        raise CorpusError(
            f"ledger.parquet: the scores of {entry.unit} cannot be read ({error}). "
            "`share-data validate` says what is damaged."
        ) from error
    return scores


def totals_of(entries: Iterable[Entry]) -> LedgerTotals:
    """The books of these entries."""
    totals = LedgerTotals()
    for entry in entries:
        totals.add(entry)
    return totals

"""The ledger of a build, entry by entry, from its journal: every unit's one outcome."""

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from share_data.build.admission import LICENCE, NOT_ACCEPTED
from share_data.build.catalogue import DROPPED, FAILED, REJECTED, Catalogue
from share_data.build.scheduler import Scheduler
from share_data.engine.history import History, Outcome
from share_data.engine.jobs import Failure
from share_data.filters.verdict import Objection, Verdict
from share_data.footage import Footage
from share_data.ledger.ledger import Entry, Level
from share_data.store.hashing import canonical_json


class Outcomes:
    """Entries of a build whose work is done. sources: the entries of the recipe's sources."""

    def __init__(self, sources: Sequence[Entry], catalogue: Catalogue, history: History, work: Scheduler) -> None:
        self._sources = sources
        self._catalogue = catalogue
        self._history = history
        self._work = work

    def entries(self) -> Iterator[Entry]:
        """All entries in ledger order: sources, videos, clips, by name within a level. Nothing is kept in memory."""
        yield from sorted(self._sources, key=lambda entry: entry.unit)
        units = self._catalogue.units()
        yield from map(self._video, _order(units))
        yield from (self._clip(number, units) for number in _order(self._catalogue.keys()))

    def failures(self) -> Iterator[Entry]:
        """Entries of the units that failed."""
        return (entry for entry in self.entries() if entry.status == "failed")

    def _video(self, number: int) -> Entry:
        refusal = self._work.refused.get(number)
        if refusal is not None:
            video = self._work.jobs.video(number)[0]
            return Entry(
                "video", video.unit, video.source, refusal.status, stage=refusal.stage, reason=refusal.reason,
                error_class=refusal.error_class, message=refusal.message, **_told(self._footage(number)),
            )  # fmt: skip
        video, outcome = self._work.jobs.fetched(number)
        if outcome.failure is not None and outcome.failure.error_class in NOT_ACCEPTED:
            reason, told = NOT_ACCEPTED[outcome.failure.error_class], outcome.failure.message
            return Entry("video", video.unit, video.source, "rejected", stage=LICENCE, reason=reason, message=told)
        if outcome.failure is not None:
            return _failed("video", video.unit, video.source, "fetch", outcome.failure)
        children = len(outcome.result["clips"]) + len(outcome.result["dropped"])
        footage = self._footage(number)
        return Entry(
            "video", video.unit, video.source, "kept", children, message=footage.losses(), **_told(footage)
        )  # fmt: skip

    def _footage(self, number: int) -> Footage:
        """What the pictures of a video are, as far as it has been fetched."""
        outcome = self._history.outcome(self._work.jobs.video(number)[1])
        return Footage.from_json({} if outcome is None or outcome.failure else outcome.result["footage"])

    def _clip(self, number: int, units: Sequence[str]) -> Entry:
        window = self._catalogue.window(number)
        state, parent = self._work.states[number], units[window.video]
        if state == DROPPED:
            return Entry("clip", window.key, parent, "rejected", stage="mine", reason=window.dropped)
        measured = self._history.outcome(self._work.jobs.measure(number)) or Outcome({}, Failure("", ""))
        if measured.failure is not None:
            return _failed("clip", window.key, parent, "measure", measured.failure)
        scores = json.dumps(measured.result["scores"], sort_keys=True)
        judging = self._work.judging
        verdicts = judging.of_clip(measured.result["scores"])
        if state == REJECTED:
            return _judged(window.key, parent, verdicts, scores)
        jobs, waits = self._work.jobs, self._work.scales.waits(number)
        last = jobs.evidence(number) if waits else jobs.reconstruct(number)
        made = self._history.outcome(last) or Outcome({}, Failure("", ""))
        if state == FAILED:
            return _failed("clip", window.key, parent, "reconstruct", made.failure or Failure("", ""), scores)
        verdicts += judging.of_reconstruction(made.result.get("scores", {}))
        return _judged(window.key, parent, verdicts, scores)


def _order(names: Sequence[str]) -> "array[int]":
    """Numbers of names in their alphabetical order; the names themselves need not stay in memory."""
    return array("q", sorted(range(len(names)), key=names.__getitem__))


def _judged(unit: str, parent: str, verdicts: Sequence[Verdict], scores: str) -> Entry:
    """The entry of a clip that all these have decided upon."""
    against = [objection for verdict in verdicts for objection in verdict.against]
    unmeasured = [f"{verdict.filter}.{score}" for verdict in verdicts for score in verdict.unmeasured]
    first = against[0] if against else Objection("", "")
    return Entry(
        "clip", unit, parent, "rejected" if against else "kept", stage=first.filter, reason=first.reason,
        scores_json=scores, score=first.score, value=first.value, threshold=first.threshold,
        objections_json=canonical_json([asdict(each) for each in against]).decode(),
        unmeasured_json=canonical_json(unmeasured).decode(),
    )  # fmt: skip


def _told(footage: Footage) -> dict[str, Any]:
    return {"frames_lost": footage.frames_lost, "footage_json": canonical_json(footage.to_json()).decode()}


def _failed(level: Level, unit: str, parent: str, stage: str, failure: Failure, scores: str = "{}") -> Entry:
    return Entry(
        level, unit, parent, "failed", stage=stage, error_class=failure.error_class, message=failure.message,
        scores_json=scores,
    )  # fmt: skip

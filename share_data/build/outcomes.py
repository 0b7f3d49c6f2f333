"""The ledger of a build, entry by entry, from its journal: every unit's one outcome."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from share_data.build.admission import LICENCE, NOT_ACCEPTED
from share_data.build.catalogue import DROPPED, FAILED, KEPT, REJECTED, Catalogue, Window
from share_data.build.job_factory import spans_of
from share_data.build.packer import reviewed
from share_data.build.scheduler import Scheduler
from share_data.build.stages.measuring import Measuring
from share_data.engine.history import History, Outcome
from share_data.engine.jobs import Failure
from share_data.filters.duplicates import DUPLICATE, DUPLICATES
from share_data.filters.verdict import Objection, Verdict
from share_data.footage import Footage
from share_data.ledger.clip_entry import RECONSTRUCTION, ClipEntry, ScoreGroups, by_column, column, scores_digest
from share_data.ledger.judgements import REVIEW, REVIEWED
from share_data.ledger.ledger import Entry
from share_data.store.hashing import canonical_json

_VIDEOS = 128
AnEntry = TypeVar("AnEntry", bound=Entry)


class Outcomes:
    """Entries of a build whose work is done. sources: the entries of the recipe's sources."""

    def __init__(self, sources: Sequence[Entry], catalogue: Catalogue, history: History, work: Scheduler) -> None:
        self._sources = sources
        self._catalogue = catalogue
        self._history = history
        self._work = work
        self._spans = lru_cache(maxsize=_VIDEOS)(self._spans_of)

    def entries(self) -> Iterator[Entry]:
        """All entries in ledger order: sources, videos, clips, by name within a level. Nothing is kept in memory."""
        self._work.copies.name()
        yield from sorted(self._sources, key=lambda entry: entry.unit)
        units = self._catalogue.units()
        yield from map(self._video, _order(units))
        yield from (self._clip(number, units) for number in _order(self._catalogue.keys()))

    def pictures(self, stages: Measuring) -> Iterator[tuple[str, bytes]]:
        """Keys and thumbnails of the clips without a record, as far as they are stored, by key."""
        keys = self._catalogue.keys()
        for number in _order(keys):
            if self._work.states[number] != KEPT:
                jpeg = stages.stored_picture(self._work.jobs.pixels(number))
                if jpeg:
                    yield keys[number], jpeg

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
            return _failed(Entry("video", video.unit, video.source, "failed"), "fetch", outcome.failure)
        children = len(outcome.result["clips"]) + len(outcome.result["dropped"])
        footage = self._footage(number)
        known = [span[2] for span in outcome.result.get("spans", ())]
        return Entry(
            "video", video.unit, video.source, "kept", children, message=footage.losses(), **_told(footage),
            file=Path(outcome.result["path"]).name, seconds=round(sum(known), 6) if known else None,
            frames=outcome.result["frames"],
        )  # fmt: skip

    def _footage(self, number: int) -> Footage:
        """What the pictures of a video are, as far as it has been fetched."""
        outcome = self._history.outcome(self._work.jobs.video(number)[1])
        return Footage.from_json({} if outcome is None or outcome.failure else outcome.result["footage"])

    def _clip(self, number: int, units: Sequence[str]) -> Entry:
        window, state = self._catalogue.window(number), self._work.states[number]
        entry = self._looked_at(window, units[window.video])
        if state == DROPPED:
            return replace(entry, status="rejected", stage="mine", reason=window.dropped)
        measured = self._history.outcome(self._work.jobs.measure(number)) or Outcome({}, Failure("", ""))
        if measured.failure is not None:
            return _failed(entry, "measure", measured.failure)
        judging, scores = self._work.judging, measured.result["scores"]
        entry = replace(entry, review=judging.review.get(entry.unit, ""), **self._copies(number))
        verdicts = judging.of_clip(scores)
        if state == REJECTED:
            return _judged(entry, verdicts, scores)
        jobs, waits = self._work.jobs, self._work.scales.waits(number)
        last = jobs.evidence(number) if waits else jobs.reconstruct(number)
        made = self._history.outcome(last) or Outcome({}, Failure("", ""))
        if state == FAILED:
            return _failed(_judged(entry, verdicts, scores), "reconstruct", made.failure or Failure("", ""))
        graded = reviewed(made.result.get("scores", {}), entry.review)
        after = judging.of_reconstruction(graded)
        if judging.unique and number in self._work.copies.better:
            after.append(Verdict(DUPLICATES, False, DUPLICATE))
        return _judged(entry, verdicts, {**scores, RECONSTRUCTION: graded}, after)

    def _copies(self, number: int) -> dict[str, Any]:
        """What else shows a clip's footage, and the clip that stands for it."""
        copies, key = self._work.copies, self._work.jobs.key
        better = copies.better.get(number)
        others = tuple(map(key, copies.links.get(number, ())))
        return {"duplicates": others, "duplicate_of": "" if better is None else key(better)}

    def _looked_at(self, window: Window, parent: str) -> ClipEntry:
        """What is known of a clip before anything is decided."""
        video, fetched = self._work.jobs.video(window.video)[0], self._work.jobs.fetch_result(window.video)
        first, last, seconds = self._spans(window.video).get(window.start, (None, None, None))
        return ClipEntry(
            "clip", window.key, parent, "kept", file=Path(fetched["path"]).name, source=video.source, seconds=seconds,
            licence=video.licence, redistributable=video.redistributable, labels=video.labels, start=window.start,
            stop=window.stop, time_first=first, time_last=last, begin=window.start, frames=window.stop - window.start,
        )  # fmt: skip

    def _spans_of(self, number: int) -> Mapping[int, Sequence[float]]:
        """First frame of each piece to its span, see `what_was_mined`."""
        return spans_of(self._work.jobs.fetch_result(number))


def _order(names: Sequence[str]) -> "array[int]":
    """Numbers of names in their alphabetical order; the names themselves need not stay in memory."""
    return array("q", sorted(range(len(names)), key=names.__getitem__))


def _judged(
    entry: ClipEntry, verdicts: Sequence[Verdict], scores: ScoreGroups, graded: Sequence[Verdict] = ()
) -> ClipEntry:
    """The entry of a clip that all these have decided upon. graded: verdicts on its reconstruction."""
    against = [objection for verdict in (*verdicts, *graded) for objection in verdict.against]
    lacking = [column(verdict.filter, score) for verdict in verdicts for score in verdict.unmeasured]
    lacking += [column(RECONSTRUCTION, score) for verdict in graded for score in verdict.unmeasured]
    first = against[0] if against and not entry.review else Objection("", "")
    if entry.review == "bad":
        first = Objection(REVIEW, REVIEWED)
    return replace(
        entry, status="rejected" if first.filter else "kept", stage=first.filter, reason=first.reason,
        score=first.score, value=first.value, threshold=first.threshold,
        objections_json=canonical_json([asdict(each) for each in against]).decode(),
        unmeasured_json=canonical_json(lacking).decode(), scores=scores, scores_digest=scores_digest(by_column(scores)),
    )  # fmt: skip


def _told(footage: Footage) -> dict[str, Any]:
    return {"frames_lost": footage.frames_lost, "footage_json": canonical_json(footage.to_json()).decode()}


def _failed(entry: AnEntry, stage: str, failure: Failure) -> AnEntry:
    why, told = failure.error_class, failure.message
    return replace(entry, status="failed", stage=stage, reason="", error_class=why, message=told)

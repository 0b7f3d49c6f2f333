"""A look at everything a build would do: its own queues, gone through with what is stored in place of computing.

What is not stored is assumed to succeed, so that the shards that follow from it are known, too.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from share_data.build.admission import NOT_ACCEPTED
from share_data.build.catalogue import DROPPED, FAILED, KEPT, PENDING, REJECTED, UNFIT, Catalogue
from share_data.build.codecs import from_artifact
from share_data.build.plan.changes import STAGES, Stage
from share_data.build.plan.invalidation import EarlierBuilds
from share_data.build.plan.located import LocatedVideos
from share_data.build.plan.tally import ESTIMATION, Tally, pixels_of
from share_data.build.scheduler import Scheduler
from share_data.build.stages.keys import how_read, job_digest
from share_data.build.stages.scale_rows import from_payload
from share_data.build.stages.stages import Stages
from share_data.engine.history import History
from share_data.engine.jobs import Job, Receipt, Step
from share_data.records import Video

UNTOLD = [[0.0, 0.0, 0.0, 1.0, 1.0]]
"""For what a clip will say of the scale: no clip tells a ratio from no pixels of a person of one metre."""


class PlanScan:
    """See `run`. work: not begun yet, on a history that forgets; stages: on a store that is only looked into."""

    def __init__(
        self,
        stages: Stages,
        catalogue: Catalogue,
        history: History,
        work: Scheduler,
        earlier: EarlierBuilds,
        located: LocatedVideos,
    ) -> None:
        self._stages = stages
        self._catalogue = catalogue
        self._history = history
        self._work = work
        self._earlier = earlier
        self._located = located
        self._unmined: set[str] = set()
        self._met: set[str] = set()
        self._told: set[str] = set()
        self.tallies: dict[Stage, Tally] = {stage: Tally() for stage in STAGES}
        self.clips: Counter[str] = Counter()
        """Windows by what is known of them, see `Plan.clips`."""
        self.pooled = 0
        """Candidates that are estimated first, and assembled once their pool has told its scale."""
        self.closed_videos = 0
        """Videos whose clips are not known."""

    @property
    def pictures(self) -> Mapping[str, int]:
        """Mined videos by what is unusual about their pictures."""
        return self._work.pictures

    def run(self) -> None:
        """Fill in `tallies` and the rest."""
        self._work.begin()
        for job in self._queued("fetch"):
            self._video(job)
        for job in self._unlike("measure"):
            self._clip(job)
        for job in self._unlike("reconstruct"):
            self._candidate(job)
        for job in self._queued("pack"):
            self._shard(job)
        self._count()

    def failed_before(self) -> int:
        """Videos and clips that an earlier build gave up, and that are not tried again."""
        known = (self._history.outcome(self._work.jobs.video(n)[1]) for n in range(self._catalogue.videos))
        failures = [outcome.failure for outcome in known if outcome is not None and outcome.failure is not None]
        videos = sum(failure.error_class not in NOT_ACCEPTED for failure in failures)
        videos += sum(refusal.status == "failed" for refusal in self._work.refused.values())
        return videos + sum(state == FAILED for state in self._work.states)

    def keeps_nothing(self) -> bool:
        """Whether it is certain that no clip will be kept."""
        return not self.closed_videos and not {KEPT, PENDING} & {*self._work.states}

    def _queued(self, step: Step) -> Iterator[Job]:
        while (job := self._work.next(step)) is not None:
            yield job

    def _unlike(self, step: Step) -> Iterator[Job]:
        """The queue less what has the result of a job before it: two copies of a video are computed once."""
        for job in self._queued(step):
            if self._history.known(job.digest):
                self._work.recorded(job, None)
            else:
                yield job

    def _assume(self, job: Job, result: Mapping[str, Any]) -> None:
        self._history.done(job, result, Receipt("done"))
        self._work.recorded(job, None)

    def _video(self, job: Job) -> None:
        video = Video(**job.payload["video"])
        file = self._located.find(video)
        if file is None:
            why = self._earlier.why("fetch", "fetch", job.unit, job.digest)
            self.tallies["fetch"].add(why, f"fetch:{video.source}", 1)
        elif file.sha256 and self._stages.store.get("mine", self._mined(video, file.sha256)) is not None:
            found = {"path": str(file.path), "sha256": file.sha256, "bytes": file.bytes, "mtime_ns": file.mtime_ns}
            result = self._work.done(job, found)
            if result is not None:
                self._assume(job, result)
                return
        self.closed_videos += 1
        self._mine(job.unit, self._earlier.why("mine", "fetch", job.unit, job.digest))

    def _mine(self, unit: str, why: str) -> None:
        if unit not in self._unmined:
            self._unmined.add(unit)
            self.tallies["mine"].add(why, "mine", 1)

    def _opened(self, payload: Mapping[str, Any]) -> bool:
        """Whether the clip's times and size can be had; a worker that cannot have them mines the video again."""
        video = Video(**payload["video"])
        if self._stages.store.has("mine", self._mined(video, payload["sha256"])):
            return True
        self._mine(video.unit, "result has gone from the store")
        return False

    def _mined(self, video: Video, sha256: str) -> str:
        return self._stages.keys.mine(sha256, how_read(video))

    def _clip(self, job: Job) -> None:
        self._opened(job.payload)
        scores = self._stages.stored_scores(pixels_of(job.payload))
        if scores is None:
            if self._first(job_digest("pixels", pixels_of(job.payload))):
                self.tallies["measure"].add(self._why("measure", job), "measure", job.frames)
        else:
            self._assume(job, {"scores": scores})

    def _candidate(self, job: Job) -> None:
        why = {stage: self._why(stage, job) for stage in ESTIMATION}
        if "evidence" in job.payload:
            self._told.add(job.unit)
            return self._assume(job, {"key": "", "scale": self._evidence(job, why)})
        key = self._estimate(job.payload, job.frames, why, ESTIMATION[2 * (job.unit in self._told) :])
        self._assume(job, {"key": key, "scores": self._graded(key)})

    def _graded(self, key: str) -> Mapping[str, float]:
        """The scores of a stored reconstruction, where somebody decides on them."""
        if not key or not self._stages.judging.grades:
            return {}
        try:
            return self._stages.reconstruction(key)[0].scores
        except KeyError:  # Damaged, or taken away meanwhile.
            return {}

    def _evidence(self, job: Job, why: Mapping[Stage, str]) -> list[list[float]]:
        """Count what is missing before a clip can tell its scale; returns what it tells, or something of no clip."""
        maps = self._estimate(job.payload, job.frames, why, ESTIMATION[:-1])
        self.pooled += 1
        key = self._stages.keys.scale_evidence(maps) if maps else ""
        stored = self._stages.store.get("scale", key) if key else None
        if stored is not None:
            return from_artifact(stored, list)
        if self._first(key):
            self.tallies["reconstruct"].work["scale"] += job.frames
        return UNTOLD

    def _estimate(
        self, payload: Mapping[str, Any], frames: int, why: Mapping[Stage, str], stages: Sequence[Stage] = ESTIMATION
    ) -> str:
        """Count what is missing of these stages of a candidate; returns the key of the last where nothing is, else "".

        Where a key cannot be told, because the focal or the size is not known, what it stands for counts as missing.
        """
        keys = dict.fromkeys(ESTIMATION, "")
        if self._opened(payload):
            window = (payload["start"], payload["stop"])
            filmed = self._stages.clip(Video(**payload["video"]), Path(payload["path"]), payload["sha256"], window)
            clip = self._stages.steadied_before(filmed) or filmed
            keys["humans"] = self._stages.humans_key(clip)
            if not keys["humans"] and "humans" in stages and self._first(self._stages.intrinsics.question(clip)):
                self.tallies["geometry"].work["focal"] += frames
            if keys["humans"]:
                keys["geometry"] = self._stages.geometry_key(clip, keys["humans"])
            if keys["geometry"]:
                pooled = from_payload(payload["pooled"]) if payload.get("pooled") else None
                told = payload.get("key")  # of a shard's member
                keys["reconstruct"] = told or self._stages.reconstruct_key(clip, keys["geometry"], pooled)
        missing = [stage for stage in stages if not keys[stage] or not self._stages.store.has(stage, keys[stage])]
        for stage in missing:
            if self._first(keys[stage]):
                self.tallies[stage].add(why[stage], stage, frames)
        return "" if missing else keys[stages[-1]]

    def _first(self, key: str) -> bool:
        """Whether this result is met for the first time: copies of a video share theirs."""
        new = not key or key not in self._met
        self._met.add(key)
        return new

    def _shard(self, job: Job) -> None:
        """A shard to write. Members that the journal calls done may have gone from the store meanwhile."""
        self.tallies["pack"].add(self._why("pack", job), "pack", job.frames)
        gone: Mapping[Stage, str] = dict.fromkeys(ESTIMATION, "result has gone from the store")
        for member in job.payload["members"]:
            self._opened(member)
            if member["key"] and not self._stages.store.has("reconstruct", member["key"]):
                self._estimate(member, member["stop"] - member["start"], gone)

    def _why(self, stage: Stage, job: Job) -> str:
        return self._earlier.why(stage, job.step, job.unit, job.digest)

    def _count(self) -> None:
        """Units by stage, and clips by their state, once all queues are gone through."""
        states = Counter(self._work.states)
        unmeasured = sum(map(self._unmeasured, (n for n, state in enumerate(self._work.states) if state == FAILED)))
        candidates = states[KEPT] + states[UNFIT] + states[FAILED] - unmeasured
        self.clips = Counter(
            dropped=states[DROPPED], undecided=states[PENDING], rejected=states[REJECTED], failed=unmeasured,
            candidates=candidates, unfit=states[UNFIT],
        )  # fmt: skip
        for stage in ("fetch", "mine"):
            self.tallies[stage].units = self._catalogue.videos - len(self._work.refused)
        self.tallies["measure"].units = self._catalogue.windows - states[DROPPED]
        self.tallies["measure"].failed = unmeasured
        for stage in ESTIMATION:
            self.tallies[stage].units = candidates
            self.tallies[stage].failed = states[FAILED] - unmeasured
        self.tallies["pack"].units = len(self._work.digests)

    def _unmeasured(self, clip: int) -> bool:
        """Whether a clip that failed did so when it was measured."""
        outcome = self._history.outcome(self._work.jobs.measure(clip))
        return outcome is not None and outcome.failure is not None

"""What there is to do in a build, and what follows from what is done: fetch, measure, decide, reconstruct, pack.

A clip is decided upon as soon as it is measured. Once all are, the candidates are frozen: a candidate's place in the
corpus is its position among them in hash order, and a failure leaves a hole in its shard, never another shard.
"""

from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from share_data.build.admission import NOT_ACCEPTED, Admission, Refusal
from share_data.build.catalogue import CANDIDATE, DROPPED, FAILED, KEPT, PENDING, REJECTED, UNFIT, Catalogue, Window
from share_data.build.duplicates.copies import Copies
from share_data.build.fetch_queue import FetchQueue
from share_data.build.job_factory import JobFactory, spans_of, what_was_mined
from share_data.build.lengths.states import ClipStates
from share_data.build.scale.candidates import Candidates
from share_data.build.scale.pools import ScalePools
from share_data.build.shard_queue import ShardQueue, let_through
from share_data.build.stages.keys import how_read
from share_data.build.stages.stages import Stages
from share_data.corpus.layout import shard_path
from share_data.corpus.write.target import Target
from share_data.engine.history import History, Outcome
from share_data.engine.jobs import Failure, Job, Step
from share_data.engine.watch import Expected, Watcher
from share_data.footage import Footage
from share_data.records import Video, clip_key


class Scheduler:
    """The queues of a build.

    stages: for keys and decisions only, nothing is computed with it here; limits: of sources, see `FetchQueue`.
    """

    def __init__(
        self,
        stages: Stages,
        catalogue: Catalogue,
        history: History,
        target: Target,
        watch: Watcher,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self._stages = stages
        self._catalogue = catalogue
        self._history = history
        self._target = target
        self._watch = watch
        self._fetches = FetchQueue(limits or {})
        self._measures: deque[int] = deque()
        self._flying: dict[str, int] = {}
        self._undecided = 0
        self.states = ClipStates()
        self._shards: ShardQueue | None = None
        self._expected = Expected(watch)
        self._admission = Admission(stages.recipe)
        self.refused: dict[int, Refusal] = {}
        self.pictures: Counter[str] = Counter()  # Opened videos by what is unusual about them: `Footage.unusual`.
        self.jobs = JobFactory(stages, catalogue, history)
        self.scales = ScalePools(stages.pools_scale, stages.recipe.camera.pool > 0, self.jobs)
        self._candidates = Candidates(self.jobs, history, self.scales, self._expected, self._reconstructed)
        self.judging = stages.judging
        self.copies = Copies(self.judging.unique, self.jobs, self.states)

    def begin(self) -> None:
        """Look up what the journal knows of every listed video that may be used; the rest is queued."""
        self._undecided = self._catalogue.videos
        for number in range(self._catalogue.videos):
            self.scales.add_video(self.jobs.video(number)[0])
        for number in range(self._catalogue.videos):
            refusal = self._admission.of_video(self.jobs.video(number)[0])
            result = None if refusal else self.jobs.fetched_before(number)
            if refusal is not None:
                self._refuse(number, refusal)
            elif result is None:
                self._fetches.add(self.jobs.video(number)[0].source, number)
                self.states.waiting += 1
                self._expected.add("fetch")
            else:
                self._expected.add("fetch", stored=True)
                self._open(number, result)
        for line in self._admission.misspelt():
            self._watch.note(line)
        self._history.mark("listed", videos=self._catalogue.videos - len(self.refused))
        self._maybe_freeze()

    # What the engine asks.

    def waiting(self) -> int:
        """How many jobs could be started now."""
        return len(self._shards or ()) + len(self._fetches) + len(self._measures) + len(self._candidates)

    def next(self, step: Step) -> Job | None:
        """The next job of this step, or None where there is none now."""
        number = self._number(step)
        if number is None:
            return None
        if step == "pack":
            assert self._shards is not None
            job = self.jobs.pack_job(number, self._shards.members(number))
        else:
            jobs = {"fetch": self.jobs.fetch_job, "measure": self.jobs.measure_job}
            job = jobs.get(step, self._candidates.job)(number)
        self._flying[job.digest] = number
        return job

    def _number(self, step: Step) -> int | None:
        if step == "fetch":
            return self._fetches.next()
        if step == "pack":
            return self._shards.next() if self._shards else None
        if step == "measure":
            return self._measures.popleft() if self._measures else None
        return self._candidates.next()

    def done(self, job: Job, result: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What the journal keeps of a result; None for a shard whose members have to be computed again first."""
        if job.step == "fetch":
            read = how_read(Video(**job.payload["video"]))
            mined = self._stages.store.get("mine", self._stages.keys.mine(result["sha256"], read))
            if mined is None:
                number = self._flying.pop(job.digest)
                source = self.jobs.video(number)[0].source
                self._fetches.ended(source)
                self._fetches.add(source, number)
                return None
            return {**result, **what_was_mined(mined, job.payload["video"]["time_scale"])}
        if "missing" in result:
            self._compute_again(self._flying.pop(job.digest), result["missing"])
            return None
        return result

    def recorded(self, job: Job, failure: Failure | None) -> None:
        """Go on from a job whose end is in the journal."""
        number = self._flying.pop(job.digest)
        outcome = "kept" if failure is None else f"failed: {failure.error_class}: {failure.message}"
        if job.step == "fetch":
            self._fetches.ended(self.jobs.video(number)[0].source)
            self.states.waiting -= 1
            if failure is None:
                self._open(number, self.jobs.result(job.digest))
                refusal = self.refused.get(number)
                outcome = outcome if refusal is None else f"{refusal.status}: {refusal.reason or refusal.message}"
            else:
                self._replaced(number, 0)
                if failure.error_class in NOT_ACCEPTED:
                    outcome = f"rejected: {NOT_ACCEPTED[failure.error_class]}"
        elif job.step in ("measure", "reconstruct"):
            decide = self._measured if job.step == "measure" else self._candidates.recorded(job)
            ended = self._history.outcome(job.digest)
            outcome = (ended and decide(number, ended)) or outcome
        self._watch.advance(job.step, job.unit, outcome)
        self._maybe_freeze()

    # Videos and clips.

    def _open(self, number: int, result: Mapping[str, Any]) -> None:
        """Take the windows of a fetched video, if it may be used."""
        self.pictures.update(Footage.from_json(result["footage"]).unusual())
        refusal = self._admission.of_content(result)
        if refusal is not None:
            return self._refuse(number, refusal)
        video, _ = self.jobs.video(number)
        self._replaced(number, len(result["clips"]))
        beside, spans = self._stages.beside(Path(result["path"])), spans_of(result)
        self.states.opened += 1
        pieces = [(start, stop, "") for start, stop in result["clips"]] + [tuple(p) for p in result["dropped"]]
        for start, stop, dropped in pieces:
            key = clip_key(video, result["sha256"], start, stop)
            clip = self.jobs.add(video, Window(key, number, start, stop, dropped), result["sha256"], beside)
            self.states.add(DROPPED if dropped else PENDING, stop - start, spans.get(start, (0, 0, 0))[2])
            self.scales.add_window(number, len(result["clips"]))
            if not dropped:
                self._consider(clip)

    def _refuse(self, number: int, refusal: Refusal) -> None:
        self.refused[number] = refusal
        self._replaced(number, 0)

    def _replaced(self, number: int, clips: int) -> None:
        """A video has given way to so many clips, or to none."""
        self._undecided += clips - 1
        self.scales.opened(number, clips)

    def _consider(self, clip: int) -> None:
        outcome = self._history.outcome(self.jobs.measure(clip))
        self._expected.add("measure", stored=outcome is not None)
        if outcome is None:
            self._measures.append(clip)
        else:
            self._measured(clip, outcome)

    def _measured(self, clip: int, measured: Outcome) -> str:
        """Decide upon a clip; returns why it is rejected, or an empty string."""
        self._undecided -= 1
        against = None
        if measured.failure is None:
            self.copies.footage.add(clip, measured.result)
            against = self.judging.against(self.jobs.key(clip), self.judging.of_clip(measured.result["scores"]))
            if against is None:
                self.states[clip] = CANDIDATE
                return self._candidates.add(clip)
        self.states[clip] = FAILED if against is None else REJECTED
        self.scales.ended(clip)
        return "" if against is None else f"rejected: {against.reason}"

    def _reconstructed(self, clip: int, made: Outcome) -> str:
        """Decide upon a reconstruction; returns why it is rejected, or an empty string."""
        verdicts = self.judging.of_reconstruction(made.result.get("scores", {}))
        against = self.judging.against(self.jobs.key(clip), verdicts)
        self.states[clip] = FAILED if made.failure is not None else KEPT if against is None else UNFIT
        if self._shards is not None:
            self._shards.ended(self.copies.ended(clip))
        return "" if against is None else f"rejected: {against.reason}"

    @property
    def digests(self) -> Mapping[int, str]:
        """Of the packing jobs, by shard."""
        return {} if self._shards is None else self._shards.digests

    def _maybe_freeze(self) -> None:
        if self._shards is not None or self._undecided:
            return
        keys = self._catalogue.keys()
        for line in self.judging.strangers(keys):
            self._watch.note(line)
        self.copies.find()
        candidates = let_through(keys, self.states, lambda clip: self._history.has_failed(self.jobs.measure(clip)))
        shards = self._shards = ShardQueue(
            candidates, self._stages.recipe.output.samples_per_shard, self.states,
            self.jobs, self._history, self._target, lambda stored: self._expected.add("pack", stored),
        )  # fmt: skip
        self._candidates.sort(shards.place)
        self._history.mark("frozen", clips=self._catalogue.windows, asked=self._candidates.asked, **shards.counts)
        shards.add_complete()

    def _compute_again(self, shard: int, missing: list[int]) -> None:
        """Results of these members, by position, have gone from the store."""
        assert self._shards is not None
        members = self._shards.members(shard)
        for clip in (members[place] for place in missing):
            self._history.forget(self.jobs.reconstruct(clip))
            self.states[clip] = CANDIDATE
            self.copies.reopened(clip)
            self._shards.reopened(clip)
            self._candidates.again(clip)
        self._watch.note(f"{shard_path(shard)}: {len(missing)} result(s) have gone from the store: computed again")

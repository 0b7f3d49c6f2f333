"""What there is to do in a build, and what follows from what is done: fetch, measure, decide, reconstruct, pack.

A clip is decided upon as soon as it is measured. Once all are, the candidates are frozen: a candidate's place in the
corpus is its position among them in hash order, and a failure leaves a hole in its shard, never another shard.
"""

from array import array
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from share_data.corpus.layout import hash_order, shard_path
from share_data.engine.history import History, Outcome
from share_data.engine.jobs import Failure, Job, Step
from share_data.pipeline.catalogue import Catalogue, Window
from share_data.pipeline.keys import identity, job_digest
from share_data.pipeline.packer import sidecar_path, staging_folder
from share_data.pipeline.sidecar import read_head
from share_data.pipeline.stages import Stages
from share_data.pipeline.target import Target
from share_data.pipeline.watch import Watcher
from share_data.pipeline.worker import clip_payload
from share_data.records import Measurement, Video, clip_key

PENDING, DROPPED, REJECTED, CANDIDATE, KEPT, FAILED = range(6)
_DIGEST = 16
"""Bytes of a job's digest."""


class Work:
    """The queues of a build. stages: for keys and decisions only, nothing is computed with it here."""

    def __init__(self, stages: Stages, catalogue: Catalogue, history: History, target: Target, watch: Watcher) -> None:
        self._stages = stages
        self._catalogue = catalogue
        self._history = history
        self._target = target
        self._watch = watch
        self._queues: dict[Step, deque[int]] = {"fetch": deque(), "measure": deque(), "reconstruct": deque()}
        self._flying: dict[str, int] = {}
        self._undecided = 0
        self.states = array("b")
        self.frozen = False
        self._packs: deque[int] = deque()
        self._left = array("i")
        self._order = array("q")
        self._shard_of: dict[int, int] = {}
        self.digests: dict[int, str] = {}
        self._counts: dict[Step, list[int]] = {}
        # Passes over the clips meet the same few again and again; what a cache forgets is read or hashed anew.
        self._video = lru_cache(maxsize=2048)(self._read_video)
        self._fetch_result = lru_cache(maxsize=2048)(self._result)
        self._placed = lru_cache(maxsize=256)(self._read_placed)
        self._measure_digests = bytearray()
        self._reconstruct_digests = bytearray()

    def begin(self) -> None:
        """Look up what the journal knows of every listed video; the rest is queued."""
        self._undecided = self._catalogue.videos
        for number in range(self._catalogue.videos):
            result = self._fetched(number)
            if result is None:
                self._queues["fetch"].append(number)
                self._expect("fetch")
            else:
                self._expect("fetch", stored=True)
                self._open(number, result)
        self._history.mark("listed", videos=self._catalogue.videos)
        self._maybe_freeze()

    # What the engine asks.

    def waiting(self) -> int:
        """How many jobs could be started now."""
        return len(self._packs) + sum(map(len, self._queues.values()))

    def next(self, step: Step) -> Job | None:
        """The next job of this step, or None where there is none now."""
        queue = self._packs if step == "pack" else self._queues[step]
        if not queue:
            return None
        number = queue.popleft()
        job = self._job(step, number)
        self._flying[job.digest] = number
        return job

    def done(self, job: Job, result: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What the journal keeps of a result; None for a shard whose members have to be computed again first."""
        if job.step == "fetch":
            mined = self._stages.store.get("mine", self._stages.keys.mine(result["sha256"]))
            if mined is None:
                self._queues["fetch"].append(self._flying.pop(job.digest))
                return None
            windows = [[clip["start"], clip["stop"]] for clip in mined.meta["clips"]]
            return {**result, "clips": windows, "dropped": [list(piece) for piece in mined.meta["dropped"]]}
        if "missing" in result:
            self._compute_again(self._flying.pop(job.digest), result["missing"])
            return None
        return result

    def recorded(self, job: Job, failure: Failure | None) -> None:
        """Go on from a job whose end is in the journal."""
        number = self._flying.pop(job.digest)
        outcome = "kept" if failure is None else f"failed: {failure.error_class}: {failure.message}"
        if job.step == "fetch":
            if failure is None:
                self._open(number, self._result(job.digest))
            else:
                self._undecided -= 1
        elif job.step == "measure":
            measured = self._history.outcome(job.digest)
            outcome = (measured and self._measured(number, measured)) or outcome
        elif job.step == "reconstruct":
            self._reconstructed(number, failure)
        self._watch.advance(job.step, job.unit, outcome)
        self._maybe_freeze()

    # Videos and clips.

    def _fetched(self, number: int) -> Mapping[str, Any] | None:
        """The journal's word on a video whose file is still what it was."""
        outcome = self._history.outcome(self._video(number)[1])
        if outcome is None or outcome.failure:
            return None
        try:
            stat = Path(outcome.result["path"]).stat()
        except OSError:
            return None
        same = (stat.st_size, stat.st_mtime_ns) == (outcome.result["bytes"], outcome.result["mtime_ns"])
        return outcome.result if same else None

    def _open(self, number: int, result: Mapping[str, Any]) -> None:
        """Take the windows of a fetched video."""
        video, _ = self._video(number)
        self._undecided += len(result["clips"]) - 1
        pieces = [(start, stop, "") for start, stop in result["clips"]] + [tuple(p) for p in result["dropped"]]
        for start, stop, dropped in pieces:
            key = clip_key(video, result["sha256"], start, stop)
            clip = self._catalogue.add_window(Window(key, number, start, stop, dropped))
            self.states.append(DROPPED if dropped else PENDING)
            self._add_digests(video, key, identity(result["sha256"], start, stop))
            if not dropped:
                self._consider(clip)

    def _consider(self, clip: int) -> None:
        outcome = self._history.outcome(self.measure_digest(clip))
        if outcome is None:
            self._expect("measure")
            self._queues["measure"].append(clip)
        else:
            self._expect("measure", stored=True)
            self._measured(clip, outcome)

    def _measured(self, clip: int, measured: Outcome) -> str:
        """Decide upon a clip; returns why it is rejected, or an empty string."""
        self._undecided -= 1
        if measured.failure is not None:
            self.states[clip] = FAILED
            return ""
        verdict = self.verdict(measured.result["scores"])
        if verdict is not None:
            self.states[clip] = REJECTED
            return f"rejected: {verdict[1]}"
        self.states[clip] = CANDIDATE
        digest = self.reconstruct_digest(clip)
        if not self._history.known(digest):
            self._expect("reconstruct")
            self._queues["reconstruct"].append(clip)
        else:
            self._expect("reconstruct", stored=True)
            self.states[clip] = FAILED if self._history.has_failed(digest) else KEPT
        return ""

    def _reconstructed(self, clip: int, failure: Failure | None) -> None:
        self.states[clip] = KEPT if failure is None else FAILED
        if self.frozen:
            shard = self._shard_of[clip]
            self._left[shard] -= 1
            if not self._left[shard]:
                self._shard_ready(shard)

    def fetched(self, number: int) -> tuple[Video, Outcome]:
        """A video, and how fetching it ended."""
        video, digest = self._video(number)
        outcome = self._history.outcome(digest)
        if outcome is None:
            raise KeyError(video.unit)
        return video, outcome

    def verdict(self, scores: Mapping[str, Mapping[str, float]]) -> tuple[str, str] | None:
        """(filter, reason) of the first filter that objects to a clip with these scores; None when all agree."""
        measurements = [Measurement(f.kind, f.version, scores[f.kind]) for f in self._stages.filters]
        rejecting = next((each for each in self._stages.decide(measurements) if not each.kept), None)
        return None if rejecting is None else (rejecting.filter, rejecting.reason)

    # Shards.

    def _maybe_freeze(self) -> None:
        if self.frozen or self._undecided:
            return
        self.frozen = True
        keys = self._catalogue.keys()
        by_key = {keys[n]: n for n in range(len(keys)) if self._is_candidate(n)}
        size = self._stages.recipe.output.samples_per_shard
        self._order = array("q", (by_key[key] for key in hash_order(by_key)))
        self._shard_of = {clip: place // size for place, clip in enumerate(self._order)}
        self._left = array("i", bytes(4 * -(-len(self._order) // size)))
        for place, clip in enumerate(self._order):
            self._left[place // size] += self.states[clip] == CANDIDATE
        places = {clip: place for place, clip in enumerate(self._order)}
        self._queues["reconstruct"] = deque(sorted(self._queues["reconstruct"], key=places.__getitem__))
        clips, candidates, shards = self._catalogue.windows, len(self._order), len(self._left)
        self._history.mark("frozen", clips=clips, candidates=candidates, shards=shards)
        for shard, left in enumerate(self._left):
            if not left:
                self._shard_ready(shard)

    def _is_candidate(self, clip: int) -> bool:
        """Whether the filters let a clip through, whatever became of it afterwards."""
        if self.states[clip] == FAILED:
            return not self._history.has_failed(self.measure_digest(clip))
        return self.states[clip] in (CANDIDATE, KEPT)

    def _shard_ready(self, shard: int) -> None:
        """All members of a shard have ended: pack it, unless just that shard lies there."""
        members = self._members(shard)
        if not members:
            return
        digest = self._pack_digest(shard, members)
        self.digests[shard] = digest
        if self._history.known(digest) and self._is_there(digest):
            self._expect("pack", stored=True)
        else:
            self._expect("pack")
            self._packs.append(shard)

    def _is_there(self, digest: str) -> bool:
        try:
            files = read_head(sidecar_path(self._target.workspace, digest)).files
        except (OSError, ValueError, KeyError):
            return False
        folder = staging_folder(self._target.workspace, digest)
        return all(self._target.holds(folder / entry.path, entry) for entry in files)

    def _members(self, shard: int) -> list[int]:
        size = self._stages.recipe.output.samples_per_shard
        return [clip for clip in self._order[shard * size : (shard + 1) * size] if self.states[clip] == KEPT]

    def _compute_again(self, shard: int, missing: list[int]) -> None:
        """Results of these members, by position, have gone from the store."""
        members = self._members(shard)
        for clip in (members[place] for place in missing):
            self._history.forget(self.reconstruct_digest(clip))
            self.states[clip] = CANDIDATE
            self._left[shard] += 1
            self._expect("reconstruct")
            self._queues["reconstruct"].append(clip)
        self._watch.note(f"{shard_path(shard)}: {len(missing)} result(s) have gone from the store: computed again")

    # Jobs and digests.

    def _job(self, step: Step, number: int) -> Job:
        if step == "fetch":
            return self._fetch_job(number)
        return self._pack_job(number) if step == "pack" else self._clip_job(step, number)

    def _fetch_job(self, number: int) -> Job:
        video, digest = self._video(number)
        return Job("fetch", video.unit, digest, {"video": asdict(video)})

    def _clip_job(self, step: Step, clip: int) -> Job:
        window, video, result = self._placed(clip)
        digest = self.measure_digest(clip) if step == "measure" else self.reconstruct_digest(clip)
        payload = clip_payload(video, result["path"], result["sha256"], window.start, window.stop)
        return Job(step, window.key, digest, payload, window.stop - window.start)

    def _pack_job(self, shard: int) -> Job:
        members = []
        frames = 0
        for clip in self._members(shard):
            window, video, result = self._placed(clip)
            payload = clip_payload(video, result["path"], result["sha256"], window.start, window.stop)
            members.append(payload | {"key": self._result(self.reconstruct_digest(clip))["key"]})
            frames += window.stop - window.start
        digest = self.digests[shard]
        return Job("pack", shard_path(shard), digest, {"number": shard, "digest": digest, "members": members}, frames)

    def _read_placed(self, clip: int) -> tuple[Window, Video, Mapping[str, Any]]:
        """A clip, its video, and what fetching that gave."""
        window = self._catalogue.window(clip)
        video, digest = self._video(window.video)
        return window, video, self._fetch_result(digest)

    def _read_video(self, number: int) -> tuple[Video, str]:
        """A video, and the digest of the job that fetches it."""
        video = self._catalogue.video(number)
        return video, self._stages.keys.fetch_digest(video)

    def _result(self, digest: str) -> Mapping[str, Any]:
        outcome = self._history.outcome(digest)
        if outcome is None:
            raise KeyError(digest)
        return outcome.result

    def measure_digest(self, clip: int) -> str:
        """Digest of the job that measures a clip."""
        return self._measure_digests[_DIGEST * clip : _DIGEST * (clip + 1)].hex()

    def reconstruct_digest(self, clip: int) -> str:
        """Digest of the job that reconstructs a clip."""
        return self._reconstruct_digests[_DIGEST * clip : _DIGEST * (clip + 1)].hex()

    def _add_digests(self, video: Video, key: str, pixels: dict[str, Any]) -> None:
        keys = self._stages.keys
        self._measure_digests += bytes.fromhex(keys.measure_digest(self._stages.filters, pixels, key))
        self._reconstruct_digests += bytes.fromhex(keys.reconstruct_digest(pixels, video, key))

    def _pack_digest(self, shard: int, members: list[int]) -> str:
        """Of all that decides a shard's bytes: its number, its members in order with their provenance, the output."""
        output = self._stages.recipe.output.model_dump(mode="json", exclude={"path"})
        parts = []
        for clip in members:
            fetched = self._video(self._catalogue.window(clip).video)[1]  # Stands for the video's metadata, too.
            parts.append([self.reconstruct_digest(clip), fetched])
        return job_digest("pack", [PACK_VERSION, shard, output, parts])

    def _expect(self, step: Step, stored: bool = False) -> None:
        counts = self._counts.setdefault(step, [0, 0])
        counts[0] += 1
        counts[1] += stored
        self._watch.expect(step, *counts)


PACK_VERSION = 1
"""Raise it when the bytes of a shard change for the same records."""

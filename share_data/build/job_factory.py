"""Jobs and their digests, from the catalogue and the journal: what a worker is told, what a result rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from share_data.build.catalogue import Catalogue, Window
from share_data.build.stages.keys import how_read, identity, job_digest
from share_data.build.stages.stages import Stages
from share_data.camera import Floats
from share_data.corpus.layout import shard_path
from share_data.engine.history import History, Outcome
from share_data.engine.jobs import Job
from share_data.records import Video
from share_data.store.store import Artifact

PACK_VERSION = 3
"""Raise it when the bytes of a shard change for the same records."""
_DIGEST = 16
"""Bytes of a digest."""


class JobFactory:
    """Digests of every clip's jobs, 48 bytes a clip, and the jobs themselves on demand."""

    def __init__(self, stages: Stages, catalogue: Catalogue, history: History) -> None:
        self._stages = stages
        self._catalogue = catalogue
        self._history = history
        self._measures = bytearray()
        self._reconstructions = bytearray()
        self._assemblies = bytearray()
        # Passes over the clips meet the same few again and again; what a cache forgets is read or hashed anew.
        self.video = lru_cache(maxsize=2048)(self._read_video)
        self._fetched = lru_cache(maxsize=2048)(self.result)

    def add(self, video: Video, window: Window, sha256: str, beside: str = "") -> int:
        """Add a window to the catalogue; returns its number. sha256: of the video's file; beside: `Stages.beside`."""
        keys, pixels = self._stages.keys, identity(sha256, window.start, window.stop, how_read(video))
        self._measures += bytes.fromhex(keys.measure_digest(self._stages.filters, pixels, window.key))
        pool = self._stages.cameras.stamp(video)
        self._reconstructions += bytes.fromhex(keys.reconstruct_digest(pixels, video, window.key, pool, beside))
        self._assemblies += self._reconstructions[-_DIGEST:]
        return self._catalogue.add_window(window)

    def measure(self, clip: int) -> str:
        """Digest of the job that measures a clip."""
        return self._measures[_DIGEST * clip : _DIGEST * (clip + 1)].hex()

    def reconstruct(self, clip: int) -> str:
        """Digest of the job that reconstructs a clip, the last one of those that share their scale."""
        return self._assemblies[_DIGEST * clip : _DIGEST * (clip + 1)].hex()

    def evidence(self, clip: int) -> str:
        """Digest of the job that tells what a clip says of the scale."""
        return job_digest("evidence", [self._reconstructions[_DIGEST * clip : _DIGEST * (clip + 1)].hex()])

    def share(self, clip: int, pool: str) -> None:
        """From now on `reconstruct` is of this pool, see `ScalePools.pool_of`; of the clip alone where it is empty."""
        alone = self._reconstructions[_DIGEST * clip : _DIGEST * (clip + 1)].hex()
        digest = job_digest("pooled", [alone, pool]) if pool else alone
        self._assemblies[_DIGEST * clip : _DIGEST * (clip + 1)] = bytes.fromhex(digest)

    def told(self, clip: int) -> Sequence[Sequence[float]]:
        """What a clip has said of the scale."""
        rows: Sequence[Sequence[float]] = self.result(self.evidence(clip))["scale"]
        return rows

    def key(self, clip: int) -> str:
        """The clip's key."""
        return self._catalogue.window(clip).key

    def said(self, clip: int) -> str:
        """What a person said of the clip, see `Judging.review`."""
        return self._stages.judging.review.get(self.key(clip), "")

    def video_of(self, clip: int) -> int:
        """The clip's video."""
        return self._catalogue.window(clip).video

    def seconds(self, clip: int) -> float | None:
        """How long the clip is shown; None where the journal does not say."""
        window = self._catalogue.window(clip)
        fetched = self.fetch_result(window.video)
        pieces = (*fetched["clips"], *fetched["dropped"])
        spans = zip(pieces, fetched.get("spans", ()), strict=False)
        return next((span[2] for piece, span in spans if piece[0] == window.start), None)

    def pack(self, shard: int, members: Sequence[int]) -> str:
        """Digest of the job that packs these clips: of all that decides the shard's bytes."""
        output = self._stages.recipe.output.model_dump(mode="json", exclude={"path"})
        # A video's fetch digest stands for its metadata, which goes into the records.
        parts = [self._packed(clip) for clip in members]
        return job_digest("pack", [PACK_VERSION, shard, output, parts])

    def _packed(self, clip: int) -> list[str]:
        window = self._catalogue.window(clip)
        said = self._stages.judging.review.get(window.key)
        return [self.reconstruct(clip), self.video(window.video)[1], *([said] if said else [])]

    def fetch_job(self, number: int) -> Job:
        """The job that fetches video `number`."""
        video, digest = self.video(number)
        return Job("fetch", video.unit, digest, {"video": asdict(video)})

    def measure_job(self, clip: int) -> Job:
        """The job that measures a clip."""
        window, payload = self._payload(clip)
        return Job("measure", window.key, self.measure(clip), payload, window.stop - window.start)

    def reconstruct_job(self, clip: int, waits: bool, pooled: Mapping[str, Any] | None) -> Job:
        """The next job of a clip's reconstruction. waits, pooled: see `ScalePools`."""
        window, payload = self._payload(clip)
        payload["pool"] = self._stages.cameras.stamp(self.video(window.video)[0])
        payload["made_by"] = self._stages.keys.whole
        if waits:
            digest = self.evidence(clip)
            payload["evidence"] = True
        else:
            digest = self.reconstruct(clip)
            payload["pooled"] = pooled
        return Job("reconstruct", window.key, digest, payload, window.stop - window.start)

    def pixels(self, clip: int) -> dict[str, Any]:
        """What a clip's pixels and times are, see `identity`."""
        window = self._catalogue.window(clip)
        read, fetched = how_read(self.video(window.video)[0]), self.fetch_result(window.video)
        return identity(fetched["sha256"], window.start, window.stop, read)

    def pack_job(self, shard: int, members: Sequence[int]) -> Job:
        """The job that packs reconstructed clips."""
        told, frames = [], 0
        for clip in members:
            window, payload = self._payload(clip)
            said = self._stages.judging.review.get(window.key, "")
            told.append(payload | {"key": self.result(self.reconstruct(clip))["key"], "said": said})
            frames += window.stop - window.start
        digest = self.pack(shard, members)
        return Job("pack", shard_path(shard), digest, {"number": shard, "digest": digest, "members": told}, frames)

    def fetched(self, number: int) -> tuple[Video, Outcome]:
        """A video, and how fetching it ended. Raises KeyError when it has not."""
        video, digest = self.video(number)
        outcome = self._history.outcome(digest)
        if outcome is None:
            raise KeyError(video.unit)
        return video, outcome

    def fetch_result(self, number: int) -> Mapping[str, Any]:
        """What the journal holds of fetching a video, which is done. Raises KeyError when it is not."""
        return self._fetched(self.video(number)[1])

    def fetched_before(self, number: int) -> Mapping[str, Any] | None:
        """What the journal holds of fetching a video whose file is still what it was, else None."""
        outcome = self._history.outcome(self.video(number)[1])
        if outcome is None or outcome.failure or "spans" not in outcome.result:
            return None
        try:
            stat = Path(outcome.result["path"]).stat()
        except OSError:
            return None
        same = (stat.st_size, stat.st_mtime_ns) == (outcome.result["bytes"], outcome.result["mtime_ns"])
        return outcome.result if same else None

    def result(self, digest: str) -> Mapping[str, Any]:
        """What the journal holds of a job that is done. Raises KeyError when it is not."""
        outcome = self._history.outcome(digest)
        if outcome is None:
            raise KeyError(digest)
        return outcome.result

    def reconstructed(self, clip: int) -> Outcome | None:
        """How reconstructing a clip ended; None where it has to be run, if only for scores that are to be judged."""
        outcome = self._history.outcome(self.reconstruct(clip))
        lacking = outcome is not None and outcome.failure is None and "scores" not in outcome.result
        return None if lacking and self._stages.judging.grades else outcome

    def evidenced(self, clip: int) -> Outcome | None:
        """How asking a clip for the scale ended; None where it has to be asked."""
        outcome = self._history.outcome(self.evidence(clip))
        silent = outcome is not None and outcome.failure is None and "scale" not in outcome.result
        return None if silent else outcome

    def _payload(self, clip: int) -> tuple[Window, dict[str, Any]]:
        window = self._catalogue.window(clip)
        video, digest = self.video(window.video)
        return window, clip_payload(video, self._fetched(digest), window.start, window.stop)

    def _read_video(self, number: int) -> tuple[Video, str]:
        """A video, and the digest of the job that fetches it."""
        video = self._catalogue.video(number)
        return video, self._stages.keys.fetch_digest(video)


def clip_payload(video: Video, fetched: Mapping[str, Any], start: int, stop: int) -> dict[str, Any]:
    """What `measure` and `reconstruct` jobs carry; a member of a `pack` job has its result's `key` too.

    fetched: the result of the video's `fetch` job.
    """
    file = {name: fetched[name] for name in ("path", "sha256", "bytes", "mtime_ns")}
    return {"video": asdict(video), **file, "start": start, "stop": stop}


def what_was_mined(mined: Artifact, time_scale: float) -> dict[str, Any]:
    """What the journal keeps of a video's clips. mined: `Mined.to_artifact`; time_scale: the video's."""
    told = {name: mined.meta[name] for name in ("footage", "clips", "dropped")}
    pieces = [piece[:2] for piece in (*told["clips"], *told["dropped"])]
    return {"frames": mined.meta["n_frames"], **told, "spans": _spans(mined.arrays["times"] * time_scale, pieces)}


def spans_of(fetched: Mapping[str, Any]) -> dict[int, Sequence[float]]:
    """First frame of each piece of a video to its span: time of its first frame, of its last, and how long it lasts.

    fetched: the result of fetching it; older ones have no spans.
    """
    pieces = (*fetched["clips"], *fetched["dropped"])
    return {piece[0]: span for piece, span in zip(pieces, fetched.get("spans", ()), strict=False)}


def _spans(times: Floats, pieces: Sequence[Sequence[int]]) -> list[list[float]]:
    """Of each piece: time of its first frame, of its last, and seconds until the next piece's; the last lasts as usual.

    times: (N,) seconds. The seconds of pieces that share all frames of a video add up to the video's.
    """
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    ends = np.append(times, times[-1] + usual) if len(times) else times
    return [
        [float(times[start]), float(times[stop - 1]), round(float(ends[stop] - ends[start]), 6)]
        for start, stop in pieces
    ]

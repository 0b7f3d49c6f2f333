"""What a worker does: the four steps of a build, on one process' models. Errors become receipts."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from socket import gethostname
from typing import Any, Self

from share_data import __version__, registry
from share_data.build.blame import told, trouble
from share_data.build.packer import Packer
from share_data.build.stages.scale_rows import from_payload, to_rows
from share_data.build.stages.stages import Stages
from share_data.engine.jobs import Job, Kind, Receipt, Task
from share_data.engine.parts import NEXT
from share_data.errors import EngineError, MachineError, MissingDependencyError, StaleVideoError
from share_data.machine import memory_in_use
from share_data.recipe.model import Recipe
from share_data.records import Clip, Video
from share_data.store.atomic import atomic_write, temporary_name
from share_data.store.hashing import file_sha256
from share_data.store.store import PARTIAL, Store
from share_data.store.threads import one_thread


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """All a worker needs to know, as text: it may be made in another process, on another machine of the cluster.

    recipe: JSON of the whole recipe; cache, home: see `paths`; state: the build's workspace; output: folder or URL of
    the corpus. All folders must be the same ones on every machine.
    """

    recipe: str
    cache: str
    home: str
    state: str
    output: str
    marks: tuple[str, ...] = ()
    version: str = __version__

    @classmethod
    def of(cls, recipe: Recipe, cache: Path, home: Path, state: Path, output: str) -> "WorkerSpec":
        """The spec of a build."""
        text = json.dumps(recipe.model_dump(mode="json"))
        return cls(text, str(cache.absolute()), str(home.absolute()), str(state.absolute()), output)

    def marked(self) -> Self:
        """The same, with a mark left in the folders that all workers must share, see `require_shared`."""
        marks = [temporary_name(Path(folder)) for folder in (f"{self.cache}/{PARTIAL}", self.state)]
        for mark in marks:
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        return replace(self, marks=tuple(map(str, marks)))

    def require_shared(self) -> None:
        """Raises EngineError on a machine that has another version of this package, or not the build's own folders."""
        if self.version != __version__:
            raise EngineError(f"{gethostname()} has share-data {__version__}, the build {self.version}: install one.")
        for mark in map(Path, self.marks):
            if not mark.exists():
                raise EngineError(
                    f"{gethostname()}: {mark.parent} is not the folder the build has. SHARE_DATA_CACHE and the output "
                    "must be the same folders on every machine of the cluster."
                )

    def forget_marks(self) -> None:
        """Remove the marks, at the end of the build."""
        for mark in map(Path, self.marks):
            mark.unlink(missing_ok=True)

    def make(self) -> "PipelineWorker":
        """A worker in this process, which computes on one thread from now on. Raises EngineError."""
        self.require_shared()
        threads = ExitStack()
        threads.enter_context(one_thread())
        return PipelineWorker(self, self.stages(), threads.close)

    def stages(self) -> Stages:
        """The stages of this recipe on this machine's store."""
        from share_data.recipe.reading import parse_recipe

        return Stages(parse_recipe(json.loads(self.recipe), "recipe"), Store(Path(self.cache)))


class PipelineWorker:
    """Runs jobs one after another. Models stay loaded from one to the next."""

    def __init__(self, spec: WorkerSpec, stages: Stages, on_close: Callable[[], None] = lambda: None) -> None:
        self._stages = stages
        self._home = Path(spec.home)
        self._state = Path(spec.state)
        self._packer = Packer(stages, self._state, spec.output)
        self._on_close = on_close
        self._source = cache(self._make_source)

    def run(self, job: Job, frugal: bool = False) -> Receipt:
        """Do the job; see `Receipt` for how it may end."""
        self._stages.frugal = frugal
        self._stages.seconds.clear()
        written = self._bytes_written()
        tasks: dict[Task, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "fetch": self._fetch, "measure": self._measure, "reconstruct": self._reconstruct, "pack": self._pack,
            "prepare": self._prepare, "estimate": self._estimate, "assemble": self._assemble,
        }  # fmt: skip
        kind: Kind = "done"
        result: Mapping[str, Any] = {}
        error_class = message = ""
        try:
            result = tasks[job.task](job.payload)
        except Exception as error:
            kind, error_class, message = trouble(error, job), type(error).__name__, told(error, job.unit)
            if kind in ("error", "memory"):
                self._keep_traceback(job)
        if kind == "memory" and "torch" in sys.modules:  # Only now has the traceback let go of what the job held.
            sys.modules["torch"].cuda.empty_cache()
        seconds = dict(self._stages.seconds)
        spent = self._bytes_written() - written
        return Receipt(kind, result, seconds, spent, error_class, message, *memory_in_use())

    def prefetch(self, job: Job) -> None:
        """Begin to decode the clip of a reconstruction; what is wrong with it will show when it is run."""
        try:
            self._stages.prefetch(self._turned(job.payload))
        except Exception:
            return

    def close(self) -> None:
        """Give the process its threads back."""
        self._on_close()

    def _make_source(self, label: str) -> Any:
        config = next(config for config in self._stages.recipe.sources if config.label == label)
        return registry.load("sources", config.kind)(config)

    def _fetch(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        video = Video(**payload["video"])
        path: Path = self._source(video.source).fetch(video, self._home / "videos" / video.source)
        path = path.absolute()
        stat = path.stat()
        sha256 = file_sha256(path)
        mined = self._stages.mine(video, path, sha256)
        for piece in mined.dropped:
            self._stages.picture(mined.clip(video, path, piece.start, piece.stop))
        stamp = {"path": str(path), "sha256": sha256, "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        return stamp | {"clips": len(mined.clips), "dropped": len(mined.dropped)}

    def _measure(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        _require_same_file(payload)
        clip = self._clip(payload)
        measurements = self._stages.measure(clip)
        self._stages.picture(clip)
        scores = {m.filter: dict(m.scores) for m in measurements}
        return {"scores": scores, "fingerprint": self._stages.fingerprint(clip).to_json()}

    def _prepare(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        clip = self._candidate(payload)
        self._stages.prepare(clip)
        ready = not self._places_on_gpu and self._stages.estimated(clip)
        return {NEXT: "assemble" if ready else "estimate"}

    def _estimate(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """All that takes a GPU; the rest too where placing the person takes one."""
        if self._places_on_gpu:
            return self._reconstruct(payload)
        self._stages.estimate(self._candidate(payload))
        return {NEXT: "assemble"}

    @property
    def _places_on_gpu(self) -> bool:
        return self._stages.recipe.placement.device == "cuda"

    def _assemble(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The rest of a reconstruction, which must not take up here what a GPU has to do."""
        clip = self._candidate(payload)
        if not self._stages.estimated(clip):
            raise RuntimeError(
                "what was estimated of it is not in the stage store. SHARE_DATA_CACHE must be the same folder on every "
                "machine, and nothing else may clean it up during a build."
            )
        return self._reconstruct(payload)

    def _candidate(self, payload: Mapping[str, Any]) -> Clip:
        """The clip of a reconstruction, whose results may be filed as what the driver takes them for."""
        _require_same_file(payload)
        self._require_same_makers(payload["made_by"])
        clip = self._turned(payload)
        self._stages.cameras.require(clip.video, payload.get("pool", ""))
        return clip

    def _reconstruct(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        clip = self._candidate(payload)
        if payload.get("evidence"):
            key, evidence = self._stages.scale_evidence(clip)
            return {"key": key, "scale": to_rows(evidence)}
        pooled = payload.get("pooled")
        key = self._stages.reconstruct(clip, pooled and from_payload(pooled))
        sample = self._packer.sample(clip, key)  # A record that cannot be written fails here, not with its shard.
        return {"key": key, "scores": sample.metadata["scores"]}

    def _require_same_makers(self, made_by: str) -> None:
        """The journal files the result under what the driver found: the same weights, code and body must make it."""
        if self._stages.keys.whole != made_by:
            raise MissingDependencyError(
                f"{gethostname()}: weights or code of an estimator, or the body model, are not those the build began "
                "with. Put the same files on every machine, and build again."
            )

    def _pack(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        members = [(self._turned(each), str(each["key"]), str(each["said"])) for each in payload["members"]]
        return self._packer.write(payload["number"], payload["digest"], members)

    def _clip(self, payload: Mapping[str, Any]) -> Clip:
        window = (payload["start"], payload["stop"])
        return self._stages.clip(Video(**payload["video"]), Path(payload["path"]), payload["sha256"], window)

    def _turned(self, payload: Mapping[str, Any]) -> Clip:
        """The clip as it is reconstructed and recorded."""
        return self._stages.steadied(self._clip(payload))

    def _bytes_written(self) -> int:
        return self._stages.store.written + self._packer.written

    def _keep_traceback(self, job: Job) -> None:
        """The whole story of an unexpected error, for whoever mends it; the ledger has its first line."""
        path = self._state / "tracebacks" / f"{job.step}-{job.digest}.txt"
        if not path.exists():
            try:
                atomic_write(path, f"{job.unit}\n{traceback.format_exc()}".encode("utf-8", "backslashreplace"))
            except (OSError, MachineError):
                return


def _require_same_file(payload: Mapping[str, Any]) -> None:
    """Results are stored under the hash the file had when it was fetched: it must still be that file."""
    path = Path(payload["path"])
    try:
        stat = path.stat()
    except OSError as error:
        raise StaleVideoError(
            f"{path.name}: cannot be reached here ({error.strerror}). It must lie at the same path on every machine; "
            "build again once it is there."
        ) from error
    if (stat.st_size, stat.st_mtime_ns) != (payload["bytes"], payload["mtime_ns"]):
        raise StaleVideoError(f"{path.name}: has changed since it was fetched. Build again.")

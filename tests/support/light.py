"""Stages that make up their results: the whole engine, store, journal and packing with nothing decoded or estimated.

A "video" is a text file such as `clips=2 frames=8 seconds=0.1 fault=kill`. As a program: one build with these stages,
`python tests/support/light.py ROOT [--engine ray] [--set engine.workers=2 ...]`, exit codes as `share-data build`.
"""

import argparse
import contextlib
import ctypes
import os
import signal
import sys
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from make_records import PREVIEW, make_reconstruction
from places import SUPPORT

from share_data.build.build import BuildOptions, BuildResult, InterruptedBuild, build_corpus
from share_data.build.codecs import from_artifact, to_artifact
from share_data.build.stages.keys import how_read, identity_of
from share_data.build.stages.scale_rows import scale_pool
from share_data.build.stages.stages import Stages
from share_data.build.worker import PipelineWorker, WorkerSpec
from share_data.cli import explained
from share_data.engine.watch import Silent, Watcher
from share_data.footage import PLAIN, FrameIndex, Span
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, PooledEvidence
from share_data.recipe.model import Recipe
from share_data.recipe.reading import apply_override, parse_recipe
from share_data.records import Clip, Measurement, Video
from share_data.scan.clips import Dropped, Mined
from share_data.scan.fingerprint import Fingerprint
from share_data.store.hashing import bytes_sha256, file_sha256
from share_data.store.store import Artifact, Store

# Actors import what they are sent by its name.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(SUPPORT), os.environ.get("PYTHONPATH")]))


class OutOfMemoryError(RuntimeError):
    """Stands for torch.cuda.OutOfMemoryError, which the engine knows by its name."""


@cache
def facts(path: Path) -> dict[str, str]:
    """What a made-up video says of itself."""
    try:
        return dict(word.split("=", 1) for word in path.read_text().split())
    except ValueError:  # a real video
        return {}


def maps_of(clip: Clip) -> str:
    """What stands for the key of its point maps."""
    return bytes_sha256(repr(sorted(identity_of(clip).items())).encode())


def seed_of(clip: Clip) -> int:
    return int(bytes_sha256(clip.key.encode())[:8], 16)


class LightStages(Stages):
    """Made-up results, kept in the real store under the real keys. tame: faults only raise."""

    tame = False
    attempts: dict[str, int] = {}  # noqa: RUF012  of this process

    def mine(self, video: Video, path: Path, sha256: str | None = None) -> Mined:
        content = sha256 or file_sha256(path)
        key = self.keys.mine(content, how_read(video))
        stored = self.store.get("mine", key)
        if stored is None:
            told = facts(path)
            frames, clips = int(told.get("frames", 5)), int(told.get("clips", 1))
            lost = int(told.get("lost", 0))
            footage = PLAIN.losing([Span(0.0, 0.1, lost)] * (lost > 0))
            total = frames * clips + 3
            index = FrameIndex(np.arange(total) / 30, np.zeros(1, np.int64), np.zeros(total, np.uint32))
            dropped = (Dropped(clips * frames, total, "too_short"),)
            mined = Mined(content, 64, 48, total, (), dropped, footage, index)
            windows = (mined.clip(video, path, k * frames, (k + 1) * frames) for k in range(clips))
            stored = replace(mined, clips=tuple(windows)).to_artifact()
            self.store.put("mine", key, stored)
            self.seconds["mine"] += 0.001
        return Mined.from_artifact(stored, video, path)

    def measure(self, clip: Clip) -> list[Measurement]:
        found = []
        for filter_ in self.filters:
            stage, key = f"measure-{filter_.kind}", self.keys.measurement(filter_, identity_of(clip))
            artifact = self.store.get(stage, key)
            if artifact is None:
                testify("measure", clip)
                company = 1.0 if "flag" in facts(clip.path) else 0.0
                scores = {"presence": 1.0, "company_s": company, "count_max": 1.0, "second_area_max": company}
                if "overlap" in facts(clip.path):
                    scores |= {"masks": 2.0, "iou": float(facts(clip.path)["overlap"]), "hole": 0.0}
                artifact = to_artifact(Measurement(filter_.kind, filter_.version, scores))
                self.store.put(stage, key, artifact)
                self.seconds["measure"] += 0.001
            found.append(from_artifact(artifact, Measurement))
        return found

    def fingerprint(self, clip: Clip) -> Fingerprint:
        """Of the footage that the video says it shows; else of nothing that could be told apart."""
        if "footage" not in facts(clip.path):
            return Fingerprint(None, None, np.zeros((1, 12), np.uint8))
        rng = np.random.default_rng(int(bytes_sha256(f"{facts(clip.path)['footage']} {clip.start}".encode())[:8], 16))
        picture, mirrored = (int(each) for each in rng.integers(0, 2**63, 2))
        return Fingerprint(picture, mirrored, rng.integers(0, 256, (20, 12)).astype(np.uint8))

    def picture(self, clip: Clip) -> None:
        if "shown" in facts(clip.path) and self.recipe.report.thumbnails:
            kept = Artifact({}, {"jpeg": np.frombuffer(PREVIEW, np.uint8)})
            self.store.put("thumbnail", self.keys.thumbnail(identity_of(clip)), kept)

    def reconstruct(self, clip: Clip, pooled: PooledEvidence | None = None) -> str:
        shared = "" if pooled is None else scale_pool(pooled)
        key = self.keys.reconstruct(maps_of(clip), scale_pool=shared)
        if self.store.get("reconstruct", key) is None:
            told = facts(clip.path)
            began = time.perf_counter()
            testify("reconstruct", clip)
            if not self.estimated(clip):
                self._estimate(clip)
            made = make_reconstruction(len(clip), int(told.get("points", 20)), seed_of(clip))
            if "iou" in told:
                made = replace(made, scores={**made.scores, "mask_iou": float(told["iou"])})
            if "confidence" in told:
                made = replace(made, scores={**made.scores, "confidence": float(told["confidence"])})
            if pooled is not None:
                ratio = float(np.mean([each.log_ratio for each in pooled.keyframes]))
                made = replace(made, scores={**made.scores, "scale_clips": float(pooled.clips), "scale_map": ratio})
            parts = {"reconstruction": made, "preview": np.frombuffer(PREVIEW, np.uint8)}
            self.keep(key, to_artifact(parts))
            self.seconds["reconstruct"] += time.perf_counter() - began
        return key

    def prepare(self, clip: Clip) -> None:
        testify("prepare", clip)
        self._misbehave(facts(clip.path).get("unprepared", ""), clip)

    def estimate(self, clip: Clip) -> None:
        testify("estimate", clip)
        began = time.perf_counter()
        self._estimate(clip)
        self.store.put("geometry", maps_of(clip), Artifact())
        self.seconds["humans"] += time.perf_counter() - began

    def estimated(self, clip: Clip) -> bool:
        return self.store.has("geometry", maps_of(clip))

    def _estimate(self, clip: Clip) -> None:
        told = facts(clip.path)
        self._misbehave(told.get("fault", ""), clip)
        work(float(told.get("seconds", 0)), told.get("busy") == "yes")

    def scale_evidence(self, clip: Clip) -> tuple[str, tuple[KeyframeEvidence, ...]]:
        testify("evidence", clip)
        self._misbehave(facts(clip.path).get("mute", ""), clip)
        work(float(facts(clip.path).get("seconds", 0)), False)
        return self.keys.scale_evidence(maps_of(clip)), (KeyframeEvidence(seed_of(clip) / 2**32, 0.1, 200),)

    def _misbehave(self, fault: str, clip: Clip) -> None:
        if fault and self.tame:
            raise ValueError(f"{fault}: this clip is bad")
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "segfault":
            ctypes.string_at(0)
        if fault == "raise":
            raise ValueError("this clip is bad")
        if fault == "hang":
            time.sleep(3600)
        if fault.startswith("memory"):
            self.attempts[clip.key] = self.attempts.get(clip.key, 0) + 1
            if not (self.frugal and fault == "memory-frugal"):
                raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def testify(step: str, clip: Clip) -> None:
    """Write down who did what, for videos that ask for it: ROOT/seen/STEP-KEY has process and visible GPUs."""
    if "witness" in facts(clip.path):
        seen = clip.path.parent.parent / "seen"
        seen.mkdir(exist_ok=True)
        with (seen / f"{step}-{clip.key}").open("a") as handle:
            handle.write(f"{os.getpid()} [{os.environ.get('CUDA_VISIBLE_DEVICES', 'unset')}]\n")


def work(seconds: float, busy: bool) -> None:
    """Pass the time, or burn it: `busy` is CPU seconds."""
    if not busy:
        if seconds:
            time.sleep(seconds)
        return
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


@dataclass(frozen=True, slots=True)
class LightSpec(WorkerSpec):
    """Workers with light stages."""

    tame: bool = False

    def make(self) -> PipelineWorker:
        self.require_shared()
        return PipelineWorker(self, self.stages())

    def stages(self) -> Stages:
        import json

        made = LightStages(parse_recipe(json.loads(self.recipe), "light"), Store(Path(self.cache)))
        made.tame = self.tame
        return made


@dataclass(frozen=True, slots=True)
class TameSpec(LightSpec):
    """The same, with faults that only raise."""

    tame: bool = True


@dataclass(frozen=True, slots=True)
class PooledSpec(LightSpec):
    """Workers whose clips share their scale."""

    def stages(self) -> Stages:
        made = LightSpec.stages(self)
        made.__dict__["pools_scale"] = True
        return made


def make_videos(root: Path, count: int, **every: Any) -> Path:
    """`count` made-up videos in ROOT/videos."""
    folder = root / "videos"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        write_video(root, f"v{number:05d}", **every)
    return folder


def write_video(root: Path, name: str, **told: Any) -> Path:
    """One made-up video; its name is part of its content, so no two have the same."""
    path = root / "videos" / f"{name}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    facts.cache_clear()
    path.write_text(" ".join(f"{key}={value}" for key, value in {"name": name, **told}.items()))
    return path


def recipe_of(root: Path, *overrides: str) -> Recipe:
    """A recipe over ROOT/videos with one filter, eight candidates a shard."""
    data: dict[str, Any] = {
        "schema_version": 1,
        "name": "light",
        "sources": [{"kind": "local", "root": str(root / "videos"), "licence": "CC0-1.0"}],
        "filters": [{"kind": "single_person"}],
        "output": {"samples_per_shard": 8},
        "tolerance": {"max_failed_fraction": 1.0},
    }
    for override in overrides:
        apply_override(data, override)
    return parse_recipe(data, "light")


def light_build(
    root: Path,
    *overrides: str,
    out: str = "",
    watch: Watcher | None = None,
    options: BuildOptions | None = None,
    tame: bool = False,
    spec: type[LightSpec] | None = None,
) -> BuildResult:
    """Build ROOT/videos into ROOT/out (or `out`), with the store and everything else below ROOT."""
    os.environ["SHARE_DATA_CACHE"], os.environ["SHARE_DATA_HOME"] = str(root / "cache"), str(root / "home")
    of = (spec or (TameSpec if tame else LightSpec)).of
    # Relative, so that the same videos elsewhere give the same recipe, and so the same bytes.
    recipe = recipe_of(root, "sources.0.root=videos", *overrides)
    with contextlib.chdir(root):
        return build_corpus(recipe, out or root / "out", watch or Silent(), options or BuildOptions("inline"), of)


def corpus_hashes(corpus: Path) -> dict[str, str]:
    """SHA-256 of every file of a corpus; the build's workspace is no part of it."""
    files = (path for path in corpus.rglob("*") if path.is_file() and ".share-data" not in path.parts)
    return {path.relative_to(corpus).as_posix(): file_sha256(path) for path in files}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--out", default="")
    parser.add_argument("--engine", default="inline")
    parser.add_argument("--address", default="")
    parser.add_argument("--retry")
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    chosen = parser.parse_args()
    options = BuildOptions(chosen.engine, chosen.address, chosen.retry)
    try:
        return light_build(chosen.root, *chosen.overrides, out=chosen.out, options=options).exit_code
    except (InterruptedBuild, KeyboardInterrupt):
        return 130
    except Exception as error:
        message = explained(error)
        if message is None:
            raise
        sys.stderr.write(f"error: {message}\n")
        return 1


if __name__ == "__main__":
    # By its own name, so that actors in other processes can import what they are sent.
    import light

    sys.exit(light.main())

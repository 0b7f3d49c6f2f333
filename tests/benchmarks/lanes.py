"""CPU ms that a 1080p frame costs a GPU worker's own thread, part by part of a kept clip; and workers without a GPU.

    python tests/benchmarks/lanes.py                  a rendered clip of 1920 x 1080, 150 frames
    python tests/benchmarks/lanes.py --video FILE     a clip of your own, the first ten seconds of it

TRAM's and MoGe's networks are stand-ins that give stored answers and cost nothing: what is left is what their GPU
worker does on the CPU. Decoding ahead, in a thread of its own, is not counted: nor is it waited for. `as it was` does
as the package did before: the person in every frame, whole images to TRAM, all on one thread.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.build.job_factory import clip_payload
from share_data.build.stages.measuring import frames_of
from share_data.build.worker import PipelineWorker, WorkerSpec
from share_data.engine.jobs import Job, Part
from share_data.pipeline.humans import main_person
from share_data.pipeline.humans.blazepose.estimator import BlazePoseConfig, BlazePoseEstimator
from share_data.pipeline.humans.tram import estimator as tram
from share_data.pipeline.humans.tram import exchange
from share_data.pipeline.reconstruct import estimate_geometry
from share_data.recipe.reading import parse_recipe
from share_data.records import Clip, EstimatorInfo, PersonTrack, PointMap, Video
from share_data.store.hashing import file_sha256
from share_data.store.threads import one_thread
from share_data.synthetic.film import shoot
from share_data.synthetic.production import scenes, take
from share_data.synthetic.specs import ClipSpec, draw
from share_data.video.encode import encode_mp4
from share_data.video.frames import probe
from share_data.video.picture import Image

FPS, FOCAL = 30, 1400.0


class StoredProcess:
    """TRAM's process, which gives a motion that is known already."""

    alive = True
    meta = {"checkpoint": ""}  # noqa: RUF012

    def __init__(self, track: PersonTrack, folder: Path) -> None:
        self._track, self._folder = track, folder
        self.made = 0

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """As `TramProcess.folder`."""
        with tempfile.TemporaryDirectory(dir=self._folder) as path:
            yield Path(path)

    def answer(self, folder: Path) -> None:
        """As `TramProcess.answer`."""
        frame = np.array(sorted(int(path.stem) for path in (folder / "frames").iterdir()))
        pose = np.concatenate([self._track.global_orient, self._track.body_pose], axis=1)[frame]
        rotmat = Rotation.from_rotvec(pose.reshape(-1, 3)).as_matrix().reshape(-1, 24, 3, 3)
        betas = np.tile(self._track.betas, (len(frame), 1))
        transl = self._track.transl[frame]
        np.savez(folder / "motion.npz", frame=frame, rotmat=rotmat.astype(np.float32), betas=betas, transl=transl)


class StoredTram(tram.TramEstimator):
    """TRAM with that process, on the built-in body."""

    def __init__(self, process: StoredProcess) -> None:
        self._config, self._body, self._process = tram.TramConfig(kind="tram"), load_body(), process
        self.__dict__["info"] = EstimatorInfo("tram", tram.VERSION, {"vimo_checkpoint.pth.tar": ""})


class StoredMaps:
    """A depth network that gives the maps it has given before."""

    info = EstimatorInfo("moge", 1)
    sees_scene = True

    def __init__(self, point_map: PointMap) -> None:
        self._map = replace(point_map, from_person=False)

    def focal(self, images: list[Image]) -> list[float]:
        """Of each keyframe, pixels."""
        return [FOCAL] * len(images)

    def estimate(self, images: list[Image], intrinsics: Any, person: Any) -> list[PointMap]:
        """One a keyframe."""
        return [self._map] * len(images)


def film(folder: Path, count: int) -> Path:
    """A rendered clip of 1920 x 1080."""
    body = load_body()
    (scene,) = scenes(draw(ClipSpec(action="reach", frames=count, width=1920, height=1080), 3, 0), body)
    path = folder / "clip.mp4"
    with path.open("wb") as out:
        encode_mp4(enumerate(shoot(take(scene, body))), FPS, 20, out)
    return path


class Bench:
    """Workers on one clip; every run has a store of its own."""

    def __init__(self, folder: Path, video: Path) -> None:
        self._folder, self._video = folder, video
        self._sha256, self._runs = file_sha256(video), 0
        info = probe(video)
        self.count = min(info.n_frames, 300)
        recipe = {
            "schema_version": 1, "name": "lanes", "sources": [{"kind": "local", "root": str(video)}], "filters": [],
            "clips": {"max_seconds": 10.0},
        }  # fmt: skip
        self._recipe = parse_recipe(recipe, "benchmark")
        stages = self._spec("known").stages()
        self._window = next(iter(stages.mine(Video("local", "clip", "file:clip"), video, self._sha256).clips))
        clip = self._window
        frames = frames_of(clip)
        camera = stages._intrinsics(replace(clip, video=replace(clip.video, focal_px=FOCAL)), frames)
        body = stages.body
        self._track = BlazePoseEstimator(BlazePoseConfig(kind="blazepose"), body).estimate(frames, clip.times, camera)
        numbers = np.array([0, len(clip) - 1])
        geometry = stages.geometry
        images = frames.read(numbers.tolist())
        self._maps = estimate_geometry(images, clip.times, self._track, geometry, body, numbers)
        self.count = len(clip)

    def worker(self, name: str) -> PipelineWorker:
        """A new worker on the store of this name."""
        spec = self._spec(name)
        stages = spec.stages()
        stages.__dict__["humans"] = StoredTram(StoredProcess(self._track, self._folder))
        stages.__dict__["geometry"] = StoredMaps(self._maps[0])
        stages.body.forward  # noqa: B018  loaded once a worker, not once a clip
        made = PipelineWorker(spec, stages)
        self._clip(made)
        return made

    def run(self, worker: PipelineWorker, part: Part | None, ahead: bool = False) -> float:
        """Ms a frame of this thread."""
        job = replace(self._job(worker), part=part)
        if ahead:
            worker.prefetch(job)
            time.sleep(1)
        began = time.thread_time()
        receipt = worker.run(job)
        spent = time.thread_time() - began
        if receipt.kind != "done":
            raise SystemExit(f"{receipt.error_class}: {receipt.message}")
        return 1000 * spent / self.count

    def decoding(self) -> float:
        """Ms a frame of decoding the clip and of nothing else."""
        began, frames = time.thread_time(), frames_of(self._window)
        for _ in frames.select([0, len(frames) - 1]):
            pass
        return 1000 * (time.thread_time() - began) / self.count

    def _spec(self, name: str) -> WorkerSpec:
        root = self._folder / name
        return WorkerSpec.of(self._recipe, root / "cache", root / "home", root / "state", str(root / "out"))

    def _clip(self, worker: PipelineWorker) -> Clip:
        video = Video("local", "clip", "file:clip")
        return worker._stages.mine(video, self._video, self._sha256).clips[0]

    def _job(self, worker: PipelineWorker) -> Job:
        stat = self._video.stat()
        told = {
            "path": str(self._video), "sha256": self._sha256, "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns,
        }  # fmt: skip
        video = Video("local", "clip", "file:clip")
        payload = clip_payload(video, told, self._window.start, self._window.stop)
        payload |= {"made_by": worker._stages.keys.whole, "pool": ""}
        return Job("reconstruct", "clip", "0" * 32, payload, self.count)


def as_it_was(folder: Path, image: Image, part: exchange.Part) -> None:
    """A whole frame, black where VIMO does not look."""
    kept = np.zeros_like(image)
    kept[part.top : part.bottom, part.left : part.right] = image[part.top : part.bottom, part.left : part.right]
    options = [cv2.IMWRITE_TIFF_COMPRESSION, 32773]
    folder.write_bytes(cv2.imencode(".tiff", cv2.cvtColor(kept, cv2.COLOR_RGB2BGR), options)[1].tobytes())


def measured(bench: Bench) -> Iterator[tuple[str, float]]:
    """What was measured, and ms a frame."""
    yield "decoding alone, for scale", bench.decoding()
    write, every = exchange.write_part, main_person.LOOK_EVERY_S
    exchange.write_part, main_person.LOOK_EVERY_S = as_it_was, 0.0
    yield "as it was: everything on the GPU worker", bench.run(bench.worker("before"), None)
    exchange.write_part, main_person.LOOK_EVERY_S = write, every
    yield "everything on the GPU worker", bench.run(bench.worker("alone"), None, ahead=True)
    yield "a CPU worker: the person", bench.run(bench.worker("person"), "prepare")
    yield "the GPU worker: all but the person", bench.run(bench.worker("person"), None, ahead=True)
    yield "a CPU worker: the person, again", bench.run(bench.worker("lanes"), "prepare")
    yield "the GPU worker: all but person and assembly", bench.run(bench.worker("lanes"), "estimate", ahead=True)
    yield "a CPU worker: assembly", bench.run(bench.worker("lanes"), "assemble")


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--video", type=Path)
    parser.add_argument("--frames", type=int, default=150)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, one_thread():
        video = options.video or film(Path(folder), options.frames)
        bench = Bench(Path(folder), video.absolute())
        print(f"{bench.count} frames; CPU ms a frame of one thread")
        for name, ms in measured(bench):
            print(f"{name:44} {ms:6.1f}", flush=True)


if __name__ == "__main__":
    main()

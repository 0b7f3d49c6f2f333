"""How fast and how right the embedded human estimator is.

    python tests/benchmarks/humans.py VIDEO       CPU milliseconds a frame, part by part
    python tests/benchmarks/humans.py             accuracy on rendered clips with known truth

MPJPE: mean distance of the 24 joints after moving both pelvises to the origin. PA-MPJPE: after the best similarity
transform of each frame (Procrustes). Jitter: mean length of the difference between estimated and true second
differences of joint positions, millimetres a frame squared. Depth: error of the pelvis along z, mean and standard
deviation. Times are CPU times of this process on one thread.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from share_data.body import BodyModel, load_body
from share_data.camera import Floats, Intrinsics
from share_data.decode import Image
from share_data.pipeline.humans.blazepose import MIN_CONFIDENCE, BlazePoseConfig, BlazePoseEstimator
from share_data.pipeline.humans.evidence import Evidence
from share_data.pipeline.humans.fit import fit
from share_data.pipeline.humans.landmarks import Landmarker, PersonFrame
from share_data.pipeline.humans.movenet import Detection, MoveNet
from share_data.pipeline.humans.region import Region
from share_data.pipeline.humans.skeleton import Skeleton
from share_data.pipeline.humans.tracking import PersonTracker
from share_data.sources.synthetic import SyntheticConfig, SyntheticSource
from share_data.synthetic.specs import ACTIONS, ClipSpec
from share_data.video import ClipFrames, probe

HFOV_DEG = 60.0


class Stopwatch:
    """CPU seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, name, call, *arguments):
        """`call(*arguments)`, its time added to `name`."""
        start = time.process_time()
        result = call(*arguments)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start
        return result


class TimedDetector(MoveNet):
    """MoveNet under a stopwatch."""

    def __init__(self, watch: Stopwatch) -> None:
        super().__init__()
        self._watch = watch

    def detect(self, rgb: Image, min_score: float = 0.25) -> list[Detection]:
        return self._watch.timed("detector", super().detect, rgb, min_score)


class TimedLandmarker(Landmarker):
    """BlazePose under a stopwatch."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch

    def track(self, rgb: Image, region: Region) -> PersonFrame:
        return self._watch.timed("landmarks", super().track, rgb, region)


def decoded(frames: ClipFrames, watch: Stopwatch) -> Iterator[Image]:
    """The frames, the decoder under the stopwatch."""
    stream = iter(frames)
    while (image := watch.timed("decode", next, stream, None)) is not None:
        yield image


def time_video(path: Path) -> None:
    """Print CPU milliseconds a frame of every part."""
    info = probe(path)
    frames = ClipFrames(path, 0, info.n_frames, info.width, info.height)
    intrinsics = Intrinsics.from_hfov(HFOV_DEG, info.width, info.height)
    body, watch = load_body(), Stopwatch()
    skeleton = Skeleton(body)
    warm = next(iter(frames))
    MoveNet().detect(warm)
    start = time.process_time()
    tracker = PersonTracker(TimedDetector(watch), TimedLandmarker(watch))
    seen = tracker.follow(decoded(frames, watch), intrinsics)
    watch.seconds["masks and rest"] = time.process_time() - start - sum(watch.seconds.values())
    evidence = Evidence.gather(seen.landmarks, seen.world, seen.confidence >= MIN_CONFIDENCE, intrinsics)
    motion = watch.timed("fit", fit, skeleton, evidence)
    total = sum(watch.seconds.values())
    print(
        f"{path.name}: {info.width} x {info.height}, {info.n_frames} frames, height {body.height(motion.betas):.2f} m"
    )
    for name, seconds in [*watch.seconds.items(), ("total", total)]:
        print(f"  {name:16s} {1000 * seconds / info.n_frames:6.1f} ms a frame")


def procrustes(points: Floats, target: Floats) -> Floats:
    """(T, N, 3) points after the similarity transform of each frame that brings them closest to `target`."""
    a, b = points - points.mean(axis=1, keepdims=True), target - target.mean(axis=1, keepdims=True)
    u, s, vt = np.linalg.svd(np.swapaxes(b, 1, 2) @ a)
    signs = np.ones_like(s)
    signs[:, 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * signs[:, None]) @ vt
    scale = (s * signs).sum(axis=1) / (a**2).sum(axis=(1, 2))
    return scale[:, None, None] * (a @ np.swapaxes(rotation, 1, 2)) + target.mean(axis=1, keepdims=True)


def millimetres(difference: Floats) -> float:
    """Mean length of (..., 3) vectors, metres to millimetres."""
    return 1000 * float(np.linalg.norm(difference, axis=-1).mean())


def measure(estimator: BlazePoseEstimator, body: BodyModel, path: Path, truth, intrinsics: Intrinsics) -> str:
    """One line of figures for one rendered clip."""
    frames = ClipFrames(path, 0, len(truth.joints), intrinsics.width, intrinsics.height)
    track = estimator.estimate(frames, intrinsics)
    joints = body.forward(track.global_orient, track.body_pose, track.betas, track.transl).joints
    rooted = (joints - joints[:, :1]) - (truth.joints - truth.joints[:, :1])
    depth = joints[:, 0, 2] - truth.joints[:, 0, 2]
    jitter = np.diff(joints, 2, axis=0) - np.diff(truth.joints, 2, axis=0)
    return (
        f"MPJPE {millimetres(rooted):6.1f}  PA-MPJPE {millimetres(procrustes(joints, truth.joints) - truth.joints):6.1f}"
        f"  jitter {millimetres(jitter):5.2f}  depth {1000 * depth.mean():6.0f} +- {1000 * depth.std():4.0f} mm"
        f"  height {body.height(track.betas):.2f} m  seen {track.valid.mean():4.0%}  confidence {track.confidence.mean():.2f}"
    )


def measure_synthetic(width: int, height: int, count: int, seed: int) -> None:
    """Print the accuracy on `count` rendered clips, the actions in turn."""
    specs = tuple(ClipSpec(action=ACTIONS[k % len(ACTIONS)], width=width, height=height) for k in range(count))
    source, body = SyntheticSource(SyntheticConfig(seed=seed, clips=specs)), load_body()
    estimator = BlazePoseEstimator(BlazePoseConfig(kind="blazepose"), body)
    with tempfile.TemporaryDirectory() as folder:
        for video in source.list():
            path, truth = source.fetch(video, Path(folder)), source.truth(video)
            intrinsics = Intrinsics.centred(truth.focal, width, height)
            print(f"{video.labels['action']:10s}", measure(estimator, body, path, truth, intrinsics), flush=True)


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", nargs="?", type=Path)
    parser.add_argument("--size", nargs=2, type=int, default=(1280, 720), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if arguments.video:
        time_video(arguments.video)
    else:
        measure_synthetic(*arguments.size, arguments.count, arguments.seed)


if __name__ == "__main__":
    main()

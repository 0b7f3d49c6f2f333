"""How fast and how right the embedded human estimator is.

    python tests/benchmarks/humans.py VIDEO       CPU milliseconds a frame, part by part
    python tests/benchmarks/humans.py             accuracy on rendered clips with known truth

Metrics are those of `share_data.evaluation.metrics`; jitter is the mean second difference of the joints' error,
millimetres a frame squared. Depth: error of the pelvis along its ray, mean and standard deviation; it holds the error
in the person's size, which one camera cannot see. Times are CPU times of this process on one thread.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2

from share_data.body.model import load_body
from share_data.camera import Intrinsics
from share_data.evaluation.metrics import depth_and_lateral, jitter, mpjpe, pa_mpjpe
from share_data.pipeline.humans.blazepose.estimator import MIN_CONFIDENCE, BlazePoseConfig, BlazePoseEstimator
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.landmarks import Landmarker, PersonFrame
from share_data.pipeline.humans.blazepose.motion import find_motion
from share_data.pipeline.humans.blazepose.region import Region
from share_data.pipeline.humans.blazepose.skeleton import Skeleton
from share_data.pipeline.humans.blazepose.tracking import PersonTracker
from share_data.pipeline.humans.movenet import GLANCE, Detection, MoveNet
from share_data.sources.synthetic import SyntheticConfig, SyntheticSource
from share_data.synthetic.specs import ACTIONS, ClipSpec
from share_data.video.frames import ClipFrames, probe
from share_data.video.picture import Image

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

    def __init__(self, size: int, watch: Stopwatch) -> None:
        super().__init__(size)
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
    PersonTracker(MoveNet(), MoveNet(GLANCE), Landmarker()).follow(
        frames.read([0]), intrinsics, info.times
    )  # loads them
    start = time.process_time()
    tracker = PersonTracker(TimedDetector(512, watch), TimedDetector(GLANCE, watch), TimedLandmarker(watch))
    seen = tracker.follow(decoded(frames, watch), intrinsics, info.times)
    watch.seconds["masks and rest"] = time.process_time() - start - sum(watch.seconds.values())
    evidence = Evidence.gather(seen.landmarks, seen.world, seen.confidence >= MIN_CONFIDENCE, intrinsics, info.times)
    motion = watch.timed("fit", find_motion, skeleton, body, evidence)
    total = sum(watch.seconds.values())
    print(
        f"{path.name}: {info.width} x {info.height}, {info.n_frames} frames, height {body.height(motion.betas):.2f} m"
    )
    for name, seconds in [*watch.seconds.items(), ("total", total)]:
        print(f"  {name:16s} {1000 * seconds / info.n_frames:6.1f} ms a frame")


def measure_synthetic(width: int, height: int, count: int, seed: int) -> None:
    """Print the accuracy on `count` rendered clips, the actions in turn."""
    specs = tuple(ClipSpec(action=ACTIONS[k % len(ACTIONS)], width=width, height=height) for k in range(count))
    source, body = SyntheticSource(SyntheticConfig(seed=seed, clips=specs)), load_body()
    estimator = BlazePoseEstimator(BlazePoseConfig(kind="blazepose"), body)
    with tempfile.TemporaryDirectory() as folder:
        for video in source.list():
            path, truth = source.fetch(video, Path(folder)), source.truth(video)
            frames = ClipFrames(path, 0, len(truth.joints), width, height)
            track = estimator.estimate(frames, probe(path).times, Intrinsics.centred(truth.focal, width, height))
            joints = body.forward(track.global_orient, track.body_pose, track.betas, track.transl).joints
            depth, _ = depth_and_lateral(joints[:, 0], truth.joints[:, 0])
            print(
                f"{video.labels['action']:9s} MPJPE {1000 * mpjpe(joints, truth.joints).mean():5.1f} mm  "
                f"PA-MPJPE {1000 * pa_mpjpe(joints, truth.joints).mean():5.1f} mm  "
                f"jitter {1000 * jitter(joints - truth.joints, probe(path).times).mean():4.1f} mm  "
                f"depth {1000 * depth.mean():5.0f} +- {1000 * depth.std():3.0f} mm  "
                f"height {body.height(track.betas):.2f} m  seen {track.valid.mean():4.0%}  "
                f"confidence {track.confidence.mean():.2f}",
                flush=True,
            )


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

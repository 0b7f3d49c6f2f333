"""The focal that straight edges tell, against the true one: rendered rooms of any lens, and videos whose lens is known.

    python tests/benchmarks/edge_focal.py --clips 64 --seed 77001
    python tests/benchmarks/edge_focal.py --clips 0 --video FILE --hfov 95

Cameras are those of truth_clips.py with horizontal fields of view of 35 to 100 degrees; three frames of each are looked
at. Beside what the edges tell stands the default, 60 degrees along the long side.
"""

import argparse
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from truth_clips import plan, scene_of

from share_data.body.model import BodyModel, load_body
from share_data.camera import Intrinsics
from share_data.pipeline.world.edge_focal import edge_focal
from share_data.store.threads import one_thread
from share_data.synthetic.film import shoot
from share_data.synthetic.production import take
from share_data.video.frames import ClipFrames

FRAMES = (0, 3, 6)
DEFAULT_DEG = 60.0


def rendered(seed: int, index: int, body: BodyModel) -> tuple[str, list[np.ndarray], float]:
    """Name, pictures and true focal in pixels of one clip."""
    drawn = plan(seed, index)
    hfov = float(np.random.default_rng([seed, index, 0xF0CA]).uniform(35, 100))
    drawn = replace(drawn, scenario=replace(drawn.scenario, hfov_deg=hfov, frames=max(FRAMES) + 1))
    images = list(shoot(take(scene_of(drawn, body), body)))
    return drawn.scenario.clip_id, [images[frame] for frame in FRAMES], drawn.scenario.focal_px


def filmed(path: Path, hfov: float) -> tuple[str, list[np.ndarray], float]:
    """Name, five pictures and true focal of a video."""
    capture = cv2.VideoCapture(str(path))
    count, width, height = (round(capture.get(key)) for key in (7, 3, 4))
    numbers = np.linspace(0, count - 1, 5).round().astype(int).tolist()
    images = ClipFrames(path, 0, count, width, height).read(numbers)
    return path.name, images, Intrinsics.from_hfov(hfov, width, height).focal


def report(name: str, images: list[np.ndarray], true: float) -> tuple[float, float | None]:
    """Print a clip's line; returns the errors of the default and of the edges, as shares."""
    height, width = images[0].shape[:2]
    default = max(width, height) / 2 / math.tan(math.radians(DEFAULT_DEG / 2)) / true - 1
    told = edge_focal(images)
    error = None if told is None else told / true - 1
    said = "nothing" if error is None else f"{error:+.1%}"
    print(f"{name:26s} true {true:7.1f} px  default {default:+7.1%}  edges {said}", flush=True)
    return default, error


def main() -> None:
    """Read the command line, print a line a clip and the errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--seed", type=int, default=77001)
    parser.add_argument("--video", type=Path)
    parser.add_argument("--hfov", type=float, help="degrees, of the video")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    if given.video:
        report(*filmed(given.video, given.hfov))
    body, rows = load_body(), []
    with one_thread():
        for index in range(given.clips):
            rows.append(report(*rendered(given.seed, index, body)))
    told = np.array([(abs(default), abs(error)) for default, error in rows if error is not None])
    if len(told):
        median, most, worst = np.median(told, axis=0), np.percentile(told, 95, axis=0), told.max(axis=0)
        print(f"told in {len(told)} of {len(rows)}; there |error|: median, 95 %, largest")
        for name, column in (("default", 0), ("edges", 1)):
            print(f"  {name:8s} {median[column]:.1%} {most[column]:.1%} {worst[column]:.1%}")


if __name__ == "__main__":
    main()

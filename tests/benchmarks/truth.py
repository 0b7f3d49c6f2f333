"""How far the default chain is from the truth, on rendered clips: cameras rolled and pitched, people of many sizes.

    python tests/benchmarks/truth.py --clips 60 --seed 9000 --cache FOLDER
    python tests/benchmarks/truth.py --clips 60 --seed 9000 --cache FOLDER --true-height

The chain is blazepose and ground_plane with default settings and the true focal. MRPE and PA-MPJPE in metres, camera
frame; up: angle between the true and the found direction, degrees; camera: error of its height above the floor, and
stature: of the body's, metres, signed; IoU and confidence: of the record's own scores. --cache keeps the rendered
clips, so that a second run only reconstructs.
"""

import argparse
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from truth_clips import Filmed, filmed, plan

from share_data.body.model import BodyModel, load_body
from share_data.build.stages.stages import Stages
from share_data.camera import transform
from share_data.errors import EstimationError
from share_data.evaluation.metrics import mrpe, pa_mpjpe
from share_data.recipe.reading import parse_recipe
from share_data.store.store import Store
from share_data.store.threads import one_thread

COLUMNS = ("MRPE m", "PA-MPJPE m", "up deg", "camera m", "stature m", "IoU", "confidence")
SIGNED = ("camera m", "stature m")


@dataclass(frozen=True, slots=True)
class Row:
    """One clip's figures in the order of COLUMNS, or why there are none."""

    name: str
    values: tuple[float, ...]
    error: str = ""


def measure(film: Filmed, body: BodyModel, store: Path, true_height: bool) -> Row:
    """Reconstruct a clip and compare."""
    humans = {"kind": "blazepose"} | ({"height_m": film.stature} if true_height else {})
    source = {"kind": "local", "root": str(film.clip.path)}
    recipe = parse_recipe({"schema_version": 1, "name": "truth", "sources": [source], "humans": humans}, "benchmark")
    stages = Stages(recipe, Store(store))
    name = described(film)
    try:
        found, _ = stages.reconstruction(stages.reconstruct(film.clip))
    except EstimationError as error:
        return Row(name, (), str(error))
    matrix, motion = found.T_world_cam, found.motion
    joints = transform(motion.joints, np.linalg.inv(matrix))
    values = (
        mrpe(joints[:, 0], film.joints[:, 0]).mean(),
        pa_mpjpe(joints, film.joints).mean(),
        math.degrees(math.acos(np.clip(matrix[2, :3] @ film.up, -1, 1))),
        matrix[2, 3] - film.camera_height,
        body.height(motion.betas) - film.stature,
        found.scores["mask_iou"],
        found.scores["confidence"],
    )
    return Row(name, tuple(float(value) for value in values))


def described(film: Filmed) -> str:
    """What the clip is, in a few words."""
    scenario, angles = film.plan.scenario, (film.plan.roll, film.plan.pitch)
    roll, pitch = (round(math.degrees(angle)) for angle in angles)
    shape = "portrait" if scenario.height > scenario.width else "landscape"
    return (
        f"{scenario.clip_id:28s} {scenario.fps:3d} fps {shape:9s} roll {roll:4d} pitch {pitch:3d} "
        f"camera {film.camera_height:.2f} stature {film.stature:.2f}"
    )


def table(rows: list[Row]) -> str:
    """Medians and 95th percentiles over the clips that came out; of absolute values where the figure has a sign."""
    figures = np.array([row.values for row in rows if not row.error])
    if not len(figures):
        return "no clip came out"
    lines = [" " * 8 + "".join(f"{name:>12s}" for name in COLUMNS)]
    sizes = np.where([name in SIGNED for name in COLUMNS], np.abs(figures), figures)
    summaries = {
        "median": np.median(sizes, axis=0),
        "95 %": np.percentile(sizes, 95, axis=0),
        "signed": np.median(figures, axis=0),
    }
    lines += [f"{name:8s}" + "".join(f"{value:12.3f}" for value in values) for name, values in summaries.items()]
    return "\n".join(lines)


def main() -> None:
    """Read the command line, print a line a clip and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the rendered clips")
    parser.add_argument("--true-height", action="store_true", help="tell the estimator each person's stature")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    body, rows, start = load_body(), [], time.process_time()
    with tempfile.TemporaryDirectory() as store, one_thread():
        for index in range(arguments.clips):
            film = filmed(plan(arguments.seed, index), body, arguments.cache)
            row = measure(film, body, Path(store), arguments.true_height)
            figures = row.error or "".join(f"{value:8.3f}" for value in row.values)
            print(f"{row.name} {figures}", flush=True)
            rows.append(row)
    failed = sum(bool(row.error) for row in rows)
    print(f"\n{len(rows)} clips of seed {arguments.seed}, {failed} failed, {time.process_time() - start:.0f} CPU s")
    print(table(rows))


if __name__ == "__main__":
    main()

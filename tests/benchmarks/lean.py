"""Makes the table of `share_data.pipeline.humans.blazepose.lean`: how far people lean who look as if they leaned so.

    python tests/benchmarks/lean.py --clips 120 --seed 7000

Five stills each of rendered people in all actions, by cameras that look -3 to 52 degrees down. The missing lean is the
turn, about the axis across ray and body, that brings BlazePose's landmarks nearest to the true points. Stills count by
how usual their camera is: pitches are taken to be 12 +- 12 degrees. Judge the table on other seeds: `truth.py`.
"""

import argparse
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import torch
from scipy.spatial.transform import Rotation
from truth_clips import PELVIS_M, plan, scene_of

from share_data.body.model import BodyModel, load_body
from share_data.camera import Floats, Intrinsics
from share_data.pipeline.humans.blazepose.correspondence import BODY_POINTS
from share_data.pipeline.humans.blazepose.energy import SeenPoints
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.landmarks import Landmarker, to_camera
from share_data.pipeline.humans.blazepose.looks import main_person
from share_data.pipeline.humans.blazepose.skeleton import Skeleton
from share_data.pipeline.humans.movenet import MoveNet
from share_data.store.threads import one_thread
from share_data.synthetic.backdrop import paint
from share_data.synthetic.film import Take, shoot
from share_data.synthetic.production import Scene, take
from share_data.synthetic.rooms import furnish
from share_data.synthetic.staging import stage

STILLS = 5
PITCH_DEG = (-3.0, 52.0)
USUAL_PITCH_DEG = (12.0, 12.0)
EDGES_DEG = (0, 5, 9, 13, 18, 25, 35, 60)
CEILING_M = 2.8
SHOULDERS, ANKLES = ([BODY_POINTS.index(joint) for joint in pair] for pair in ((16, 17), (7, 8)))


def scene(seed: int, index: int, body: BodyModel) -> Scene:
    """A clip without hazards, from a camera of any pitch, half of them level."""
    rng = np.random.default_rng([seed, index, 77])
    drawn = plan(seed, index)
    scenario = replace(drawn.scenario, hazard="none")
    pitch, level = math.radians(rng.uniform(*PITCH_DEG)), rng.random() < 0.5
    height = PELVIS_M + float(stage(scenario).spot[1]) * math.tan(pitch)
    roll = 0.0 if level else drawn.roll
    return scene_of(replace(drawn, scenario=scenario, roll=roll, pitch=pitch, camera_height=height), body)


def film_of(scene: Scene, body: BodyModel) -> Take:
    """As `take`, in a room without a ceiling, which high cameras would be above."""
    room = [box for box in furnish(scene.scenario, scene.staging) if box.centre[2] < CEILING_M]
    return replace(take(scene, body), backdrop=paint(room, scene.camera))


def true_points(scene: Scene, skeleton: Skeleton, frame: int) -> Floats:
    """(23, 3) metres, camera frame: where BlazePose would see its landmarks if it were right."""
    motion = scene.motion
    assert motion is not None
    vectors = np.concatenate([motion.global_orient[frame], motion.body_pose[frame]]).reshape(24, 3)
    turns = torch.from_numpy(Rotation.from_rotvec(vectors).as_matrix()).float()[None]
    placed = torch.from_numpy(motion.transl[frame : frame + 1])
    pose = skeleton.pose(turns, torch.from_numpy(motion.betas), placed)
    return scene.camera.to_camera(SeenPoints(torch.float32)(pose)[0].numpy(), frame)


def measure(clips: int, seed: int) -> Iterator[tuple[float, float, float]]:
    """Of every still the landmarks' lean, the lean they lack, and the camera's pitch, degrees."""
    body, detector, landmarker = load_body(), MoveNet(), Landmarker()
    skeleton = Skeleton(body)
    for index in range(clips):
        played = scene(seed, index, body)
        film, scenario = film_of(played, body), played.scenario
        camera = Intrinsics.centred(scenario.focal_px, scenario.width, scenario.height)
        for frame in np.random.default_rng([seed, index, 78]).choice(scenario.frames, STILLS, replace=False).tolist():
            image = next(shoot(replace(film, start=frame, stop=frame + 1)))
            main = main_person(detector.detect(image))
            if main is None:
                continue
            person = landmarker.locate(image, main)
            world = to_camera(person.world, person.region, camera)
            evidence = Evidence.gather(person.landmarks[None], world[None], np.ones(1, bool), camera, np.zeros(1))
            lean, missing = leans(evidence.world[0], true_points(played, skeleton, frame), evidence.rays()[0])
            yield lean, missing, math.degrees(played.staging.camera_pitch)


def leans(seen: Floats, true: Floats, ray: Floats) -> tuple[float, float]:
    """Lean of seen points (23, 3) towards the camera, and the turn about its axis to the true ones, degrees."""
    upwards = seen[SHOULDERS].mean(axis=0) - seen[ANKLES].mean(axis=0)
    upwards /= np.linalg.norm(upwards)
    axis = np.cross(ray, upwards)
    axis /= np.linalg.norm(axis)
    flat, aim = ((points - points.mean(axis=0)) @ (np.eye(3) - np.outer(axis, axis)) for points in (seen, true))
    missing = math.atan2((np.cross(axis, flat) * aim).sum(), (flat * aim).sum())
    return math.degrees(math.asin(-upwards @ ray)), math.degrees(missing)


def weighted_median(values: Floats, weights: Floats) -> float:
    """The value with half of the weight on either side."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def print_table(rows: Floats) -> None:
    """rows: (N, 3) of `measure`."""
    lean, missing, pitch = rows.T
    weights = np.exp(-(((pitch - USUAL_PITCH_DEG[0]) / USUAL_PITCH_DEG[1]) ** 2) / 2)
    print(f"{len(rows)} stills\n  seen   true  stills")
    for low, high in pairwise(EDGES_DEG):
        chosen = (lean >= low) & (lean < high)
        if chosen.sum() > 2:
            seen, true = (weighted_median(of[chosen], weights[chosen]) for of in (lean, lean + missing))
            print(f"{seen:6.1f} {true:6.1f} {chosen.sum():7d}")


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7000)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with one_thread():
        print_table(np.array(list(measure(arguments.clips, arguments.seed))))


if __name__ == "__main__":
    main()

"""From a scenario to all that is filmed: rooms, cameras and people, and what is true of the main person."""

from dataclasses import dataclass, replace

import numpy as np

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.store.threads import one_thread
from share_data.synthetic.backdrop import paint
from share_data.synthetic.cameras import CameraPath, camera_path
from share_data.synthetic.clothes import dress
from share_data.synthetic.film import EXPOSURE_SWING, Actor, Take
from share_data.synthetic.motion import WorldMotion, act
from share_data.synthetic.rooms import furnish
from share_data.synthetic.specs import Scenario
from share_data.synthetic.staging import Staging, stage

EVENING = 0.45  # brightness of the room after a cut: two rooms in the same light differ too little to call it one


@dataclass(frozen=True, slots=True)
class Scene:
    """What is true of a stretch [start, stop) of a clip: its main person's motion (None: nobody) and its camera."""

    scenario: Scenario
    staging: Staging
    motion: WorldMotion | None
    camera: CameraPath
    start: int
    stop: int


@one_thread()
def scenes(scenario: Scenario, body: BodyModel) -> list[Scene]:
    """One scene, or two for a clip with a hard cut in its middle. No pixel is rendered."""
    if scenario.hazard != "cut":
        return [_scene(scenario, body, 0, scenario.frames)]
    half = scenario.frames // 2
    other = replace(scenario, seed=scenario.seed ^ 0x2A2A, room=scenario.room + 1)
    return [_scene(scenario, body, 0, half), _scene(other, body, half, scenario.frames)]


def _scene(scenario: Scenario, body: BodyModel, start: int, stop: int) -> Scene:
    staging = stage(scenario)
    motion = None if scenario.hazard == "nobody" else act(scenario, staging, body)
    return Scene(scenario, staging, motion, camera_path(scenario, staging), start, stop)


@one_thread()
def take(scene: Scene, body: BodyModel) -> Take:
    """The scene with its room painted and its people dressed, ready to be filmed."""
    scenario = scene.scenario
    backdrop = paint(furnish(scenario, scene.staging), scene.camera)
    actors = [] if scene.motion is None else [_actor(scenario, scene.motion, body)]
    if scenario.hazard == "second_person":
        actors.append(_bystander(scenario, scene.staging, body))
    exposure = np.ones(scenario.frames)
    if scenario.hazard == "exposure":
        exposure += EXPOSURE_SWING * np.sin(np.linspace(0, 3 * np.pi, scenario.frames))
    if scenario.hazard == "cut" and scene.start > 0:
        exposure *= EVENING
    return Take(backdrop, tuple(actors), exposure, scene.start, scene.stop, scenario.seed)


def _actor(scenario: Scenario, motion: WorldMotion, body: BodyModel) -> Actor:
    return Actor(motion, dress(body, motion.betas, scenario.rng(5)), body.faces)


def _bystander(scenario: Scenario, staging: Staging, body: BodyModel) -> Actor:
    """Another person of another shape, who stays to one side and moves on the spot."""
    rng = scenario.rng(6)
    betas = tuple(float(beta) for beta in np.clip(rng.normal(0, 0.8, 10), -1.6, 1.6))
    other = replace(scenario, seed=scenario.seed ^ 0x5151, betas=betas, action="reach", hazard="in_place")
    place = np.array([-staging.side * 0.15, staging.spot[1] + 0.75])
    beside = replace(staging, start=place, spot=place, heading=float(-np.pi / 2 + rng.uniform(-0.4, 0.4)))
    return _actor(other, act(other, beside, body), body)


def in_camera(scene: Scene, points: Floats) -> Floats:
    """World points of each frame of the clip, (T, N, 3), in that frame's camera; the scene's own frames only."""
    return np.stack([scene.camera.to_camera(points[frame], frame) for frame in range(scene.start, scene.stop)]).astype(
        np.float32
    )

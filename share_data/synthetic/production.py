"""From a plan to all that is filmed: rooms, cameras and people, and what is true of the main person."""

from dataclasses import dataclass, replace

import numpy as np

from share_data.body import BodyModel
from share_data.camera import Floats
from share_data.synthetic.backdrop import paint
from share_data.synthetic.cameras import CameraPath, camera_path
from share_data.synthetic.clothes import dress
from share_data.synthetic.film import EXPOSURE_SWING, Actor, Take
from share_data.synthetic.motion import WorldMotion, act
from share_data.synthetic.rooms import furnish
from share_data.synthetic.specs import ClipPlan
from share_data.synthetic.staging import Staging, stage
from share_data.threads import one_thread

EVENING = 0.45  # brightness of the room after a cut: two rooms in the same light differ too little to call it one


@dataclass(frozen=True, slots=True)
class Scene:
    """What is true of a stretch [start, stop) of a clip: its main person's motion (None: nobody) and its camera."""

    plan: ClipPlan
    staging: Staging
    motion: WorldMotion | None
    camera: CameraPath
    start: int
    stop: int


@one_thread()
def scenes(plan: ClipPlan, body: BodyModel) -> list[Scene]:
    """One scene, or two for a clip with a hard cut in its middle. No pixel is rendered."""
    if plan.hazard != "cut":
        return [_scene(plan, body, 0, plan.frames)]
    half = plan.frames // 2
    other = replace(plan, seed=plan.seed ^ 0x2A2A, room=plan.room + 1)
    return [_scene(plan, body, 0, half), _scene(other, body, half, plan.frames)]


def _scene(plan: ClipPlan, body: BodyModel, start: int, stop: int) -> Scene:
    staging = stage(plan)
    motion = None if plan.hazard == "nobody" else act(plan, staging, body)
    return Scene(plan, staging, motion, camera_path(plan, staging), start, stop)


@one_thread()
def take(scene: Scene, body: BodyModel) -> Take:
    """The scene with its room painted and its people dressed, ready to be filmed."""
    plan = scene.plan
    backdrop = paint(furnish(plan, scene.staging), scene.camera)
    actors = [] if scene.motion is None else [_actor(plan, scene.motion, body)]
    if plan.hazard == "second_person":
        actors.append(_bystander(plan, scene.staging, body))
    exposure = np.ones(plan.frames)
    if plan.hazard == "exposure":
        exposure += EXPOSURE_SWING * np.sin(np.linspace(0, 3 * np.pi, plan.frames))
    if plan.hazard == "cut" and scene.start > 0:
        exposure *= EVENING
    return Take(backdrop, tuple(actors), exposure, scene.start, scene.stop, plan.seed)


def _actor(plan: ClipPlan, motion: WorldMotion, body: BodyModel) -> Actor:
    return Actor(motion, dress(body, motion.betas, plan.rng(5)), body.faces)


def _bystander(plan: ClipPlan, staging: Staging, body: BodyModel) -> Actor:
    """Another person of another shape, who stays to one side and moves on the spot."""
    rng = plan.rng(6)
    betas = tuple(float(beta) for beta in np.clip(rng.normal(0, 0.8, 10), -1.6, 1.6))
    other = replace(plan, seed=plan.seed ^ 0x5151, betas=betas, action="reach", hazard="in_place")
    place = np.array([-staging.side * 0.15, staging.spot[1] + 0.75])
    beside = replace(staging, start=place, spot=place, heading=float(-np.pi / 2 + rng.uniform(-0.4, 0.4)))
    return _actor(other, act(other, beside, body), body)


def in_camera(scene: Scene, points: Floats) -> Floats:
    """World points of each frame of the clip, (T, N, 3), in that frame's camera; the scene's own frames only."""
    return np.stack([scene.camera.to_camera(points[frame], frame) for frame in range(scene.start, scene.stop)]).astype(
        np.float32
    )

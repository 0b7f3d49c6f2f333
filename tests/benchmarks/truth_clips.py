"""Rendered clips for `truth.py`: cameras as people hold them, people of many sizes, frame rates, hazards; their truth.

The source `synthetic` films from tripods at eye level. Here a camera hangs 0.9 to 2.6 m high, aimed at the person,
rolled by 7 degrees (standard deviation); a quarter of the clips is portrait.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.records import Clip, Video
from share_data.store.atomic import atomic_file
from share_data.store.hashing import bytes_sha256, canonical_json, file_sha256
from share_data.synthetic.cameras import camera_path
from share_data.synthetic.film import shoot
from share_data.synthetic.motion import act
from share_data.synthetic.production import Scene, in_camera, take
from share_data.synthetic.specs import ACTIONS, ClipSpec, Hazard, Scenario, draw
from share_data.synthetic.staging import stage
from share_data.video.encode import encode_mp4

CLIPS_VERSION = 1
"""Part of every file's name: raise it when other clips are drawn from the same seed."""
SHORT_SIDE, LONG_SIDE = 360, 640
SECONDS, SECONDS_TO_LIE_DOWN = 3.0, 4.0
RATES, RATE_SHARES = (15, 24, 30, 60), (0.25, 0.25, 0.35, 0.15)
HAZARDS: tuple[Hazard, ...] = ("exposure", "second_person", "in_place", "occlusion")
ROLL_SD_DEG, ROLL_MAX_DEG = 7.0, 25.0
CAMERA_HEIGHT_M = (0.9, 2.6)
PELVIS_M = 0.88


@dataclass(frozen=True, slots=True)
class Plan:
    """A clip before it is filmed. roll, pitch: radians, of the camera, clockwise and down; camera_height: metres."""

    scenario: Scenario
    roll: float
    pitch: float
    camera_height: float

    def as_json(self) -> dict:
        """Plain values, for file names."""
        return {**self.scenario.as_json(), "roll": self.roll, "pitch": self.pitch, "height": self.camera_height}


@dataclass(frozen=True, slots=True)
class Filmed:
    """A rendered clip and its truth.

    joints: (T, 24, 3) metres, camera frame; up: (3,) unit, camera frame; camera_height, stature: metres.
    """

    plan: Plan
    clip: Clip
    joints: Floats
    up: Floats
    camera_height: float
    stature: float


def plan(seed: int, index: int) -> Plan:
    """The clip number `index` of a seed: actions in turn, all else drawn."""
    rng = np.random.default_rng([seed, index, 0x7247])
    action = ACTIONS[index % len(ACTIONS)]
    fps = int(rng.choice(RATES, p=RATE_SHARES))
    hazard = HAZARDS[int(rng.integers(len(HAZARDS)))] if rng.random() < 0.4 else "none"
    width, height = (SHORT_SIDE, LONG_SIDE) if rng.random() < 0.25 else (LONG_SIDE, SHORT_SIDE)
    frames = round(fps * (SECONDS_TO_LIE_DOWN if action == "lie_down" else SECONDS))
    spec = ClipSpec(action=action, hazard=hazard, frames=frames, fps=fps, width=width, height=height)
    scenario = draw(spec, seed, index)
    roll = float(np.clip(rng.normal(0, ROLL_SD_DEG), -ROLL_MAX_DEG, ROLL_MAX_DEG))
    above = float(rng.uniform(*CAMERA_HEIGHT_M))
    pitch = math.atan2(above - PELVIS_M, float(stage(scenario).spot[1])) + float(rng.uniform(-0.03, 0.03))
    return Plan(scenario, math.radians(roll), pitch, above)


def scene_of(plan: Plan, body: BodyModel) -> Scene:
    """What happens, and the camera that sees it."""
    scenario = plan.scenario
    staging = replace(stage(scenario), camera_height=plan.camera_height, camera_pitch=plan.pitch)
    path = camera_path(scenario, staging)
    turn = Rotation.from_rotvec([0, 0, plan.roll]).as_matrix()
    path = replace(path, rotation=turn @ path.rotation, base=turn @ path.base)
    return Scene(scenario, staging, act(scenario, staging, body), path, 0, scenario.frames)


def filmed(plan: Plan, body: BodyModel, folder: Path) -> Filmed:
    """The clip, rendered into `folder` unless it lies there."""
    scene, scenario = scene_of(plan, body), plan.scenario
    identity = canonical_json({"plan": plan.as_json(), "body": body.sha256, "version": CLIPS_VERSION})
    path = folder / f"{scenario.clip_id}-{bytes_sha256(identity)[:12]}.mp4"
    if not path.exists():
        with atomic_file(path) as handle:
            encode_mp4(enumerate(shoot(take(scene, body))), scenario.fps, 17, handle)
    labels = {"action": scenario.action, "hazard": scenario.hazard}
    focal = scenario.focal_px
    video = Video("truth", scenario.clip_id, path.as_uri(), labels=labels, focal_px=focal)
    times = np.arange(scenario.frames) / scenario.fps
    clip = Clip(video, path, file_sha256(path), 0, scenario.frames, times, scenario.width, scenario.height)
    assert scene.motion is not None
    joints, up = in_camera(scene, scene.motion.joints), scene.camera.base[:, 2]
    return Filmed(plan, clip, joints, up, plan.camera_height, body.height(scene.motion.betas))

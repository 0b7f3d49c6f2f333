"""Clips of cameras as people hold them: any roll, pitch and action, true or spoilt estimators, through `assemble`.

The person, the room and the estimators' errors are those of the synthetic benchmark; the camera is free, and the room
may lack a floor that is seen, or be a ramp.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from share_data.body.model import BodyModel
from share_data.body.render import rasterize
from share_data.camera import Intrinsics, transform
from share_data.masks import MaskStack
from share_data.pipeline.error_levels import DOCUMENTED, NONE
from share_data.pipeline.geometry.simulated import bleeding_masks, simulate_point_maps
from share_data.pipeline.humans.simulated import TrueMotion, simulate_track
from share_data.pipeline.keyframes import keyframe_numbers
from share_data.pipeline.world.gravity import Plane, up_from_angles
from share_data.pipeline.world.grounding import transform_smpl, world_from_camera
from share_data.records import Clip, EstimatorInfo, PersonTrack, PointMap, Video
from share_data.synthetic.boxes import Box, mesh_of
from share_data.synthetic.motion import act
from share_data.synthetic.rooms import furnish
from share_data.synthetic.specs import Scenario
from share_data.synthetic.staging import Staging

CAMERA = Intrinsics.from_hfov(66, 256, 192, "synthetic")
FPS = 30
HALF_FREE = 1.3  # metres to each side of the middle that the person walks in
TALLEST = 2.8  # metres: a ceiling would hang below the higher cameras


@dataclass(frozen=True, slots=True)
class Shot:
    """What is filmed and how the camera is held.

    Attributes:
        action: one of the synthetic actions, or `sits`, `lies` (on a bed), `lies_on_floor`: all the time.
        pitch_deg, roll_deg: down, and about the axis.
        floor: seen, `hidden` (furniture and walls only) or `bare` (nothing but the back wall).
        ramp_deg: slope of the floor, sideways.
        noisy: estimators with the benchmark's documented errors, instead of true ones.
        distance: metres from camera to person.
    """

    action: str = "walk"
    pitch_deg: float = 12.0
    roll_deg: float = 0.0
    floor: str = "seen"
    ramp_deg: float = 0.0
    noisy: bool = False
    seed: int = 0
    distance: float = 4.5
    frames: int = 66
    betas: tuple[float, ...] = (0.0,) * 10

    @property
    def plane(self) -> Plane:
        """The level floor under the camera, camera frame: what is true."""
        pitch = math.radians(self.pitch_deg)
        height = max(0.9 + self.distance * math.sin(pitch), 0.35)
        return Plane(up_from_angles(pitch, math.radians(self.roll_deg)), height)


@dataclass(frozen=True, slots=True)
class Held:
    """A clip with its inputs to `assemble`, and its truth."""

    clip: Clip
    track: PersonTrack
    maps: list[PointMap]
    images: list[np.ndarray]
    truth: TrueMotion
    T_world_cam: np.ndarray


@dataclass(frozen=True, slots=True)
class Film:
    """What a shot truly shows. behind: (H, W) depth of the empty room, metres, 0 = nothing."""

    clip: Clip
    truth: TrueMotion
    behind: np.ndarray
    faces: np.ndarray
    T_world_cam: np.ndarray

    def seen(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        """(H, W) depth in metres with the person in it, and (H, W) bool where the person is."""
        person = rasterize(self.truth.vertices[frame], self.faces, CAMERA).depth
        mask = (person > 0) & ((self.behind <= 0) | (person < self.behind))
        return np.where(mask, person, self.behind), mask


def film(shot: Shot, body: BodyModel) -> Film:
    """Film a shot. Deterministic in `shot`."""
    T_world_cam = world_from_camera(shot.plane)
    to_camera = np.linalg.inv(T_world_cam)
    scenario, staging = _script(shot)
    motion = _motion(shot, scenario, staging, body, to_camera)
    room = mesh_of(_room(shot, scenario, staging))
    tilt = _ramp(shot, staging)
    behind = rasterize(transform(room.vertices @ tilt[:3, :3].T + tilt[:3, 3], to_camera), room.faces, CAMERA).depth
    count = len(motion.transl)
    clip = Clip(
        Video("held", "clip", "file"), Path("none.mp4"), "0" * 64, 0, count, np.arange(count) / FPS, CAMERA.width,
        CAMERA.height,
    )  # fmt: skip
    return Film(clip, motion, behind, body.faces, T_world_cam)


def hold(shot: Shot, body: BodyModel) -> Held:
    """A shot with its estimators. Deterministic in `shot`."""
    shown = film(shot, body)
    count = len(shown.clip)
    keyframes = keyframe_numbers(shown.clip.times, 5)
    seen = {int(k): shown.seen(int(k)) for k in keyframes}
    masks = [seen[k][1] if k in seen else np.zeros_like(seen[0][1]) for k in range(count)]
    track, maps = _estimates(shot, shown.truth, [seen[int(k)] for k in keyframes], masks, keyframes, body)
    images = [np.full((CAMERA.height, CAMERA.width, 3), 128, np.uint8) for _ in keyframes]
    return Held(shown.clip, track, maps, images, shown.truth, shown.T_world_cam)


def _script(shot: Shot) -> tuple[Scenario, Staging]:
    acted = {"sits": "sit_down", "lies": "lie_down", "lies_on_floor": "lie_down"}.get(shot.action, shot.action)
    still = acted != shot.action
    frames = 150 if still else shot.frames
    scenario = Scenario(
        "held", shot.seed, acted, "none", shot.seed % 1000, frames, FPS, CAMERA.width, CAMERA.height, 66.0, shot.betas
    )  # fmt: skip
    rng = np.random.default_rng([shot.seed, 77])
    ahead = shot.distance * math.cos(math.radians(shot.pitch_deg))
    side = 1 if rng.random() < 0.5 else -1
    seconds = frames / FPS
    until = seconds if acted == "walk" else seconds * (0.36 if acted == "lie_down" else 0.5)
    length = min(1.1 * until, 2 * HALF_FREE)
    spot = np.array([side * length / 2 if acted == "walk" else side * 0.1, ahead + rng.uniform(-0.2, 0.2)])
    start = np.array([spot[0] - side * length, spot[1] + rng.uniform(-0.4, 0.4)])
    facing = -math.pi / 2 + side * rng.uniform(0.15, 0.45)
    plane = shot.plane
    pitch = math.radians(shot.pitch_deg)
    return scenario, Staging(plane.offset, pitch, CAMERA, start, spot, facing, side, 2.2, until)


def _motion(shot: Shot, scenario: Scenario, staging: Staging, body: BodyModel, to_camera: np.ndarray) -> TrueMotion:
    world = act(scenario, staging, body)
    last = slice(scenario.frames - 45, None) if scenario.frames == 150 and shot.frames != 150 else slice(None)
    transl, vertices, joints = (part[last].copy() for part in (world.transl, world.vertices, world.joints))
    drop = np.zeros(3, np.float32)
    drop[2] = vertices[..., 2].min() if shot.action == "lies_on_floor" else 0.0
    transl, vertices, joints = transl - drop, vertices - drop, joints - drop
    if shot.ramp_deg:  # upright on the slope: every frame is lifted to the ground below it
        lift = np.zeros((len(transl), 3), np.float32)
        lift[:, 2] = math.tan(math.radians(shot.ramp_deg)) * (joints[:, 0, 0] - staging.spot[0])
        transl, vertices, joints = transl + lift, vertices + lift[:, None], joints + lift[:, None]
    orient, transl = transform_smpl(world.global_orient[last], transl, body.rest_pelvis(world.betas), to_camera)
    return TrueMotion(
        orient, world.body_pose[last], world.betas, transl, transform(vertices, to_camera), transform(joints, to_camera)
    )


def _room(shot: Shot, scenario: Scenario, staging: Staging) -> list[Box]:
    boxes = [box for box in furnish(scenario, staging) if box.centre[2] < TALLEST]
    if shot.action == "lies_on_floor":
        boxes = [box for box in boxes if not _bed(box, staging)]
    if shot.floor == "seen":
        return [boxes[0], *boxes[1:4]] if shot.ramp_deg else boxes
    if shot.floor == "bare":
        return boxes[1:2]
    return [box for box in boxes[1:] if box.material != "rug"]


def _bed(box: Box, staging: Staging) -> bool:
    return math.hypot(box.centre[0] - staging.spot[0], box.centre[1] - staging.spot[1] - 0.68) < 1.3


def _ramp(shot: Shot, staging: Staging) -> np.ndarray:
    """A shear, which keeps walls vertical: z grows with x from where the person acts."""
    matrix = np.eye(4)
    slope = math.tan(math.radians(shot.ramp_deg))
    matrix[2, 0], matrix[2, 3] = slope, -slope * staging.spot[0]
    return matrix


def _estimates(shot, motion, seen, masks, keyframes, body):
    levels = replace(DOCUMENTED, focal_default=0) if shot.noisy else NONE
    rng = np.random.default_rng([shot.seed, 78])
    height, focal, scale = rng.normal(size=3)
    track = simulate_track(motion, CAMERA, body, levels, levels.body_height * height, (shot.seed, 79), 30.0)
    maps = simulate_point_maps(
        [depth for depth, _ in seen], CAMERA, levels, math.exp(levels.geometry_focal * focal),
        math.exp(levels.scale_core * scale), (shot.seed, 79),
    )  # fmt: skip
    bled = bleeding_masks([mask for _, mask in seen], levels, (shot.seed, 79)) if shot.noisy else [m for _, m in seen]
    for frame, mask in zip(keyframes, bled, strict=True):
        masks[frame] = mask
    count = len(motion.transl)
    return PersonTrack(
        track.global_orient, track.body_pose, track.betas, track.transl, np.zeros((count, 4), np.float32),
        np.ones(count, bool), np.ones(count, np.float32), MaskStack.pack(masks), CAMERA, EstimatorInfo("held", 1),
    ), maps  # fmt: skip


def up_error_deg(T_world_cam: np.ndarray, true: np.ndarray) -> float:
    """Angle between two cameras' up vectors."""
    return float(np.degrees(np.arccos(np.clip(T_world_cam[2, :3] @ true[2, :3], -1, 1))))

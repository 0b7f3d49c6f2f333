"""The clips of the synthetic benchmark: the published 33 batches of eight videos, restaged with the built-in mannequin.

Camera, distance and number of batches of each video are RICH's (see `error_levels` for the distances); its scenes and
people are not: boxes and footsteps stand in for them, at an eighth of RICH's 4112 x 3008 pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from share_data.body.model import BodyModel
from share_data.body.render import rasterize
from share_data.camera import Floats, Intrinsics, transform
from share_data.pipeline.error_levels import SEED, Levels
from share_data.pipeline.geometry.simulated import bleeding_masks, simulate_point_maps
from share_data.pipeline.humans.simulated import SimulatedTrack, TrueMotion, simulate_track
from share_data.pipeline.keyframes import keyframe_numbers
from share_data.pipeline.world.grounding import transform_smpl
from share_data.records import Bools, Ints, PointMap
from share_data.synthetic.boxes import mesh_of
from share_data.synthetic.cameras import camera_path
from share_data.synthetic.motion import act
from share_data.synthetic.rooms import furnish
from share_data.synthetic.specs import Action, Scenario
from share_data.synthetic.staging import Staging

REDUCTION = 8
WIDTH, HEIGHT = 4112 // REDUCTION, 3008 // REDUCTION
FPS = 30
BATCH = 100  # frames of a published batch
ACTIONS: tuple[Action, ...] = ("walk", "sit_down", "turn", "reach")
CAMERA_HEIGHT = (1.4, 3.1)  # metres
PITCH = (math.radians(3.5), math.radians(28))
PELVIS = 0.9  # metres above the floor the camera is aimed at
KEYFRAMES = 5  # offered to every method; the paper's uses the first and the last


@dataclass(frozen=True, slots=True)
class FilmedVideo:
    """One of RICH's videos. focal: px at 4112 x 3008; depth: metres; outlier: its metric scale is off by a fifth."""

    name: str
    batches: tuple[int, ...]
    focal: float
    depth: float
    outlier: bool = False


VIDEOS = (
    # Aimed nearer than its 9.8 m, so that walking about stays within RICH's 2.5 to 9.8 m.
    FilmedVideo("Gym_010_lunge1", (0, 1, 2), 3577, 9.3),
    FilmedVideo("Gym_010_mountainclimber2", (0, 1, 2, 3), 3577, 7.5),
    FilmedVideo("Gym_011_dips3", (0, 1, 2), 3577, 3.2),
    FilmedVideo("Gym_012_lunge2", (0, 1), 3577, 8.6),
    FilmedVideo("Gym_013_burpee4", (0, 2), 3577, 6.3),
    FilmedVideo("LectureHall_021_plankjack1", (0, 1, 2, 3, 4), 4648, 6.1, outlier=True),
    FilmedVideo("ParkingLot2_009_impro1", (0, 1, 3, 5, 6, 7), 3577, 6.7),
    FilmedVideo("ParkingLot2_017_overfence2", (0, 1, 2, 3, 4, 5, 6, 7), 3577, 7.6),
)


@dataclass(frozen=True, slots=True)
class TrueClip:
    """What is true of a clip. depths: K of (H, W) metres, 0 = nothing; masks: K of (H, W); at `keyframes` (K,)."""

    name: str
    video: int
    batch: int
    motion: TrueMotion
    intrinsics: Intrinsics
    keyframes: Ints
    depths: tuple[Floats, ...]
    masks: tuple[Bools, ...]


@dataclass(frozen=True, slots=True)
class SimulatedClip:
    """What a method gets to see of a clip; nothing in it is the truth. faces: (F, 3) of the body's mesh.

    times: (T,) seconds; track: with the human estimator's own focal; point_maps, masks: one a keyframe; keyframes: (K,)
    frame numbers.
    """

    name: str
    times: Floats
    track: SimulatedTrack
    point_maps: tuple[PointMap, ...]
    masks: tuple[Bools, ...]
    keyframes: Ints
    faces: Ints


@dataclass(frozen=True, slots=True)
class VideoErrors:
    """Drawn once a video: metres the body is too tall, the map's focal and its metric scale over the true ones."""

    height: float
    focal: float
    scale: float


def video_errors(levels: Levels, seed: int = SEED) -> list[VideoErrors]:
    """One entry for each of `VIDEOS`.

    Normal numbers are drawn stratified, one from each eighth (seventh) of the distribution in random order: eight plain
    draws would make the benchmark a matter of luck.
    """
    count, core = len(VIDEOS), sum(not video.outlier for video in VIDEOS)
    heights, focals, scales = (
        _stratified(n, np.random.default_rng([seed, k])) for k, n in ((1, count), (2, count), (3, core))
    )
    signs = np.random.default_rng([seed, 4]).choice([-1.0, 1.0], count)
    ordinary = iter(scales)
    errors = []
    for video, height, focal, sign in zip(VIDEOS, heights, focals, signs, strict=True):
        scale = 1 + sign * levels.scale_outlier if video.outlier else math.exp(levels.scale_core * next(ordinary))
        errors.append(
            VideoErrors(
                levels.body_height * float(height), math.exp(levels.geometry_focal * float(focal)), float(scale)
            )
        )
    return errors


def _stratified(count: int, rng: np.random.Generator) -> Floats:
    return np.asarray(ndtri((rng.permutation(count) + rng.random(count)) / count))


def film(video: int, batch: int, frames: int, body: BodyModel, seed: int = SEED) -> TrueClip:
    """The truth of one batch, with `KEYFRAMES` keyframes, first and last among them.

    video: index into `VIDEOS`; frames: 3 or more, at most 100 being the beginning of the published length's action.
    """
    source = VIDEOS[video]
    camera = Intrinsics.centred(source.focal / REDUCTION, WIDTH, HEIGHT, "synthetic")
    scenario = _scenario(video, batch, max(frames, BATCH), camera, seed)
    staging = _stage(scenario, source.depth, camera, seed, video)
    path = camera_path(scenario, staging)
    world = act(scenario, staging, body)
    first = slice(0, frames)
    to_camera = np.eye(4)
    to_camera[:3, :3], to_camera[:3, 3] = path.base, -path.base @ path.centre
    orient, transl = transform_smpl(world.global_orient, world.transl, body.rest_pelvis(world.betas), to_camera)
    vertices, joints = (transform(points[first], to_camera) for points in (world.vertices, world.joints))
    motion = TrueMotion(orient[first], world.body_pose[first], world.betas, transl[first], vertices, joints)
    # A ceiling would hang below the higher cameras.
    room = mesh_of([box for box in furnish(scenario, staging) if box.centre[2] < 2.8])
    behind = rasterize(transform(room.vertices, to_camera), room.faces, camera).depth
    keyframes = keyframe_numbers(np.arange(frames) / FPS, KEYFRAMES)
    depths, masks = zip(*(_seen(behind, motion.vertices[k], body.faces, camera) for k in keyframes), strict=True)
    return TrueClip(f"{source.name}_batch{batch:02d}", video, batch, motion, camera, keyframes, depths, masks)


def _seen(behind: Floats, vertices: Floats, faces: Ints, camera: Intrinsics) -> tuple[Floats, Bools]:
    """Depth with the person in it, and where the person is."""
    person = rasterize(vertices, faces, camera).depth
    mask = (person > 0) & ((behind <= 0) | (person < behind))
    return np.where(mask, person, behind), mask


def _scenario(video: int, batch: int, frames: int, camera: Intrinsics, seed: int) -> Scenario:
    betas = np.clip(np.random.default_rng([seed, 5, video]).normal(0, 0.8, 10), -1.6, 1.6)
    return Scenario(
        clip_id=f"{video}-{batch}",
        seed=int(np.random.default_rng([seed, 6, video, batch]).integers(2**31)),
        action=ACTIONS[(video + batch) % len(ACTIONS)],
        hazard="none",
        room=int(np.random.default_rng([seed, 7, video]).integers(1000)),
        frames=frames,
        fps=FPS,
        width=camera.width,
        height=camera.height,
        hfov_deg=math.degrees(2 * math.atan(camera.width / 2 / camera.focal)),
        betas=tuple(round(float(beta), 4) for beta in betas),
    )


def _stage(scenario: Scenario, depth: float, camera: Intrinsics, seed: int, video: int) -> Staging:
    """One camera a video, aimed at the action; the person comes from a side and from nearer or farther."""
    still = np.random.default_rng([seed, 8, video])
    highest = min(CAMERA_HEIGHT[1], PELVIS + depth * math.sin(PITCH[1] - math.radians(1)))
    height = float(still.uniform(CAMERA_HEIGHT[0], highest))
    distance = math.sqrt(depth**2 - (height - PELVIS) ** 2)
    pitch = float(np.clip(math.atan2(height - PELVIS, distance) + still.uniform(-0.02, 0.02), *PITCH))
    rng = scenario.rng(1)
    side = 1 if rng.random() < 0.5 else -1
    half = distance * camera.width / 2 / camera.focal
    seconds = scenario.frames / scenario.fps
    walks = scenario.action == "walk"
    until = seconds if walks else seconds * 0.55
    length = min(1.15 * until, 2 * max(half - 0.6, 0.3))
    # Anywhere in the picture at which the whole way fits into it.
    room = max(half - 0.6 - length / 2, 0.0)
    middle = rng.uniform(-room, room)
    spot = np.array([middle + side * length / 2, distance + rng.uniform(-0.3, 0.3)])
    start = np.array([middle - side * length / 2, spot[1] + rng.uniform(-0.4, 0.4)])
    facing = -math.pi / 2 + side * rng.uniform(0.15, 0.45)
    return Staging(height, pitch, camera, start, spot, facing, side, half, until)


def simulate(clip: TrueClip, body: BodyModel, levels: Levels, errors: VideoErrors, seed: int = SEED) -> SimulatedClip:
    """What the simulated estimators make of a clip. errors: those of its video."""
    own = (seed, 9, clip.video, clip.batch)
    # First and last keyframe draw their errors first: how many there are between them changes nothing of theirs.
    order = [0, len(clip.keyframes) - 1, *range(1, len(clip.keyframes) - 1)]
    back = np.argsort(order)
    depths, masks = [clip.depths[k] for k in order], [clip.masks[k] for k in order]
    maps = simulate_point_maps(depths, clip.intrinsics, levels, errors.focal, errors.scale, own)
    bled = bleeding_masks(masks, levels, own)
    return SimulatedClip(
        clip.name,
        np.arange(len(clip.motion.transl)) / FPS,
        simulate_track(clip.motion, clip.intrinsics, body, levels, errors.height, own, FPS),
        tuple(maps[k] for k in back),
        tuple(bled[k] for k in back),
        clip.keyframes,
        body.faces,
    )


def filmed(clips: int) -> Sequence[tuple[int, int]]:
    """(video, batch) of `clips` of the 33: fewer take the videos in turn, one batch of each before a second."""
    turns = sorted(
        (place, number, batch) for number, video in enumerate(VIDEOS) for place, batch in enumerate(video.batches)
    )
    return sorted((number, batch) for _, number, batch in turns[:clips])

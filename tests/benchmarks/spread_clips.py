"""Clips of simulated estimators whose errors are of another size in every clip, for `confidence.py`; none rendered.

Every clip draws how wrong its estimators usually are (`Spread`, what an oracle may know), and then how wrong they are
this time. Cameras, people and rooms are those of tests/support/held_cameras.py.
"""

import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from held_cameras import CAMERA, Film, Shot, film

from share_data.body.model import BodyModel
from share_data.camera import Floats, Intrinsics
from share_data.masks import MaskStack
from share_data.pipeline.error_levels import DOCUMENTED, Levels
from share_data.pipeline.geometry.base import PersonSurface
from share_data.pipeline.geometry.ground_plane import GroundPlaneConfig, GroundPlaneEstimator
from share_data.pipeline.geometry.simulated import bleeding_masks, simulate_point_maps
from share_data.pipeline.humans.simulated import SimulatedTrack, simulate_track
from share_data.pipeline.keyframes import keyframe_numbers
from share_data.pipeline.placement.place import PlacementOptions
from share_data.pipeline.quality.silhouette import sample_frames
from share_data.pipeline.quality.uncertainty import DEFAULT_FOCAL_SD
from share_data.pipeline.reconstruct import ReconstructOptions, assemble
from share_data.pipeline.scene.fusion import SceneConfig
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.records import Clip, EstimatorInfo, PersonTrack, PointMap, Reconstruction

OPTIONS = ReconstructOptions(SceneConfig(voxel=0.04), PlacementOptions(), ScaleConfig())
KNOWN = replace(CAMERA, source="source")
KEYFRAMES, FRAMES = 3, 44  # few of both: hundreds of clips are made
FAULTS = {
    "none": 0.62, "focal": 0.08, "lean": 0.08, "flips": 0.05, "crumpled": 0.05, "upside_down": 0.04, "lost": 0.04,
    "swapped": 0.04,
}  # fmt: skip
ACTIONS = ("walk", "sit_down", "turn", "reach", "lie_down", "sits", "lies")
SHARES = (0.3, 0.15, 0.15, 0.2, 0.08, 0.07, 0.05)

VARIED = (
    "geometry_focal", "scale_core", "keyframe_scale", "root_jitter", "drift", "body_height", "pose",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """What a clip is, and how wrong its estimators usually are.

    levels: see `error_levels`; fault: a key of FAULTS; size: of it, 0 to 1; by_person: the point maps are made from the
    person; rate: every so many frames of thirty a second are kept.
    """

    shot: Shot
    levels: Levels
    fault: str
    size: float
    by_person: bool
    rate: int


def spread(seed: int, index: int) -> Spread:
    """The clip number `index` of a seed."""
    rng = np.random.default_rng([seed, index, 0x59EA])

    def about(low: float, high: float) -> float:
        return float(math.exp(rng.uniform(math.log(low), math.log(high))))

    levels = replace(
        DOCUMENTED,
        focal_default=0.0,
        geometry_focal=about(0.005, 0.08),
        scale_core=about(0.01, 0.25),
        keyframe_scale=about(0.005, 0.05),
        root_jitter=about(0.001, 0.02),
        drift=about(0.005, 0.08),
        body_height=about(0.01, 0.2),
        pose=about(1.5, 16),
    )
    shot = Shot(
        action=str(rng.choice(ACTIONS, p=SHARES)),
        pitch_deg=float(np.clip(rng.normal(12, 12), -8, 60)),
        roll_deg=float(np.clip(rng.normal(0, 7), -25, 25)),
        floor=str(rng.choice(("seen", "hidden", "bare"), p=(0.6, 0.25, 0.15))),
        seed=int(rng.integers(2**31)),
        distance=about(2.5, 9),
        frames=FRAMES,
        betas=tuple(np.clip(rng.normal(0, 0.8, 10), -1.6, 1.6).round(4).tolist()),
    )
    fault = str(rng.choice(list(FAULTS), p=list(FAULTS.values())))
    by_person = bool(rng.random() < 0.25)
    return Spread(shot, levels, fault, float(rng.random()), by_person, 1 if rng.random() < 0.3 else 2)


def known(drawn: Spread) -> dict[str, float]:
    """What an oracle may know of a clip: all but this time's errors. Sizes of errors as logarithms."""
    levels = {name: math.log(getattr(drawn.levels, name)) for name in VARIED}
    shot = {"distance": math.log(drawn.shot.distance), "pitch": drawn.shot.pitch_deg, "roll": abs(drawn.shot.roll_deg)}
    flags = {f"fault_{fault}": float(drawn.fault == fault) for fault in FAULTS if fault != "none"}
    sizes = {f"size_{fault}": drawn.size * (drawn.fault == fault) for fault in FAULTS if fault != "none"}
    floors = {f"floor_{floor}": float(drawn.shot.floor == floor) for floor in ("hidden", "bare")}
    lying = float(drawn.shot.action in ("lie_down", "lies", "sits"))
    return {**levels, **shot, **flags, **sizes, **floors, "by_person": float(drawn.by_person), "lying": lying}


@dataclass(frozen=True, slots=True)
class Made:
    """A reconstructed clip and its truth: joints (T, 24, 3) metres, camera frame; up (3,) unit, camera frame.

    seen: (T,) the human estimator's own confidence; times: (T,) seconds.
    """

    found: Reconstruction
    seen: Floats
    times: Floats
    joints: Floats
    up: Floats


def make(drawn: Spread, body: BodyModel, draw: int = 0) -> Made:
    """Reconstruct a clip. draw: another number draws the errors anew. Raises EstimationError as `assemble` does."""
    shown = thinned(film(drawn.shot, body), drawn.rate)
    seed = (drawn.shot.seed, 80, draw)
    rng = np.random.default_rng(seed)
    height, focal, scale, wrong = rng.normal(size=4)
    levels = replace(drawn.levels, pose=45.0) if drawn.fault == "crumpled" else drawn.levels
    camera = KNOWN
    if drawn.fault == "focal":  # nobody knows it: both estimators take the guess
        camera = Intrinsics.centred(
            CAMERA.focal * math.exp(DEFAULT_FOCAL_SD * wrong), CAMERA.width, CAMERA.height, "default"
        )
    simulated = simulate_track(shown.truth, CAMERA, body, levels, levels.body_height * height, seed, 30 / drawn.rate)
    keyframes = keyframe_numbers(shown.clip.times, KEYFRAMES)
    count = len(shown.clip)
    valid = np.ones(count, dtype=bool)
    if drawn.fault == "lost":
        valid[round(0.45 * count) : round((0.55 + 0.4 * drawn.size) * count)] = False
        keyframes = keyframes[valid[keyframes]]
    track = _track(drawn, shown, simulated, camera, body, valid, keyframes)
    factor = camera.focal / CAMERA.focal
    if drawn.by_person:
        maps = _from_person(track, shown.clip, keyframes, body)
    else:
        depths = [shown.seen(int(k))[0] for k in keyframes]
        scales = math.exp(levels.geometry_focal * focal) * factor, math.exp(levels.scale_core * scale)
        maps = simulate_point_maps(depths, CAMERA, levels, *scales, seed)
        maps = [replace(each, intrinsics=camera) for each in maps]
    images = [np.full((CAMERA.height, CAMERA.width, 3), 128, np.uint8) for _ in keyframes]
    found = assemble(shown.clip, images, track, maps, body, OPTIONS, keyframes=keyframes)
    return Made(found, track.confidence, shown.clip.times, shown.truth.joints, shown.T_world_cam[2, :3])


def thinned(shown: Film, rate: int) -> Film:
    """Every `rate`-th frame of a film."""
    kept = slice(None, None, rate)
    truth = replace(
        shown.truth,
        **{
            name: getattr(shown.truth, name)[kept]
            for name in ("global_orient", "body_pose", "transl", "vertices", "joints")
        },
    )
    times = shown.clip.times[kept]
    return replace(shown, clip=replace(shown.clip, stop=len(times), times=times), truth=truth)


def _track(
    drawn: Spread,
    shown: Film,
    simulated: SimulatedTrack,
    camera: Intrinsics,
    body: BodyModel,
    valid: np.ndarray,
    keyframes: np.ndarray,
) -> PersonTrack:
    """The simulated track with the clip's fault."""
    count = len(valid)
    orient, transl = simulated.global_orient.copy(), simulated.transl.astype(np.float64)
    pelvis = body.rest_pelvis(simulated.betas)
    roots = (transl + pelvis) * (camera.focal / CAMERA.focal)  # a longer focal, a person farther away
    middle = slice(round(0.4 * count), round((0.5 + 0.3 * drawn.size) * count))
    turns = Rotation.from_rotvec(orient)
    if drawn.fault == "lean":
        axis = np.array([1.0, 0.0, 0.0]) * math.radians(12 + 30 * drawn.size)
        turns = Rotation.from_rotvec(axis) * turns
    if drawn.fault == "upside_down":
        turns = Rotation.from_rotvec([0.0, 0.0, math.pi]) * turns
    if drawn.fault == "flips":
        flipped = np.zeros(count, dtype=bool)
        flipped[middle] = np.arange(count)[middle] % 3 > 0
        turns = turns * Rotation.from_rotvec(np.outer(flipped, [0, math.pi, 0]))
    if drawn.fault == "swapped":
        roots[middle] += [0.6 + 0.8 * drawn.size, 0, 0.5]
    if drawn.fault == "lost":
        known = np.flatnonzero(valid)
        roots = np.stack([np.interp(np.arange(count), known, column[known]) for column in roots.T], axis=1)
    rng = np.random.default_rng([drawn.shot.seed, 81])
    seen = np.where(valid, np.clip(0.95 - 0.02 * drawn.levels.pose + 0.03 * rng.normal(size=count), 0.05, 1), 0.05)
    return PersonTrack(
        turns.as_rotvec().astype(np.float32), simulated.body_pose, simulated.betas,
        (roots - pelvis).astype(np.float32), np.zeros((count, 4), np.float32), valid, seen.astype(np.float32),
        _masks(drawn, shown, valid, keyframes), camera, EstimatorInfo("simulated", 1),
    )  # fmt: skip


def _masks(drawn: Spread, shown: Film, valid: np.ndarray, keyframes: np.ndarray) -> MaskStack:
    """Masks of the frames that are looked at; empty elsewhere."""
    nothing = np.zeros((CAMERA.height, CAMERA.width), dtype=bool)
    wanted = [int(frame) for frame in sample_frames(valid, keyframes) if valid[frame]]
    bled = bleeding_masks([shown.seen(frame)[1] for frame in wanted], drawn.levels, (drawn.shot.seed, 82))
    masks = dict(zip(wanted, bled, strict=True))
    return MaskStack.pack([masks.get(frame, nothing) for frame in range(len(valid))])


def _from_person(track: PersonTrack, clip: Clip, keyframes: np.ndarray, body: BodyModel) -> list[PointMap]:
    surface = body.forward(track.global_orient, track.body_pose, track.betas, track.transl)
    person = PersonSurface(
        vertices=surface.vertices[keyframes],
        faces=body.faces,
        joints=surface.joints,
        masks=tuple(track.masks[int(frame)] for frame in keyframes),
        valid=track.valid,
        times=clip.times,
        keyframes=tuple(keyframes.tolist()),
    )
    images = [np.zeros((CAMERA.height, CAMERA.width, 3), np.uint8)] * len(keyframes)
    return GroundPlaneEstimator(GroundPlaneConfig()).estimate(images, track.intrinsics, person)

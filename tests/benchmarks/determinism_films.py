"""Two rendered clips and what every stage makes of them: the inputs of determinism_stages.py, made once and kept."""

import io
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from bodies import smpl_arrays, write_plain_pickle

from share_data.body.model import BodyModel, BodyOutput, load_body
from share_data.camera import Floats, Intrinsics
from share_data.filters.base import Observation
from share_data.pipeline.geometry.ground_plane import GroundPlaneConfig, GroundPlaneEstimator
from share_data.pipeline.humans.blazepose.estimator import MIN_CONFIDENCE, BlazePoseConfig, BlazePoseEstimator
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.landmarks import Landmarker
from share_data.pipeline.humans.blazepose.skeleton import Skeleton
from share_data.pipeline.humans.blazepose.tracking import PersonTracker
from share_data.pipeline.humans.movenet import GLANCE, Detection, MoveNet
from share_data.pipeline.humans.people import PeopleFinder
from share_data.pipeline.placement.place import PlacementOptions
from share_data.pipeline.reconstruct import ReconstructOptions, assemble, estimate_geometry
from share_data.pipeline.scene.fusion import Fusion, SceneConfig, fuse_scene
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.records import Clip, PersonTrack, PointMap, Reconstruction, Video
from share_data.scan.observe import observation_of
from share_data.scan.passing import scan_video
from share_data.scan.pictures import Pictures, pack
from share_data.scan.sampling import step_of
from share_data.store.store import Artifact
from share_data.synthetic.film import Image, shoot
from share_data.synthetic.production import scenes, take
from share_data.synthetic.specs import ClipSpec, Scenario, draw
from share_data.video.encode import encode_mp4
from share_data.video.frames import ClipFrames

FRAMES, WIDTH, HEIGHT = 16, 320, 180
KEYFRAMES = [0, FRAMES - 1]
ACTIONS = ("walk", "sit_down")
OPTIONS = ReconstructOptions(SceneConfig(), PlacementOptions(), ScaleConfig())
KEY = "0" * 64
TIMES: Floats = np.arange(FRAMES) / 30


@dataclass(frozen=True, slots=True)
class Film:
    """A rendered clip, and what every stage makes of it: the input of the stages behind it."""

    scenario: Scenario
    frames: list[Image]
    clip: Clip
    people: list[Detection]
    evidence: Evidence
    track: PersonTrack
    maps: list[PointMap]
    fusion: Fusion
    made: Reconstruction
    surface: BodyOutput
    observation: Observation

    @property
    def keyframes(self) -> list[Image]:
        """The pictures at the keyframes."""
        return [self.frames[number] for number in KEYFRAMES]


@cache
def mannequin() -> BodyModel:
    return load_body()


@cache
def dense_body() -> BodyModel:
    """A body with pose directions everywhere, as SMPL has them and the mannequin has not."""
    with tempfile.TemporaryDirectory() as folder:
        return load_body(write_plain_pickle(Path(folder) / "dense.pkl", smpl_arrays()))


@cache
def skeleton() -> Skeleton:
    return Skeleton(mannequin())


def prepare(folder: Path, action: Any) -> Film:
    """Everything that the stages start from, made with the stages themselves."""
    planned = draw(ClipSpec(action=action, frames=FRAMES, width=WIDTH, height=HEIGHT), 4, 0)
    frames = [image for scene in scenes(planned, mannequin()) for image in shoot(take(scene, mannequin()))]
    path, camera = folder / f"{action}.mp4", Intrinsics.centred(planned.focal_px, WIDTH, HEIGHT)
    path.write_bytes(encoded(frames))
    clip = Clip(Video("made-up", action, action, "CC0-1.0", True), path, KEY, 0, FRAMES, TIMES, WIDTH, HEIGHT)
    seen = PersonTracker(MoveNet(), MoveNet(GLANCE), Landmarker()).follow(frames, camera, TIMES)
    evidence = Evidence.gather(seen.landmarks, seen.world, seen.confidence >= MIN_CONFIDENCE, camera, TIMES)
    opened = ClipFrames(path, 0, FRAMES, WIDTH, HEIGHT)
    track = BlazePoseEstimator(BlazePoseConfig(kind="blazepose"), mannequin()).estimate(opened, TIMES, camera)
    maps = estimate_geometry(opened.read(KEYFRAMES), TIMES, track, ground_plane(), mannequin(), np.array(KEYFRAMES))
    keyframes = [frames[number] for number in KEYFRAMES]
    fusion = fuse_scene(maps, keyframes, [track.masks[number] for number in KEYFRAMES], OPTIONS.scene)
    made = assemble(clip, keyframes, track, maps, mannequin(), OPTIONS)
    people = [MoveNet().detect(image)[0] for image in keyframes]
    pieces: list[Artifact] = []
    scan = scan_video(path, None, 1.0, step_of(FRAMES / 30), PeopleFinder(), lambda _, each: pieces.append(pack(each)))
    observation = observation_of(clip, scan, Pictures(pieces.__getitem__))
    surface = posed(track, mannequin())
    return Film(planned, frames, clip, people, evidence, track, maps, fusion, made, surface, observation)


def posed(track: PersonTrack, body: BodyModel) -> BodyOutput:
    return body.forward(track.global_orient, track.body_pose, track.betas, track.transl)


def ground_plane() -> GroundPlaneEstimator:
    return GroundPlaneEstimator(GroundPlaneConfig())


def encoded(frames: list[Image]) -> bytes:
    out = io.BytesIO()
    encode_mp4(enumerate(frames), 30, 17, out)
    return out.getvalue()

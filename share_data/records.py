"""What flows through the pipeline: videos, clips, scores, tracks, point maps, reconstructions.

Arrays are numpy, metres, seconds and pixels. Unless a docstring says otherwise, 3-D quantities are in the camera
frame (OpenCV axes: x right, y down, z forward). T is the number of frames of a clip.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Calibration, Floats, Intrinsics
from share_data.footage import PLAIN, UNKNOWN, Footage, FrameIndex
from share_data.masks import MaskStack
from share_data.text import safe_key

Bools = NDArray[np.bool_]
Ints = NDArray[np.integer]
Status = Literal["kept", "rejected", "failed", "opted_out"]


@dataclass(frozen=True, slots=True)
class Video:
    """One video of a source, before it is fetched. `video_id` is unique within its source and stable between runs.

    `labels` are the source's own (activity, subject, camera, split). Where it knows, `focal_px` is the focal in pixels
    of the video's resolution, `calibration` how the camera stands, `camera` the fixed camera of several of its videos,
    which share intrinsics and background. A build sets `video_track`, the recipe's track of its file, from 0, and
    `time_scale`, true seconds in a second of the file.
    """

    source: str
    video_id: str
    uri: str
    licence: str = "unknown"
    redistributable: bool = False
    attribution: str = ""
    title: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    focal_px: float | None = None
    camera: str = ""
    video_track: int | None = None
    time_scale: float = 1.0
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "calibration", Calibration.read(self.calibration))

    @property
    def unit(self) -> str:
        """The name of this video in messages and in the ledger."""
        return f"{self.source}/{self.video_id}"


def clip_key(video: Video, sha256: str, start: int, stop: int) -> str:
    """[A-Za-z0-9_-]+, unique in a corpus: a readable part, a hash of source, id and content, and the frame range."""
    told = f"{video.source}\0{video.video_id}\0{sha256}".encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(told).hexdigest()[:10]
    return f"{safe_key(video.source, 16)}_{safe_key(video.video_id)}_{digest}_{start:06d}_{stop:06d}"


@dataclass(frozen=True, slots=True)
class Clip:
    """A window of consecutive frames of one fetched video, chosen by mining.

    `path` is where the video lies on this machine (never stored in a record); `sha256` is its content;
    `start`/`stop` are half-open frame numbers in decoding order; `times`: (T,) float64 presentation times, true
    seconds: the file's times the video's `time_scale`. `width`/`height`: of the upright image, pixels; `footage`: what
    its pictures are; `index`: where the whole video's frames are; `stabilising`: (T, 3, 3) float32 by which its frames
    are turned back to its reference view, upright pixels to upright pixels; None: they are taken as filmed.
    """

    video: Video
    path: Path
    sha256: str
    start: int
    stop: int
    times: Floats
    width: int
    height: int
    footage: Footage = PLAIN
    index: FrameIndex = field(default=UNKNOWN, compare=False, repr=False)
    stabilising: Floats | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def fps(self) -> float:
        """Frames per second from the true timestamps (mean over the clip)."""
        return float((len(self) - 1) / (self.times[-1] - self.times[0])) if len(self) > 1 else 0.0

    @property
    def key(self) -> str:
        """The clip's name in a corpus, see `clip_key`."""
        return clip_key(self.video, self.sha256, self.start, self.stop)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a filter measured on a clip: numbers only, no threshold. Stored, so that decisions can be replayed."""

    filter: str
    version: int
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EstimatorInfo:
    """Which estimator made a result: registered kind, integer version, sha256 of each weight file, its settings."""

    kind: str
    version: int
    weights: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MainPerson:
    """Where one person is in T frames, and no pose.

    boxes: (T, 4) float32 px x1 y1 x2 y2, interpolated where not valid, and between frames that were not all looked at;
    valid: (T,) bool, seen with confidence, or between two frames that are; confidence: (T,) float32 in [0, 1]; masks:
    of full size, of the frames that were looked at, empty where nobody was seen.
    """

    boxes: Floats
    valid: Bools
    confidence: Floats
    masks: MaskStack


@dataclass(frozen=True, slots=True)
class PersonTrack:
    """One person through a clip, in the camera frame, before placement.

    global_orient: (T, 3), body_pose: (T, 69) float32 axis-angle; betas: (10,) float32, one shape for the clip;
    transl: (T, 3) float32 metres (SMPL's `transl`, not the pelvis); boxes: (T, 4) float32 pixels x1 y1 x2 y2;
    valid: (T,) bool, False where the person was not seen and the motion is interpolated; confidence: (T,) float32 in
    [0, 1]; masks: of full image size, of every frame or of some, see `MaskStack`.
    """

    global_orient: Floats
    body_pose: Floats
    betas: Floats
    transl: Floats
    boxes: Floats
    valid: Bools
    confidence: Floats
    masks: MaskStack
    intrinsics: Intrinsics
    estimator: EstimatorInfo

    def __len__(self) -> int:
        return len(self.transl)


@dataclass(frozen=True, slots=True)
class PointMap:
    """Metric depth of every pixel of a keyframe.

    depth: (H, W) float32 metres along z, 0 where invalid (no inf, no NaN); valid: (H, W) bool; `intrinsics` has the
    size (W, H) of the map, which may differ from the video's. `from_person`: the scale was taken from the human
    estimate, so the two cannot be compared. `measured`: it is an instrument's, so the body's size does not correct it.
    """

    depth: Floats
    valid: Bools
    intrinsics: Intrinsics
    estimator: EstimatorInfo
    from_person: bool = False
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """The fused background of a clip.

    points: (N, 3) float32 metres; colors: (N, 3) uint8 RGB; normals: (N, 3) float32, unit, towards the camera;
    point_source: (N,) uint8, 0 = merged from two or more keyframes, k = from keyframe number k (1-based) alone, 255 =
    shown by none, from the empty room of its fixed camera.
    """

    points: Floats
    colors: NDArray[np.uint8]
    point_source: NDArray[np.uint8]
    normals: Floats


@dataclass(frozen=True, slots=True)
class Motion:
    """SMPL motion in the world frame (z-up, floor at z = 0).

    global_orient (T, 3), body_pose (T, 69), betas (10,), transl (T, 3), transl_initial (T, 3: before placement),
    joints (T, 24, 3), confidence (T,): float32; valid (T,), keyframe (T,): bool. foot_contact: (T, 4) bool, left ankle
    and toes, right ankle and toes on the floor; contact_distance: (T, 24) float32 metres, signed, from the skin about
    each joint to the nearest scene surface, see `pipeline.world.contacts.SceneContacts`. company: (T,) bool, frames in
    which somebody else of size may be in view; None where nobody looked.
    """

    global_orient: Floats
    body_pose: Floats
    betas: Floats
    transl: Floats
    transl_initial: Floats
    joints: Floats
    valid: Bools
    keyframe: Bools
    confidence: Floats
    foot_contact: Bools
    contact_distance: Floats
    company: Bools | None = None


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Everything a record holds about one clip. Scene and motion are in the world frame.

    T_world_cam: (4, 4) float64, camera to world; floor_plane: (4,) float32 (a, b, c, d) with ax + by + cz + d = 0 in
    the world frame; scores: one number each, metres and pixels as their names say.
    """

    motion: Motion
    scene: Scene
    intrinsics: Intrinsics
    T_world_cam: Floats
    floor_plane: Floats
    humans: EstimatorInfo
    geometry: EstimatorInfo
    body: Mapping[str, str]
    scores: Mapping[str, float]

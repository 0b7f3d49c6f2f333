"""Rendered clips that go wrong in known ways, for `confidence.py`: those of `truth_clips.py`, and a trouble for most.

A trouble is one of the camera (rolled, upside down, feet below the picture, a focal nobody tells) or of the pictures
(blurred, covered for a while, frames cut out). The truth is that of the pictures as they are: upside down, up is down.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from truth_clips import Filmed, Plan, plan, scene_of

from share_data.body.model import BodyModel
from share_data.records import Clip, Ints, Video
from share_data.store.atomic import atomic_file
from share_data.store.hashing import bytes_sha256, canonical_json, file_sha256
from share_data.synthetic.film import Image, shoot
from share_data.synthetic.production import in_camera, take
from share_data.video.encode import encode_mp4

Trouble = Literal["none", "default_focal", "blur", "rolled", "cropped", "upside_down", "covered", "jump_cut"]
SHARES: dict[Trouble, float] = {
    "none": 0.30, "default_focal": 0.18, "blur": 0.12, "rolled": 0.12, "cropped": 0.08, "upside_down": 0.08,
    "covered": 0.06, "jump_cut": 0.06,
}  # fmt: skip
RATES: dict[int, float] = {15: 0.5, 24: 0.25, 30: 0.2, 60: 0.05}
SECONDS = 2.4
SHRUNK = 0.75  # of `truth_clips.py`'s pictures: hundreds are made
VERSION = 2
"""Part of every file's name: raise it when other clips are drawn from the same seed."""


@dataclass(frozen=True, slots=True)
class Troubled:
    """A clip before it is filmed. size: of its trouble, from 0 (slight) to 1 (grave)."""

    plan: Plan
    trouble: Trouble
    size: float

    @property
    def name(self) -> str:
        """What the clip is, in a word or two."""
        return f"{self.plan.scenario.clip_id}-{self.trouble}"

    def frames(self) -> Ints:
        """(T,) the numbers of the filmed frames that the clip keeps."""
        count = self.plan.scenario.frames
        cut = round(count * (0.15 + 0.2 * self.size)) if self.trouble == "jump_cut" else 0
        first = round(0.4 * count)
        return np.concatenate([np.arange(first), np.arange(first + cut, count)])


def troubled(seed: int, index: int) -> Troubled:
    """The clip number `index` of a seed."""
    rng = np.random.default_rng([seed, index, 0x7B1E])
    made, fps = plan(seed, index), int(rng.choice(list(RATES), p=list(RATES.values())))
    width, height = (round(SHRUNK * side) for side in (made.scenario.width, made.scenario.height))
    frames = round(fps * SECONDS)
    made = replace(made, scenario=replace(made.scenario, fps=fps, frames=frames, width=width, height=height))
    trouble: Trouble = list(SHARES)[int(rng.choice(len(SHARES), p=list(SHARES.values())))]
    size, sign = float(rng.random()), 1 if rng.random() < 0.5 else -1
    if trouble == "rolled":
        made = replace(made, roll=sign * math.radians(18 + 40 * size))
    if trouble == "cropped":
        made = replace(made, pitch=made.pitch - math.radians(10 + 10 * size))
    return Troubled(made, trouble, size)


def filmed(clip: Troubled, body: BodyModel, folder: Path) -> Filmed:
    """The clip, rendered into `folder` unless it lies there."""
    scenario, frames = clip.plan.scenario, clip.frames()
    scene = scene_of(clip.plan, body)
    told = {"plan": clip.plan.as_json(), "trouble": clip.trouble, "size": clip.size, "version": VERSION}
    identity = canonical_json({**told, "body": body.sha256})
    path = folder / f"{clip.name}-{bytes_sha256(identity)[:12]}.mp4"
    if not path.exists():
        kept = set(frames.tolist())
        pictures = (image for number, image in enumerate(shoot(take(scene, body))) if number in kept)
        with atomic_file(path) as handle:
            encode_mp4(enumerate(_spoilt(pictures, clip, len(frames))), scenario.fps, 17, handle)
    focal = None if clip.trouble == "default_focal" else scenario.focal_px
    video = Video("truth", clip.name, path.as_uri(), focal_px=focal)
    times = np.arange(len(frames)) / scenario.fps
    found = Clip(video, path, file_sha256(path), 0, len(frames), times, scenario.width, scenario.height)
    assert scene.motion is not None
    turn = np.diag([-1.0, -1.0, 1.0]) if clip.trouble == "upside_down" else np.eye(3)
    joints = in_camera(scene, scene.motion.joints)[frames] @ turn
    stature = body.height(scene.motion.betas)
    return Filmed(clip.plan, found, joints, turn @ scene.camera.base[:, 2], clip.plan.camera_height, stature)


def _spoilt(images: Iterator[Image], clip: Troubled, count: int) -> Iterator[Image]:
    """The pictures as the trouble leaves them."""
    covered = range(round(0.5 * count), round((0.6 + 0.35 * clip.size) * count))
    for number, image in enumerate(images):
        if clip.trouble == "upside_down":
            yield np.ascontiguousarray(image[::-1, ::-1])
        elif clip.trouble == "blur":
            yield np.asarray(cv2.GaussianBlur(image, (0, 0), 1.5 + 4 * clip.size), dtype=np.uint8)
        elif clip.trouble == "covered" and number in covered:
            yield np.full_like(image, 90)
        else:
            yield image

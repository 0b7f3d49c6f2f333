"""Corpora to train on: many small records with labels, motions that are known, and scenes whose points are numbered."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from make_records import BODY, PREVIEW, RECIPE, make_clip, make_entries, make_reconstruction
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.corpus.manifest import Manifest
from share_data.corpus.record import Precision, to_sample
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.records import Clip, Reconstruction


def pack_clips(
    out: Path,
    clips: Sequence[Clip],
    made: Sequence[Reconstruction],
    per_shard: int = 4,
    precision: Precision = "float32",
) -> Manifest:
    """A corpus of clips and what was reconstructed of them."""

    def member(clip: Clip, reconstruction: Reconstruction) -> Member:
        return Member(clip.key, lambda: Sample(*to_sample(clip, reconstruction, precision), PREVIEW))

    members = [member(*pair) for pair in zip(clips, made, strict=True)]
    return pack(members, out, Provenance(make_entries(clips), RECIPE, BODY), PackOptions(per_shard))


def training_corpus(out: Path, count: int = 11, per_shard: int = 4, points: int = 60, **labels: Any) -> Manifest:
    """`count` records of 6 to 10 frames. labels: each a function of a record's number."""
    clips, made = [], []
    for number in range(count):
        found: Mapping[str, str] = {name: value(number) for name, value in labels.items()}
        clips.append(make_clip(number, 6 + number % 5, labels=found))
        scores = {"confidence": number / count, "mask_iou": 0.9 - number / count}
        each = replace(make_reconstruction(len(clips[-1]), points, number), scores=scores)
        motion = replace(each.motion, valid=np.ones(len(clips[-1]), bool))
        made.append(replace(each, motion=motion))
    return pack_clips(out, clips, made, per_shard)


def with_times(clip: Clip, times: Sequence[float]) -> Clip:
    """The clip with other presentation times, seconds."""
    return replace(clip, times=np.asarray(times, np.float64), stop=clip.start + len(times))


def walking_corpus(out: Path, frames: int = 40) -> None:
    """One person who turns while walking, at a varying rate, with the joints that the body model has for it."""
    body = load_body()
    steps = np.random.default_rng(2).uniform(0.03, 0.05, frames)
    clip = with_times(make_clip(0, frames), list(3.0 + np.cumsum(steps)))
    heading = Rotation.from_rotvec(np.linspace(0.3, 2.2, frames)[:, None] * [0, 0, 1])
    orient = (heading * Rotation.from_rotvec([np.pi / 2, 0, 0])).as_rotvec().astype(np.float32)
    pose = (0.3 * np.sin(np.linspace(0, 4, frames))[:, None] * np.ones(69)).astype(np.float32)
    along = np.linspace(0, 1, frames)
    transl = np.stack([1 + 2 * along, 4 - along, np.full(frames, 1.1)], axis=1).astype(np.float32)
    betas = np.linspace(-1, 1, 10).astype(np.float32)
    made = make_reconstruction(frames, 500, 0)
    motion = replace(
        made.motion,
        global_orient=orient,
        body_pose=pose,
        betas=betas,
        transl=transl,
        joints=body.forward(orient, pose, betas, transl).joints.astype(np.float32),
        valid=np.ones(frames, bool),
    )
    pack_clips(out, [clip], [replace(made, motion=motion)])


@dataclass(frozen=True, slots=True)
class WithEnvironment:
    """For a DataLoader's `worker_init_fn`: gives workers that were not forked from a test its environment."""

    environment: Mapping[str, str]

    def __call__(self, worker: int) -> None:
        os.environ.clear()
        os.environ.update(self.environment)

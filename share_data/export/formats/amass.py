"""AMASS files, in the two variants that readers take: SMPL-X N and SMPL+H.

Facts of the readers (GMR, holosoma, ProtoMotions, HumanML3D, the 272-d converter): docs/exports.md.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.corpus.training.rotations import axis_angles
from share_data.export.base import File, Format, npz
from share_data.export.motion import ClipMotion
from share_data.export.names import subject_of
from share_data.export.skeleton import BODY
from share_data.export.smplx_shape import BETAS, SmplxShape, smplx_shape_for
from share_data.text import safe_key


class Amass(Format):
    """AMASS SMPL-X N: `DATASET/SUBJECT/NAME_stageii.npz`, exactly 30 frames a second, z up."""

    name = "amass"
    needs = "smpl"
    fps = 30.0
    fixed = True
    says = (
        "hands, jaw and eyes are at rest: SMPL has none",
        "SMPL's two hand joints have no place in SMPL-X",
        "betas are those of the SMPL-X body whose rest joints lie nearest; the pelvis is where it was",
        "frames in which nobody was seen are not told apart",
        "the scene is left out",
    )
    _shape: SmplxShape

    def require(self, manifest_body: Mapping[str, str]) -> None:
        """See `Format`. Where SMPL-X's pelvis rests only its file tells, and all readers need that file, too."""
        self._shape = smplx_shape_for(self.name, self.options.smplx)

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        betas, pelvis, misfit = self._shape.fitted(clip.offsets)
        notes["rest_joints_off_m"] = round(misfit, 5)
        pose, frames = axis_angles(clip.turns), len(clip.times)
        parts = {
            "root_orient": pose[:, 0],
            "pose_body": pose[:, 1:BODY].reshape(frames, -1),
            "pose_jaw": np.zeros((frames, 3)),
            "pose_eye": np.zeros((frames, 6)),
            "pose_hand": np.zeros((frames, 90)),
        }
        arrays: dict[str, Any] = {
            **_single({"trans": clip.pelvis - pelvis, **parts, "poses": np.concatenate([*parts.values()], axis=1)}),
            **_told(clip, betas, "neutral", "smplx"),
        }
        yield path_of(clip.metadata), npz(arrays)


class AmassSmplh(Format):
    """AMASS SMPL+H: `poses` (T, 156), exactly 30 frames a second, z up. Its shapes are SMPL's."""

    name = "amass_smplh"
    needs = "smpl"
    fps = 30.0
    fixed = True
    says = (
        "hands are at rest: SMPL's two hand joints have no place in SMPL+H",
        "readers that know male and female bodies alone take a neutral one for female: their joints are then not ours",
        "HumanML3D's own script takes 30 frames a second for 20: export humanml3d instead",
        "frames in which nobody was seen are not told apart",
        "the scene is left out",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        pose, frames = axis_angles(clip.turns), len(clip.times)
        whole = np.concatenate([pose[:, :BODY].reshape(frames, -1), np.zeros((frames, 90))], axis=1)
        betas = np.zeros(BETAS)
        betas[:10] = clip.record.arrays["betas"]
        arrays: dict[str, Any] = {
            **_single({"trans": clip.pelvis - clip.rest_pelvis, "poses": whole, "dmpls": np.zeros((frames, 8))}),
            **_told(clip, betas, clip.metadata["body"]["gender"], "smplh"),
        }
        yield path_of(clip.metadata).replace("_stageii.npz", "_poses.npz"), npz(arrays)


def path_of(metadata: Mapping[str, Any]) -> str:
    """Where readers look: the folders are the source and the subject."""
    return f"{safe_key(metadata['source'])}/{subject_of(metadata)}/{metadata['key']}_stageii.npz"


def _single(arrays: Mapping[str, Floats]) -> dict[str, Any]:
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _told(clip: ClipMotion, betas: Floats, gender: str, model: str) -> dict[str, Any]:
    """What is not motion. Readers spell the rate in two ways."""
    return {
        "betas": betas.astype(np.float32),
        "num_betas": np.int64(BETAS),
        "gender": gender,
        "surface_model_type": model,
        "mocap_frame_rate": np.float64(clip.fps),
        "mocap_framerate": np.float64(clip.fps),
        "mocap_time_length": np.float64(len(clip.times) / clip.fps),
    }

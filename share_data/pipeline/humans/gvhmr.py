"""GVHMR (Shen et al., SIGGRAPH Asia 2024) through the `gvhmr` package of PyPI, where the user has installed it.

Its poses, shape and place in the camera frame are used; masks come from the embedded networks. Its code and weights are
for education and research only, not for profit. Its weights are pickles, which the package itself loads.
"""

import contextlib
import os
import sys
import tempfile
import traceback
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.body import BodyModel
from share_data.camera import Floats, Intrinsics
from share_data.config import StrictModel
from share_data.errors import EstimationError
from share_data.needs import Need
from share_data.pipeline.humans import gvhmr_files
from share_data.pipeline.humans.smpl_bodies import require_neutral_smpl
from share_data.pipeline.humans.weight_files import weight_sha256
from share_data.records import EstimatorInfo, PersonTrack
from share_data.video import ClipFrames

VERSION = 1
STAGES = {"detector": "yolo", "pose2d": "vitpose", "backbone": "hmr2"}
"""Those of the paper, whatever the package is configured for on this machine."""
_REASON = "GVHMR and the embedded detector follow different people, or nobody is seen"


class GvhmrConfig(StrictModel):
    """GVHMR, for non-commercial use; `share-data doctor --recipe` says what is missing. Its body becomes SMPL."""

    kind: Literal["gvhmr"]
    checkpoints: str = Field(
        "", description="Folder of its weights; default: $GVHMR_CHECKPOINTS, or $SHARE_DATA_HOME/gvhmr."
    )
    min_seen: float = Field(
        0.5, gt=0, le=1, description="Fail a clip when the person is seen in a smaller fraction of its frames."
    )


class GvhmrEstimator:
    """Poses, shape, translations and masks of the main person of a clip."""

    kind: ClassVar[str] = "gvhmr"
    rank: ClassVar[int] = 10
    needs_smpl_body: ClassVar[bool] = True
    Config: ClassVar[type[GvhmrConfig]] = GvhmrConfig

    def __init__(self, config: GvhmrConfig, body: BodyModel) -> None:
        """Raises BodyModelError unless the body is the neutral SMPL."""
        require_neutral_smpl(body, "humans.kind: gvhmr")
        self._config, self._body = config, body
        self._folder = gvhmr_files.weights_folder(config.checkpoints)

    @classmethod
    def needs(cls, config: GvhmrConfig) -> list[Need]:
        """Package, ffprobe, weights, body models."""
        return gvhmr_files.needs_of(gvhmr_files.weights_folder(config.checkpoints))

    @cached_property
    def info(self) -> EstimatorInfo:
        """Kind, version, hashes of all weights, settings. Raises MissingDependencyError."""
        from share_data.pipeline.humans.main_person import finder_weights

        gvhmr_files.require(self._folder)
        weights = {Path(name).name: weight_sha256(self._folder / name) for name in gvhmr_files.WEIGHTS}
        weights["SMPLX_NEUTRAL.npz"] = weight_sha256(self._folder / gvhmr_files.BODIES[0])
        return EstimatorInfo(self.kind, VERSION, weights | finder_weights(), {"min_seen": self._config.min_seen})

    def estimate(self, frames: ClipFrames, times: Floats, intrinsics: Intrinsics) -> PersonTrack:
        """The main person's track in the camera frame.

        frames: T upright RGB images; times: (T,) seconds; intrinsics: of those images, as GVHMR is told. Raises
        EstimationError when nobody is found or not for long enough, MissingDependencyError where it is not set up.
        """
        from share_data.pipeline.humans.gvhmr_motion import inside, to_smpl, write_resampled
        from share_data.pipeline.humans.main_person import find_main_person, require_enough

        info = self.info
        person = find_main_person(frames, intrinsics)
        with tempfile.TemporaryDirectory(prefix="share-gvhmr-") as folder:
            video = Path(folder) / "clip.mp4"
            write_resampled(frames, times, video)
            motion = to_smpl(self._recover(video, intrinsics), times, self._body)
        valid = person.valid & inside(person.boxes, motion.crops)
        require_enough(valid, self._config.min_seen, _REASON)
        return PersonTrack(
            motion.global_orient,
            motion.body_pose,
            motion.betas,
            motion.transl,
            person.boxes,
            valid,
            (person.confidence * valid).astype(np.float32),
            person.masks,
            intrinsics,
            info,
        )

    def _recover(self, video: Path, intrinsics: Intrinsics) -> Any:
        """Run GVHMR on a video of 30 frames a second. Raises EstimationError where its detector finds nobody."""
        from share_data.pipeline.humans.gvhmr_motion import GvhmrMotion

        os.environ[gvhmr_files.VARIABLE] = str(self._folder)
        import gvhmr

        camera = {"fx": intrinsics.focal, "cx": intrinsics.cx, "cy": intrinsics.cy}
        options = {"static_camera": True, "output_dir": str(video.parent / "out"), "progress": False, **STAGES}
        try:
            with contextlib.redirect_stdout(sys.stderr):
                result = gvhmr.recover(str(video), intrinsics=camera, **options)
        except IndexError as error:  # It takes the first of no tracks.
            if traceback.extract_tb(error.__traceback__)[-1].name != "get_one_track":
                raise
            raise EstimationError("GVHMR's detector found nobody. Use a video that shows a whole person.") from error
        params = {name: _numpy(value) for name, value in result.smpl_params_camera.items()}
        return GvhmrMotion(
            params["global_orient"],
            params["body_pose"],
            _rest_surface(gvhmr, params["betas"].mean(axis=0)),
            _numpy(result.joints_camera)[:, 0],
            _numpy(result.bbx_xys),
        )


def _rest_surface(gvhmr: Any, betas: Floats) -> Floats:
    """(V, 3) metres: the unposed body of this SMPL-X shape (10,) in SMPL's topology."""
    import torch

    zeros = {"global_orient": torch.zeros(1, 3), "body_pose": torch.zeros(1, 63), "transl": torch.zeros(1, 3)}
    params = {**zeros, "betas": torch.as_tensor(betas, dtype=torch.float32)[None]}
    rest = gvhmr.MotionResult(smpl_params_world=params, smpl_params_camera=params, intrinsics=torch.eye(3)[None])
    surface: Floats = _numpy(rest.vertices_camera)[0]
    return surface


def _numpy(tensor: Any) -> Floats:
    return np.asarray(tensor.detach().cpu().numpy(), np.float64)

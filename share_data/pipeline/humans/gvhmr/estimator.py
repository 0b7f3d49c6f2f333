"""GVHMR (Shen et al., SIGGRAPH Asia 2024) through the `gvhmr` package of PyPI, where the user has installed it.

Its poses, shape and place in the camera frame are used; masks come from the embedded networks. Its code and weights are
for education and research only, not for profit. Its weights are pickles, which the package itself loads.
"""

import tempfile
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.body.model import BodyModel
from share_data.camera import Floats, Intrinsics
from share_data.needs import Need
from share_data.pipeline.humans.gvhmr import files as gvhmr_files
from share_data.pipeline.humans.smpl_bodies import require_neutral_smpl
from share_data.pipeline.humans.stature import HEIGHT_FIELD, height_setting, resized
from share_data.records import EstimatorInfo, MainPerson, PersonTrack
from share_data.store.content import content_sha256, unreadable_named
from share_data.strict import StrictModel
from share_data.video.frames import ClipFrames

VERSION = 3
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
    height_m: float | None = HEIGHT_FIELD


class GvhmrEstimator:
    """Poses, shape, translations and masks of the main person of a clip."""

    kind: ClassVar[str] = "gvhmr"
    rank: ClassVar[int] = 10
    needs_smpl_body: ClassVar[bool] = True
    wants_person: ClassVar[bool] = True
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
        """Kind, versions, hashes of all weights, settings. Raises MissingDependencyError."""
        from share_data.pipeline.humans.main_person import finder_stamp, finder_weights

        gvhmr_files.require(self._folder)
        with unreadable_named("GVHMR weights"):
            names = (*gvhmr_files.WEIGHTS, gvhmr_files.BODIES[0])
            weights = {Path(name).name: content_sha256(self._folder / name) for name in names}
        settings: dict[str, str | int | float | bool] = {
            "min_seen": self._config.min_seen,
            "package": gvhmr_files.package_version(),
            "finder": finder_stamp(),
            **height_setting(self._config.height_m),
        }
        return EstimatorInfo(self.kind, VERSION, weights | finder_weights(), settings)

    def estimate(
        self, frames: ClipFrames, times: Floats, intrinsics: Intrinsics, person: MainPerson | None = None
    ) -> PersonTrack:
        """The main person's track in the camera frame.

        frames: T upright RGB images; times: (T,) seconds; intrinsics: of those images, as GVHMR is told; person: as
        `find_main_person` finds him, which is done here where he is not told. Raises EstimationError when nobody is
        found or not for long enough, MissingDependencyError where it is not set up.
        """
        from share_data.pipeline.humans.gvhmr.motion import inside, require_span, to_smpl, write_resampled
        from share_data.pipeline.humans.gvhmr.package import recover_motion
        from share_data.pipeline.humans.main_person import find_main_person, require_enough

        info = self.info
        require_span(times)
        person = person or find_main_person(frames, times)
        with tempfile.TemporaryDirectory(prefix="share-gvhmr-") as folder:
            video = Path(folder) / "clip.mp4"
            write_resampled(frames, times, video)
            motion = to_smpl(recover_motion(video, intrinsics, self._folder), times, self._body)
        valid = person.valid & inside(person.boxes, motion.crops)
        require_enough(valid, self._config.min_seen, _REASON)
        betas, transl = resized(self._body, motion.betas, motion.transl, self._config.height_m)
        return PersonTrack(
            motion.global_orient,
            motion.body_pose,
            betas,
            transl,
            person.boxes,
            valid,
            (person.confidence * valid).astype(np.float32),
            person.masks,
            intrinsics,
            info,
        )

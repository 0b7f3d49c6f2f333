"""TRAM (Wang et al., ECCV 2024), the human estimator of the SHARE paper, in the user's own checkout and Python.

Its VIMO network gives poses, shape and translations; boxes and masks come from the embedded networks, or with `track`
from TRAM's own detector, segmenter and tracker. Its SLAM is for moving cameras and is not run. VIMO's depths grow with
the focal it is told, so it is told the shared one, and nothing is rescaled afterwards.
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from share_data.body.model import BodyModel
from share_data.camera import Floats, Intrinsics
from share_data.errors import EstimationError, MissingDependencyError
from share_data.needs import Need
from share_data.pipeline.humans.smpl_bodies import require_neutral_smpl
from share_data.pipeline.humans.stature import HEIGHT_FIELD, height_setting, resized
from share_data.pipeline.humans.tram import needs as tram_needs
from share_data.pipeline.humans.tram.checkout import Checkout
from share_data.pipeline.humans.tram.runner import CHECKPOINT
from share_data.records import EstimatorInfo, MainPerson, PersonTrack
from share_data.store.content import unreadable_named
from share_data.strict import StrictModel
from share_data.video.frames import ClipFrames

VERSION = 2


class TramConfig(StrictModel):
    """TRAM in your checkout; `share-data doctor --recipe` says what is missing. SMPL, its body, is non-commercial."""

    kind: Literal["tram"]
    root: str = Field("", description="Folder of your TRAM checkout; default: $SHARE_DATA_HOME/tram.")
    python: str = Field("", description="Python that TRAM runs in; default: $SHARE_TRAM_PYTHON, or the one in use.")
    track: bool = Field(
        False,
        description="Find the person with TRAM's ViTDet, SAM and DEVA (CUDA only) and not with the embedded ones.",
    )
    trust_checkpoint: bool = Field(
        False, description="Load a VIMO checkpoint that holds more than tensors, which runs the code in it."
    )
    min_seen: float = Field(
        0.5, gt=0, le=1, description="Fail a clip when the motion is known in a smaller fraction of its frames."
    )
    height_m: float | None = HEIGHT_FIELD


class TramEstimator:
    """Poses, shape, translations and masks of the main person of a clip. TRAM's process lives as long as this."""

    kind: ClassVar[str] = "tram"
    rank: ClassVar[int] = 20
    needs_smpl_body: ClassVar[bool] = True
    Config: ClassVar[type[TramConfig]] = TramConfig

    def __init__(self, config: TramConfig, body: BodyModel) -> None:
        """Raises BodyModelError unless the body is the neutral SMPL, which TRAM's shapes and translations are of."""
        require_neutral_smpl(body, "humans.kind: tram")
        self._config, self._body = config, body
        self._checkout = Checkout.at(config.root, config.python, config.track)
        self._process: Any = None

    @classmethod
    def needs(cls, config: TramConfig) -> list[Need]:
        """Checkout, weights, and a Python with their packages. The body model is the recipe's to tell."""
        return tram_needs.needs_of(Checkout.at(config.root, config.python, config.track))

    @cached_property
    def info(self) -> EstimatorInfo:
        """Kind, versions, hashes of weights and of the checkout's code, settings. Raises MissingDependencyError."""
        tram_needs.require_files(self._checkout)
        with unreadable_named("TRAM"):
            weights, code = self._checkout.weights_sha256(), self._checkout.code_sha256()
        settings: dict[str, str | int | float | bool] = {
            "min_seen": self._config.min_seen,
            "track": self._config.track,
            "code": code,
            **height_setting(self._config.height_m),
        }
        if not self._config.track:
            from share_data.pipeline.humans.main_person import finder_stamp, finder_weights

            weights |= finder_weights()
            settings["finder"] = finder_stamp()
        return EstimatorInfo(self.kind, VERSION, weights, settings)

    @property
    def wants_person(self) -> bool:
        """Whether `estimate` is to be told where the person is: TRAM's own tracking finds one itself."""
        return not self._config.track

    def estimate(
        self, frames: ClipFrames, times: Floats, intrinsics: Intrinsics, person: MainPerson | None = None
    ) -> PersonTrack:
        """The main person's track in the camera frame.

        frames: T upright RGB images; times: (T,) seconds; intrinsics: of those images, as VIMO is told; person: as
        `find_main_person` finds him, which is done here where it is wanted and not told. VIMO needs runs of 16 frames;
        what lies outside them is interpolated and not `valid`. Raises EstimationError when too little is left or nobody
        is there, MissingDependencyError where TRAM is not set up.
        """
        from share_data.pipeline.humans.main_person import find_main_person
        from share_data.pipeline.humans.tram.exchange import read_motion, read_person, write_request
        from share_data.pipeline.humans.tram.track import assemble_track

        process = self._running()
        if self.wants_person:
            person = person or find_main_person(frames, times)
        with process.folder() as folder:
            write_request(folder, frames, intrinsics, person)
            self._have_answered(process, folder)
            person, motion = person or read_person(folder, intrinsics, times), read_motion(folder)
        if person is None:
            raise EstimationError(
                f"TRAM tracked nobody in {len(frames)} frames. Use a video that shows a whole person."
            )
        track = assemble_track(person, motion, times, intrinsics, self._body, self.info, self._config.min_seen)
        betas, transl = resized(self._body, track.betas, track.transl, self._config.height_m)
        return replace(track, betas=betas, transl=transl)

    def _running(self) -> Any:
        """TRAM's process, which loads its weights while the person is being found."""
        from share_data.pipeline.humans.tram.process import TramProcess

        if self._process is None or not self._process.alive:
            tram_needs.require_files(self._checkout)
            self._process = TramProcess(self._checkout.command(self._config.trust_checkpoint), self._checkout.root)
        return self._process

    def _have_answered(self, process: Any, folder: Path) -> None:
        """Have the request done. Whatever goes wrong from here on, the next clip gets a process in a known state.

        Results are stored under the hash the checkpoint had when the build began: it must be what was loaded.
        """
        try:
            if process.meta["checkpoint"] != self.info.weights[Path(CHECKPOINT).name]:
                raise MissingDependencyError(f"{CHECKPOINT} has changed since this build began. Build again.")
            process.answer(folder)
        except BaseException:
            self._process = None
            process.close()
            raise

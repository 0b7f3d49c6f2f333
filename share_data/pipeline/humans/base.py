"""The contract of a human estimator."""

from typing import Any, ClassVar, Protocol, runtime_checkable

from share_data.body.model import BodyModel
from share_data.camera import Floats, Intrinsics
from share_data.records import EstimatorInfo, MainPerson, PersonTrack
from share_data.video.frames import ClipFrames


class HumanEstimator(Protocol):
    """Poses, shape, translations and masks of the person of a clip. Built once a process: `Estimator(config, body)`.

    Registered in the entry point group `share_data.humans`; `examples/own_humans.py` is one. Building one and reading
    `info` is cheap: weights are hashed, and loaded by the first `estimate`. A class may have `rank` and `needs`, see
    `build.auto`, and `needs_smpl_body = True` when its shapes are SMPL's own. It may state what its body's
    size and its depth are worth, relative standard deviations `body_height_sd` and `human_depth_sd`, see `scene.scale`.
    One that brings no detector or no masks has `wants_person`, see `TakesPerson`.

    Attributes:
        kind: what recipes call it, the entry point's name.
        Config: its part of a recipe, a `StrictModel` whose field `kind` is the literal and default of the same name.
    """

    kind: ClassVar[str]
    Config: ClassVar[Any]

    def __init__(self, config: Any, body: BodyModel) -> None: ...

    @property
    def info(self) -> EstimatorInfo:
        """What makes the result, hence part of the stage key: kind, version, weight hashes and settings.

        Raise the version when the same frames give another track; what is stored is then estimated again.
        """
        ...

    def estimate(self, frames: ClipFrames, times: Floats, intrinsics: Intrinsics) -> PersonTrack:
        """The person's track.

        Args:
            frames: T upright RGB images, iterable more than once.
            times: (T,) seconds, increasing.
            intrinsics: of those images; the same ones go to the geometry estimator and into the record. An estimator
                that assumes another focal moves its translations, see `pipeline.camera.focal.rescale_translations`.

        Returns:
            T frames in the camera frame (x right, y down, z forward), before placement. Frames in which the person is
            not seen are interpolated and not `valid`. No NaN, no infinity.

        Raises:
            EstimationError: no person can be followed.
        """
        ...


@runtime_checkable
class TakesPerson(Protocol):
    """What else a `HumanEstimator` has that is to be told where the clip's main person is, and how he looks.

    He is then found before, and without a GPU, see `main_person.find_main_person`.

    Attributes:
        wants_person: False where its settings have it find the person itself.
    """

    wants_person: bool

    def estimate(
        self, frames: ClipFrames, times: Floats, intrinsics: Intrinsics, person: MainPerson | None = None
    ) -> PersonTrack:
        """As `HumanEstimator.estimate`."""
        ...

"""The contract of a human estimator."""

from typing import Any, ClassVar, Protocol

from share_data.body.model import BodyModel
from share_data.camera import Floats, Intrinsics
from share_data.records import EstimatorInfo, PersonTrack
from share_data.video.frames import ClipFrames


class HumanEstimator(Protocol):
    """Poses, shape, translations and masks of the person of a clip. Built once a process: `Estimator(config, body)`.

    Building one and reading `info` is cheap: weights are hashed, and loaded by the first `estimate`. A class may have
    `rank` and `needs`, see `build.auto`, and `needs_smpl_body = True` when its shapes are SMPL's own.
    """

    kind: ClassVar[str]
    Config: ClassVar[Any]

    def __init__(self, config: Any, body: BodyModel) -> None: ...

    @property
    def info(self) -> EstimatorInfo:
        """Kind, version, weight hashes and settings: what makes the result, hence part of the stage key."""
        ...

    def estimate(self, frames: ClipFrames, times: Floats, intrinsics: Intrinsics) -> PersonTrack:
        """The person's track in the camera frame.

        frames: T upright RGB images, iterable more than once; times: (T,) seconds; intrinsics: of those images.
        Raises EstimationError when no person can be followed.
        """
        ...

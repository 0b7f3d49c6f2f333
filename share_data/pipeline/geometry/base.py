"""The contract of a geometry estimator."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.camera.pose import UNKNOWN, CameraPose
from share_data.records import Bools, Clip, EstimatorInfo, PointMap

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PersonSurface:
    """What is known of the person when the scene is estimated. Learned depth networks ignore it.

    Attributes:
        vertices: (K, V, 3) float32 metres, camera frame, the estimator's mesh at the K keyframes.
        faces: (F, 3) vertex numbers.
        joints: (T, 24, 3) float32 metres, camera frame, over the whole clip.
        masks: K of (H, W) bool at the keyframes, full image size.
        valid: (T,) bool, False where the person was not seen.
        times: (T,) seconds, rising.
        keyframes: K frame numbers.
        pose: what recipe and source know of how the camera is held.
    """

    vertices: Floats
    faces: NDArray[np.integer[Any]]
    joints: Floats
    masks: tuple[Bools, ...]
    valid: Bools
    times: Floats
    keyframes: tuple[int, ...]
    pose: CameraPose = UNKNOWN


class GeometryEstimator(Protocol):
    """Metric point maps of keyframes. Built once a process: `Estimator(config)`.

    Registered in the entry point group `share_data.geometry`. Building one and reading `info` is cheap: weights are
    hashed, and loaded by the first `focal` or `estimate`. A class may have `rank` and `needs`, see `build.auto`. One
    that needs pixels alone says so by `sees_scene = True`: it is then also shown the empty room of a fixed camera, with
    a `PersonSurface` of nobody. One whose `focal` never has an opinion says `tells_focal = False`: no image is decoded
    for it then. What its metric scale is worth it states as `map_scale_sd`, see `scene.scale`.

    Attributes:
        kind: what recipes call it, the entry point's name.
        Config: its part of a recipe, a `StrictModel` whose field `kind` is the literal and default of the same name.
    """

    kind: ClassVar[str]
    Config: ClassVar[Any]

    def __init__(self, config: Any) -> None: ...

    @property
    def info(self) -> EstimatorInfo:
        """Kind, version, weight hashes and settings: what makes the result, hence part of the stage key."""
        ...

    def focal(self, images: list[Image]) -> Sequence[float] | None:
        """What the keyframes themselves tell of the focal. Asked only where recipe and source are silent.

        Args:
            images: (H, W, 3) uint8 RGB, upright.

        Returns:
            Pixels for each of them, NaN for one that shows nothing; None: it never has an opinion.
        """
        ...

    def estimate(self, images: list[Image], intrinsics: Intrinsics, person: PersonSurface) -> list[PointMap]:
        """One point map a keyframe.

        Args:
            images: K keyframes, (H, W, 3) uint8 RGB, upright.
            intrinsics: of the images; those of each map are these, scaled to the map's size.
            person: the estimated person, for those that measure the scene by it.

        Returns:
            K point maps of one size; no inf or NaN leaves an estimator.

        Raises:
            EstimationError: no metric geometry can be had.
        """
        ...


@runtime_checkable
class ReadsBesideVideo(Protocol):
    """A geometry estimator that needs more of a clip than its keyframes' pixels, such as a depth video beside it."""

    def of_clip(self, clip: Clip) -> GeometryEstimator:
        """The estimator for one clip.

        Args:
            clip: whose `path` says where to look.

        Returns:
            An estimator whose `info` names the content it reads, which thus enters the stage key.

        Raises:
            EstimationError: there is nothing to read.
        """
        ...

    def beside(self, path: Path) -> str:
        """Which files it would read for a video; cheap, for a driver that has to notice that they have changed.

        Args:
            path: of the video.

        Returns:
            A hash of their names, sizes and times; empty where there are none.
        """
        ...


def estimator_of(geometry: GeometryEstimator, clip: Clip) -> GeometryEstimator:
    """The estimator to use for one clip.

    Args:
        geometry: the recipe's.
        clip: whose keyframes it is to see.

    Returns:
        `geometry` itself, unless it reads what lies beside the clip's video.

    Raises:
        EstimationError: see `ReadsBesideVideo`; or the clip's frames are turned back, and what lies beside is not.
    """
    beside = isinstance(geometry, ReadsBesideVideo)
    if beside and clip.stabilising is not None:
        raise EstimationError(
            f"{geometry.kind}: depth beside the video shows what was filmed, and this clip's camera sways. "
            "Leave camera.stabilise out, and it is rejected, or choose another geometry."
        )
    return geometry.of_clip(clip) if isinstance(geometry, ReadsBesideVideo) else geometry

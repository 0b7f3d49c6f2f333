"""The contract of a geometry estimator."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats, Intrinsics
from share_data.records import Bools, Clip, EstimatorInfo, PointMap

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PersonSurface:
    """What is known of the person when the scene is estimated. Learned depth networks ignore it.

    vertices: (K, V, 3) float32 metres, camera frame, the estimator's mesh at the K keyframes; faces: (F, 3);
    joints: (T, 24, 3) float32 metres over the whole clip; masks: K of (H, W) bool at the keyframes;
    valid: (T,) bool, False where the person was not seen; keyframes: K frame numbers.
    """

    vertices: Floats
    faces: NDArray[np.integer[Any]]
    joints: Floats
    masks: tuple[Bools, ...]
    valid: Bools
    keyframes: tuple[int, ...]


class GeometryEstimator(Protocol):
    """Metric point maps of keyframes. Built once a process: `Estimator(config)`.

    Building one and reading `info` is cheap: weights are hashed, and loaded by the first `focal` or `estimate`. A class
    may have `rank` and `needs`, see `build.auto`. One that needs pixels alone says so by `sees_scene = True`: it is
    then also shown the empty room of a fixed camera, with a `PersonSurface` of nobody.
    """

    kind: ClassVar[str]
    Config: ClassVar[Any]

    def __init__(self, config: Any) -> None: ...

    @property
    def info(self) -> EstimatorInfo:
        """Kind, version, weight hashes and settings: what makes the result, hence part of the stage key."""
        ...

    def focal(self, images: list[Image]) -> Sequence[float] | None:
        """Focal in pixels of each of these keyframes, NaN for one that shows nothing; None: it never has an opinion."""
        ...

    def estimate(self, images: list[Image], intrinsics: Intrinsics, person: PersonSurface) -> list[PointMap]:
        """One point map per keyframe image ((H, W, 3) uint8 RGB), all with `intrinsics`.

        Raises EstimationError when no metric geometry can be had.
        """
        ...


@runtime_checkable
class ReadsBesideVideo(Protocol):
    """A geometry estimator that needs more of a clip than its keyframes' pixels, such as a depth video beside it."""

    def of_clip(self, clip: Clip) -> GeometryEstimator:
        """The estimator for this clip; its `info` names the content it reads, which thus enters the stage key.

        Raises EstimationError when there is nothing to read.
        """
        ...

    def beside(self, path: Path) -> str:
        """Which files it would read for this video, hashed by name, size and time; empty where there are none.

        Cheap, for a driver that has to notice that they have changed.
        """
        ...


def estimator_of(geometry: GeometryEstimator, clip: Clip) -> GeometryEstimator:
    """The estimator to use for this clip. Raises EstimationError, see `ReadsBesideVideo`."""
    return geometry.of_clip(clip) if isinstance(geometry, ReadsBesideVideo) else geometry

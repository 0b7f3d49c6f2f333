"""Metric geometry by MoGe-2 (Wang et al. 2025, arXiv 2507.02546), the depth network of SHARE.

What it is: metric depth of every pixel of a keyframe, walls and furniture included, each keyframe by itself.
What it is not: consistent. Scale differs between keyframes, which fusion ties together, and by some per cent between
its models; and it takes pixels for square and the image's centre for the principal point.
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from share_data.camera import Intrinsics
from share_data.errors import MissingDependencyError
from share_data.needs import Need
from share_data.pipeline.geometry.base import Image, PersonSurface
from share_data.pipeline.geometry.metric_depth import MetricDepthConfig, metric_map, require_valid
from share_data.pipeline.geometry.moge.camera import hfov_of, shrunk
from share_data.pipeline.geometry.moge.checkpoint import require_package
from share_data.pipeline.geometry.moge.model import MoGeNetwork, usable_device
from share_data.pipeline.geometry.moge.needs import device_need, package_need, package_version, weights_need
from share_data.pipeline.geometry.moge.weights import FILE, NAMES, choice_of, fetched, sha256_of
from share_data.records import EstimatorInfo, PointMap

VERSION = 1
MAX_TOKENS = 3600
"""Patches an image of the published models at most; what they were trained with."""


class MoGeConfig(MetricDepthConfig):
    """MoGe-2, a network for metric depth; weights and package are installed separately, see `share-data doctor`."""

    kind: Literal["moge"] = "moge"
    weights: str = Field(
        default="vitl",
        min_length=1,
        description=f"A published model by name ({NAMES}), a hub id (owner/name), or a path (./{FILE}).",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where the network runs; auto: on a GPU where one is visible."
    )
    num_tokens: int = Field(
        default=2500,
        ge=16,
        le=MAX_TOKENS,
        description="Patches the network sees of an image: 1200 is fast, 2500 fine; models were trained up to 3600.",
    )

    @model_validator(mode="after")
    def _known_weights(self) -> Self:
        choice_of(self.weights)
        return self


class MoGeEstimator:
    """Point maps of keyframes, all of one field of view; see the module's text for what to expect of them."""

    kind: ClassVar[str] = "moge"
    rank: ClassVar[int] = 10
    map_scale_sd: ClassVar[float] = 0.06
    sees_scene: ClassVar[bool] = True
    Config: ClassVar[type[MoGeConfig]] = MoGeConfig

    def __init__(self, config: MoGeConfig) -> None:
        self.config = config
        self._choice = choice_of(config.weights)

    @classmethod
    def needs(cls, config: MoGeConfig) -> list[Need]:
        """Package, weights, device."""
        needs = [package_need(), weights_need(choice_of(config.weights))]
        return needs if config.device == "cpu" else [*needs, device_need(config.device)]

    @cached_property
    def info(self) -> EstimatorInfo:
        """Model, SHA-256 of its weights, and settings. Asked for weights that are not here, it fetches them first.

        The hash is the file's when this was first asked: results are stored under it. `device` is the recipe's, so that
        a driver without a GPU makes the keys its workers make; what a point map was computed on and in is in its own
        stamp. Raises MissingDependencyError when package or weights cannot be had.
        """
        settings: dict[str, str | int | float | bool] = {
            "model": self._choice.model,
            "package": package_version(),
            "num_tokens": self.config.num_tokens,
            "device": self.config.device,
            "edge_rtol": self.config.edge_rtol or 0.0,
            "min_valid": self.config.min_valid,
        }
        return EstimatorInfo(self.kind, VERSION, {FILE: sha256_of(self._weights)}, settings)

    def focal(self, images: list[Image]) -> list[float]:
        """Focal in pixels of each keyframe, NaN for one in which the network finds nothing."""
        predictions = self._network.predict([shrunk(image) for image in images], self.config.num_tokens)
        return [
            prediction.focal * image.shape[1] / prediction.depth.shape[1]
            for prediction, image in zip(predictions, images, strict=True)
        ]

    def estimate(self, images: list[Image], intrinsics: Intrinsics, person: PersonSurface) -> list[PointMap]:
        """One point map a keyframe, at most 1920 pixels long, with `intrinsics` scaled to it.

        person: of it, only the keyframes' numbers. Raises EstimationError when too little of a keyframe has a depth,
        or no camera of MoGe's kind has these intrinsics.
        """
        small = [shrunk(image) for image in images]
        camera = intrinsics.scaled(small[0].shape[1], small[0].shape[0])
        predictions = self._network.predict(small, self.config.num_tokens, hfov_of(camera))
        maps = [metric_map(each.depth, camera, self._stamp, self.config.edge_rtol) for each in predictions]
        for frame, point_map in zip(person.keyframes, maps, strict=True):
            remedy = "MoGe takes the rest for sky, or for nothing it knows. Use another clip."
            require_valid(point_map, self.config.min_valid, frame, remedy)
        return maps

    @cached_property
    def _weights(self) -> Path:
        require_package()
        return fetched(self._choice)

    @cached_property
    def _network(self) -> MoGeNetwork:
        info = self.info
        network = MoGeNetwork(self._weights, usable_device(self.config.device))
        if sha256_of(self._weights) != info.weights[FILE]:  # Asked afterwards: what was loaded must be what was hashed.
            raise MissingDependencyError(f"{self._weights} has changed since this build began. Build again.")
        return network

    @property
    def _stamp(self) -> EstimatorInfo:
        """`info`, with the device that was used and what the network computed in."""
        info = self.info
        used = {"device": self._network.device, "dtype": self._network.dtype}
        return replace(info, settings={**info.settings, **used})

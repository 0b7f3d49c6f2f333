"""Metric geometry from a depth camera: depth images or a depth video beside each clip's video, for RGB-D data sets.

What it takes for granted: depth is registered to colour, that is, a pixel of the depth image and the pixel at the same
place of the video look along the same ray, and depth is along the optical axis. Its scale was measured, so it stands,
whatever the person's estimated size says.
"""

import os
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from share_data.camera import Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.geometry.base import Image, PersonSurface
from share_data.pipeline.geometry.metric_depth import MetricDepthConfig, metric_map, require_valid
from share_data.pipeline.geometry.sensor.beside import depth_beside
from share_data.pipeline.geometry.sensor.files import DepthFiles, Raw
from share_data.records import Clip, EstimatorInfo, PointMap
from share_data.store.hashing import bytes_sha256, canonical_json

VERSION = 2
MAX_STRETCH = 0.02
"""How far the shape of depth images may be off the video's: rounding of a resized image, not another camera."""


class SensorConfig(MetricDepthConfig):
    """Depth that was measured, and lies beside each video.

    A `local` source takes every video below its root for one of people: keep depth videos out with its `pattern`.
    """

    kind: Literal["sensor"] = "sensor"
    depth: str = Field(
        default="{stem}_depth",
        min_length=1,
        description="Where a video's depth lies, from the video's own folder: a folder of 16-bit grey PNG images, or a "
        "lossless 16-bit grey video ('{stem}_depth.mkv', matched by time). Images named by time (seconds with a "
        "decimal point; whole numbers of ms, us or ns) are matched by time; numbered ones by order: then there must be "
        "one a frame of the whole video. {stem}: the video's name without its suffix.",
    )
    scale: float = Field(default=0.001, gt=0, le=1000, description="Metres of one unit of depth.")
    max_depth_m: float = Field(default=10.0, gt=0, le=1000, description="Farther than this the sensor is not believed.")

    @model_validator(mode="after")
    def _beside_the_video(self) -> Self:
        if PurePosixPath(self.depth).is_absolute() or ".." in PurePosixPath(self.depth).parts:
            raise ValueError(f"depth must stay in the video's folder or below it, got {self.depth!r}")
        return self


class SensorEstimator:
    """Point maps that were measured. Of a clip only, see `of_clip`."""

    kind: ClassVar[str] = "sensor"
    map_scale_sd: ClassVar[float] = 0.005
    tells_focal: ClassVar[bool] = False
    Config: ClassVar[type[SensorConfig]] = SensorConfig

    def __init__(self, config: SensorConfig) -> None:
        self.config = config

    @property
    def info(self) -> EstimatorInfo:
        """Kind, version and settings; the content is added by the clip's own estimator."""
        settings: dict[str, str | int | float | bool] = {
            "depth": self.config.depth,
            "scale": self.config.scale,
            "max_depth_m": self.config.max_depth_m,
            "edge_rtol": self.config.edge_rtol or 0.0,
            "min_valid": self.config.min_valid,
        }
        return EstimatorInfo(self.kind, VERSION, {}, settings)

    def of_clip(self, clip: Clip) -> "ClipSensor":
        """The clip's own estimator. Raises EstimationError when no depth lies beside its video, or too little."""
        return ClipSensor(self.config, self.info, depth_beside(clip, self.config.depth))

    def beside(self, path: Path) -> str:
        """The depth of the video at `path`, by names, sizes and times of change, hashed; empty where there is none."""
        place = path.parent / self.config.depth.replace("{stem}", path.stem)
        try:
            files = sorted(place.iterdir()) if place.is_dir() else [place]
            told = [[os.fsencode(file.name).hex(), file.stat().st_size, file.stat().st_mtime_ns] for file in files]
        except OSError:
            return ""
        return bytes_sha256(canonical_json(told))

    def focal(self, images: list[Image]) -> None:
        """None: a depth image does not tell its focal. Give camera.focal_px, or use a source that knows it."""

    def estimate(self, images: list[Image], intrinsics: Intrinsics, person: PersonSurface) -> list[PointMap]:
        """Raises ValueError: pixels do not say whose depth is wanted."""
        raise ValueError("depth lies beside a clip's video: use of_clip(clip).estimate")


class ClipSensor:
    """Point maps of one clip. info: the sensor's, without the clip's content."""

    kind: ClassVar[str] = SensorEstimator.kind
    Config: ClassVar[type[SensorConfig]] = SensorConfig

    def __init__(self, config: SensorConfig, info: EstimatorInfo, files: DepthFiles) -> None:
        self.config = config
        self._sensor = info
        self._files = files

    @cached_property
    def info(self) -> EstimatorInfo:
        """The sensor's, and the SHA-256 of the depth it reads: of a video, or of a clip's images and their names."""
        return replace(self._sensor, weights={"depth": self._files.sha256()})

    def focal(self, images: list[Image]) -> None:
        """None, as the sensor's."""

    def estimate(self, images: list[Image], intrinsics: Intrinsics, person: PersonSurface) -> list[PointMap]:
        """One point map a keyframe, of the depth's own size, with `intrinsics` scaled to it.

        images: only their number matters. Raises EstimationError when depth is missing, damaged, not 16-bit grey, of
        another shape than the video, or known for too little of a keyframe; VideoError when a depth video is damaged.
        """
        found = self._files.read(person.keyframes)
        maps = [self._point_map(raw, intrinsics) for raw in found]
        for frame, point_map in zip(person.keyframes, maps, strict=True):
            remedy = "Check geometry.scale (metres of one unit) and geometry.max_depth_m."
            require_valid(point_map, self.config.min_valid, frame, remedy)
        return maps

    def _point_map(self, raw: Raw, intrinsics: Intrinsics) -> PointMap:
        depth = raw.astype(np.float32) * np.float32(self.config.scale)
        depth[depth > self.config.max_depth_m] = 0
        made = metric_map(depth, camera_of(raw, intrinsics), self.info, self.config.edge_rtol)
        return replace(made, measured=True)


def camera_of(raw: Raw, intrinsics: Intrinsics) -> Intrinsics:
    """The video's camera at the size of the depth image (H, W).

    Raises EstimationError when its shape is another: then it is not registered to the video.
    """
    height, width = raw.shape
    stretch = (width / height) / (intrinsics.width / intrinsics.height)
    if abs(stretch - 1) > MAX_STRETCH:
        raise EstimationError(
            f"depth is {width} x {height} pixels and the video {intrinsics.width} x {intrinsics.height}: not of one "
            "shape, so not registered to each other. Register depth to colour with the sensor's own tools."
        )
    return intrinsics.scaled(width, height)

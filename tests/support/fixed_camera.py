"""Videos of fixed cameras in rooms whose depth can be read off their pixels, and a source and estimators to go with it.

Red is depth, `RED` levels a metre; blue marks the person; the green of the top left pixel is the focal that a single
picture suggests, in pixels. Coded without loss.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from fake_estimators import Point
from media import Image
from media import write_video as encode
from scene_maps import room
from scipy.spatial.transform import Rotation

from share_data import registry
from share_data.camera import Floats, Intrinsics
from share_data.masks import MaskStack
from share_data.pipeline.geometry.base import PersonSurface
from share_data.recipe.model import Recipe, recipe_model
from share_data.recipe.reading import apply_override, parse_recipe
from share_data.records import EstimatorInfo, PersonTrack, PointMap, Video
from share_data.sources.base import SourceConfig
from share_data.strict import StrictModel
from share_data.text import safe_key
from share_data.truth import GroundTruth
from share_data.video.frames import ClipFrames

WIDTH, HEIGHT, FRAMES = 96, 72, 12
FOCAL = 80.0
CAMERA = Intrinsics.centred(FOCAL, WIDTH, HEIGHT)
RED = 48.0
PERSON_M = 3.0
SEAT = slice(40, 56)
"""Columns of a person who never moves."""


def empty(camera: Intrinsics = CAMERA) -> Image:
    """The room without anybody: a floor 1.5 m below the camera and a wall 5 m ahead."""
    image = np.zeros((camera.height, camera.width, 3), np.uint8)
    image[..., 0] = np.rint(room(camera) * RED)
    image[..., 1] = 90
    return image


def frame(focal: float = FOCAL, person: slice | None = SEAT, background: Image | None = None) -> Image:
    """One picture. focal: what it suggests; person: the columns somebody covers, from a third of the height down."""
    image = (empty() if background is None else background).copy()
    if person is not None:
        image[HEIGHT // 3 :, person] = (round(PERSON_M * RED), 60, 255)
    image[0, 0, 1] = round(focal)
    return image


def write(path: Path, focal: float = FOCAL, person: slice | None = SEAT, background: Image | None = None) -> Path:
    """A video in which all frames are alike."""
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [frame(focal, person, background)] * FRAMES
    return encode(path, images, codec="ffv1", pix_fmt="bgr0")


class FixedConfig(SourceConfig):
    kind: Literal["fixed"] = "fixed"
    root: str
    focal_px: float | None = None


class FixedSource:
    """Videos CAMERA_NAME.mkv below `root`; its siblings are all others of that camera, whatever is in them."""

    kind: ClassVar[str] = "fixed"
    Config: ClassVar[Any] = FixedConfig

    def __init__(self, config: FixedConfig) -> None:
        self.config = config

    def list(self) -> Iterator[Video]:
        for path in sorted(Path(self.config.root).glob("*_video*.mkv")):
            camera = path.name.split("_")[0]
            yield Video(
                self.config.label, safe_key(path.stem), path.as_uri(), focal_px=self.config.focal_px, camera=camera
            )

    def fetch(self, video: Video, into: Path) -> Path:
        return Path(video.uri.removeprefix("file://"))

    def truth(self, video: Video) -> GroundTruth | None:
        return None

    def siblings(self, video: Video, count: int) -> Sequence[Path]:
        return sorted(Path(self.config.root).glob(f"{video.camera}_*"))[:count]


class NetworkConfig(StrictModel):
    kind: Literal["network"] = "network"


class Network:
    """A depth network: what it says of a picture is in the picture. calls: of all that were made."""

    kind: ClassVar[str] = "network"
    Config: ClassVar[Any] = NetworkConfig
    sees_scene: ClassVar[bool] = True
    info: ClassVar[EstimatorInfo] = EstimatorInfo("network", 1)
    calls: ClassVar[Counter[str]] = Counter()

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config

    def focal(self, images: Sequence[Image]) -> list[float]:
        self.calls["focal"] += len(images)
        return [float(image[0, 0, 1]) for image in images]

    def estimate(self, images: Sequence[Image], intrinsics: Intrinsics, person: PersonSurface) -> list[PointMap]:
        self.calls["map"] += len(images)
        assert len(images) == len(person.keyframes)
        return [self._map(image, intrinsics) for image in images]

    def _map(self, image: Image, intrinsics: Intrinsics) -> PointMap:
        depth = (image[..., 0] / np.float32(RED)).astype(np.float32)
        return PointMap(depth, depth > 0, intrinsics, self.info)


class WatcherConfig(StrictModel):
    kind: Literal["watcher"] = "watcher"


class Watcher:
    """A human estimator: blue is the person, who stands still."""

    kind: ClassVar[str] = "watcher"
    Config: ClassVar[Any] = WatcherConfig
    info: ClassVar[EstimatorInfo] = EstimatorInfo("watcher", 1)

    def __init__(self, config: WatcherConfig, body: Any) -> None:
        self.config = config

    def estimate(self, frames: ClipFrames, times: Floats, intrinsics: Intrinsics) -> PersonTrack:
        masks = [image[..., 2] > 127 for image in frames]
        count = len(masks)
        upright = Rotation.from_euler("x", 180, degrees=True).as_rotvec().astype(np.float32)
        return PersonTrack(
            np.tile(upright, (count, 1)), np.zeros((count, 69), np.float32), np.zeros(10, np.float32),
            np.tile(np.float32([0, 0.6, PERSON_M]), (count, 1)), np.zeros((count, 4), np.float32),
            np.ones(count, bool), np.ones(count, np.float32), MaskStack.pack(masks), intrinsics, self.info,
        )  # fmt: skip


@pytest.fixture
def fixed_cameras(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The source `fixed` and the estimators `network` and `watcher`, beside all others."""
    added = {"sources": FixedSource, "geometry": Network, "humans": Watcher}
    points = registry._points
    monkeypatch.setattr(
        registry,
        "_points",
        lambda group: {**points(group), **({added[group].kind: Point(added[group])} if group in added else {})},
    )
    recipe_model.cache_clear()
    Network.calls.clear()
    yield
    recipe_model.cache_clear()


def recipe_of(root: Path, *overrides: str) -> Recipe:
    """A recipe over the videos of ROOT/videos."""
    data: dict[str, Any] = {
        "schema_version": 1,
        "name": "fixed",
        "sources": [{"kind": "fixed", "root": str(root / "videos")}],
        "clips": {"min_seconds": 0.13},
        "filters": [],
        "humans": {"kind": "watcher"},
        "geometry": {"kind": "network"},
        "keyframes": {"choice": "even"},  # nobody's body is rendered here
        "scene": {"edge_rtol": None},  # in so small an image the whole floor would be an edge
    }
    for override in overrides:
        apply_override(data, override)
    return parse_recipe(data, "fixed")

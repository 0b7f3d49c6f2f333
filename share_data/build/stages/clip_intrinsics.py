"""The intrinsics of a clip as the stages know them: chosen, and an estimated focal looked up or asked for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from share_data.build.camera_pool import CameraPool, Still
from share_data.build.codecs import from_artifact
from share_data.build.stages.keys import StageKeys, identity_of
from share_data.camera import Intrinsics
from share_data.errors import SourceError, StaleVideoError
from share_data.pipeline.camera.config import CameraConfig
from share_data.pipeline.camera.focal import SeenFocal, choose_intrinsics, median_focal
from share_data.pipeline.world.edge_focal import edge_focal
from share_data.records import Clip
from share_data.store.store import Store
from share_data.video.lens import equivalent_mm
from share_data.video.picture import Image

NO_POOL = (SourceError, StaleVideoError, OSError)
"""Errors that say that a camera's videos cannot be looked at now."""

SEEN = ("geometry", "edges")
"""Sources of a focal that pictures tell."""

Asked = Callable[[str, Still | None], SeenFocal]
"""What is seen of the focal, by its key: in one picture of the clip's camera, or in the clip's keyframes."""


def focal_in(images: list[Image], geometry: Any, centre: tuple[float, float] | None) -> SeenFocal:
    """What pictures of a camera that stands still tell of its focal: the geometry estimator, else straight edges.

    Args:
        images: (H, W, 3) uint8 RGB, upright.
        geometry: the recipe's `GeometryEstimator`.
        centre: the principal point, pixels; the middle by default.
    """
    told = median_focal(geometry.focal(images)) if getattr(geometry, "tells_focal", True) else None
    return SeenFocal(geometry=told) if told is not None else SeenFocal(edges=edge_focal(images, centre))


class ClipIntrinsics:
    """One focal a clip, and one for all clips of a fixed camera, see `choose_intrinsics`.

    A camera's is the median over those of its pictures that tell one; each has a result of its own in the store: a
    camera that gains a video asks for that one, and an estimation that is cut short goes on where it was.
    """

    def __init__(self, config: CameraConfig, store: Store, keys: StageKeys, cameras: CameraPool) -> None:
        self._config = config
        self._store = store
        self._keys = keys
        self._cameras = cameras
        self._medians: dict[tuple[str, ...], SeenFocal] = {}

    def chosen(self, clip: Clip, focal: Asked) -> Intrinsics:
        """The clip's intrinsics; `source` is `camera` where its focal is of pooled pictures.

        focal: asked only when recipe and source are silent. Raises SourceError and StaleVideoError, as `stills` does.
        """
        pooled = False

        def look() -> SeenFocal:
            nonlocal pooled
            stills = self._cameras.stills(clip)
            pooled = bool(stills)
            return self._median(stills, focal) if stills else focal(self._keyframes(clip), None)

        intrinsics = choose_intrinsics(clip, self._config, look, lambda: equivalent_mm(clip.path))
        return replace(intrinsics, source="camera") if pooled and intrinsics.source in SEEN else intrinsics

    def stored(self, clip: Clip) -> Intrinsics | None:
        """The same, or None where a focal is not estimated yet, or the camera cannot be looked at."""

        def look_up(key: str, _: Still | None) -> SeenFocal:
            artifact = self._store.get("focal", key)
            if artifact is None:
                raise _UnknownError
            return SeenFocal(*from_artifact(artifact, list))

        try:
            return self.chosen(clip, look_up)
        except (_UnknownError, *NO_POOL):
            return None

    def question(self, clip: Clip) -> str:
        """What names an estimate of the focal, the same for clips that share it; empty where that cannot be told."""
        try:
            stills = self._cameras.stills(clip)
        except NO_POOL:
            return ""
        return " ".join(map(self._picture, stills)) or self._keyframes(clip)

    def _median(self, stills: tuple[Still, ...], focal: Asked) -> SeenFocal:
        pictures = tuple(still.sha256 for still in stills)
        if pictures not in self._medians:
            each = [focal(self._picture(still), still) for still in stills]
            geometry = median_focal([seen.geometry for seen in each if seen.geometry is not None])
            self._medians[pictures] = SeenFocal(
                geometry, median_focal([seen.edges for seen in each if seen.edges is not None])
            )
        return self._medians[pictures]

    def _picture(self, still: Still) -> str:
        return self._keys.picture_focal(still.sha256)

    def _keyframes(self, clip: Clip) -> str:
        return self._keys.focal(identity_of(clip))


class _UnknownError(Exception):
    """A focal is not in the store."""

"""The intrinsics of a clip as the stages know them: chosen, and an estimated focal looked up or asked for."""

from collections.abc import Callable
from dataclasses import replace

from share_data.build.camera_pool import CameraPool, Still
from share_data.build.codecs import from_artifact
from share_data.build.stages.keys import StageKeys, how_read, identity
from share_data.camera import Intrinsics
from share_data.errors import SourceError, StaleVideoError
from share_data.pipeline.camera.config import CameraConfig
from share_data.pipeline.camera.focal import choose_intrinsics, median_focal
from share_data.records import Clip
from share_data.store.store import Store
from share_data.video.lens import equivalent_mm

NO_POOL = (SourceError, StaleVideoError, OSError)
"""Errors that say that a camera's videos cannot be looked at now."""

Asked = Callable[[str, Still | None], float | None]
"""The geometry estimator's focal, by its key: of one picture of the clip's camera, or of the clip's keyframes."""


class ClipIntrinsics:
    """One focal a clip, and one for all clips of a fixed camera, see `choose_intrinsics`.

    A camera's is the median over its pictures, each of which has a result of its own in the store: a camera that gains
    a video asks for that one, and an estimation that is cut short goes on where it was.
    """

    def __init__(self, config: CameraConfig, store: Store, keys: StageKeys, cameras: CameraPool) -> None:
        self._config = config
        self._store = store
        self._keys = keys
        self._cameras = cameras
        self._medians: dict[tuple[str, ...], float | None] = {}

    def chosen(self, clip: Clip, focal: Asked) -> Intrinsics:
        """The clip's intrinsics; `source` is `camera` where its focal is of pooled pictures.

        focal: asked only when recipe and source are silent. Raises SourceError and StaleVideoError, as `stills` does.
        """
        pooled = False

        def estimate() -> float | None:
            nonlocal pooled
            stills = self._cameras.stills(clip)
            pooled = bool(stills)
            return self._median(stills, focal) if stills else focal(self._keyframes(clip), None)

        intrinsics = choose_intrinsics(clip, self._config, estimate, lambda: equivalent_mm(clip.path))
        return replace(intrinsics, source="camera") if pooled and intrinsics.source == "geometry" else intrinsics

    def stored(self, clip: Clip) -> Intrinsics | None:
        """The same, or None where a focal is not estimated yet, or the camera cannot be looked at."""

        def look_up(key: str, _: Still | None) -> float | None:
            artifact = self._store.get("focal", key)
            if artifact is None:
                raise _UnknownError
            value: float | None = from_artifact(artifact, list)[0]
            return value

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

    def _median(self, stills: tuple[Still, ...], focal: Asked) -> float | None:
        pictures = tuple(still.sha256 for still in stills)
        if pictures not in self._medians:
            each = [focal(self._picture(still), still) for still in stills]
            self._medians[pictures] = median_focal([value for value in each if value is not None])
        return self._medians[pictures]

    def _picture(self, still: Still) -> str:
        return self._keys.picture_focal(still.sha256)

    def _keyframes(self, clip: Clip) -> str:
        return self._keys.focal(identity(clip.sha256, clip.start, clip.stop, how_read(clip.video)))


class _UnknownError(Exception):
    """A focal is not in the store."""

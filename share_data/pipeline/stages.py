"""The expensive stages of a recipe, each computed once and kept in the stage store. Thresholds never enter a key."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from share_data import registry
from share_data.body import BodyModel, load_body
from share_data.camera import Intrinsics
from share_data.codecs import from_artifact, list_from_artifact, to_artifact
from share_data.filters.base import Filter, FilterConfig
from share_data.hashing import file_sha256
from share_data.pipeline import clips as mining
from share_data.pipeline.clips import Mined
from share_data.pipeline.focal import choose_intrinsics, median_focal
from share_data.pipeline.keyframes import keyframe_numbers
from share_data.pipeline.keys import StageKeys, identity
from share_data.prefetch import FrameBuffer, PrefetchedFrames
from share_data.recipe import Recipe
from share_data.records import Clip, Measurement, PersonTrack, PointMap, Reconstruction, Verdict, Video
from share_data.seeds import seeded
from share_data.store import Artifact, Store
from share_data.video import ClipFrames

T = TypeVar("T")
_BUFFERS = 2
"""Clips decoded ahead at most: the one being begun and the one after it."""


class Stages:
    """What a recipe computes, stage by stage. Models are loaded by the first clip that needs them.

    seconds: wall seconds by stage since it was last emptied, of what was computed and not found stored;
    frugal: keep one model at a time in the GPU's memory; results are the same.
    """

    def __init__(self, recipe: Recipe, store: Store) -> None:
        self.recipe = recipe
        self.store = store
        self.seconds: dict[str, float] = defaultdict(float)
        self.frugal = False
        self._ahead: dict[str, FrameBuffer] = {}
        self._mined = lru_cache(maxsize=16)(self._load_mined)
        self._filters: list[tuple[Filter, FilterConfig]] = [
            (registry.load("filters", config.kind)(), config) for config in recipe.filters
        ]

    @property
    def filters(self) -> list[Filter]:
        """The recipe's filters, in its order."""
        return [filter_ for filter_, _ in self._filters]

    @cached_property
    def body(self) -> BodyModel:
        """The body model of the corpus."""
        return load_body(self.recipe.body.model, self.recipe.body.gender)

    @cached_property
    def humans(self) -> Any:
        """The human estimator."""
        return registry.load("humans", self.recipe.humans.kind)(self.recipe.humans, self.body)

    @cached_property
    def geometry(self) -> Any:
        """The geometry estimator."""
        return registry.load("geometry", self.recipe.geometry.kind)(self.recipe.geometry)

    @cached_property
    def keys(self) -> StageKeys:
        """Keys of everything the recipe computes; loads no weights."""
        return StageKeys(self.recipe, self.humans.info, self.geometry.info, self.body.sha256)

    def only_keys(self) -> dict[str, str]:
        """Let go of the models once `keys` are known, for a driver that computes nothing; returns the body's stamp."""
        stamp = self.body.stamp
        _ = self.keys
        for model in ("body", "humans", "geometry"):
            self.__dict__.pop(model, None)
        return stamp

    @cached_property
    def _finder(self) -> Any:
        from share_data.pipeline.humans.people import PeopleFinder

        return PeopleFinder()

    def mine(self, video: Video, path: Path, sha256: str | None = None) -> Mined:
        """The clips of a fetched video, and what was dropped of it.

        sha256: the file's, where it is known already. Raises VideoError.
        """
        content = sha256 or file_sha256(path)
        key = self.keys.mine(content)
        stored = self.store.get("mine", key)
        if stored is not None:
            return Mined.from_json(dict(stored.meta), video, path)
        with self._timed("mine"):
            mined = mining.mine(video, path, content, self.recipe.clips)
        self.store.put("mine", key, Artifact(mined.to_json()))
        return mined

    def clip(self, video: Video, path: Path, sha256: str, window: tuple[int, int]) -> Clip:
        """The clip of these frames [start, stop) of a fetched video. Raises VideoError."""
        mined = self._mined(video.unit, path, sha256)
        start, stop = window
        times = next(clip.times for clip in mined.clips if (clip.start, clip.stop) == window)
        return Clip(video, path, sha256, start, stop, times, mined.width, mined.height)

    def _load_mined(self, unit: str, path: Path, sha256: str) -> Mined:
        """The windows of a video, whoever it belongs to: the store knows them by content."""
        return self.mine(Video("", unit, ""), path, sha256)

    def measure(self, clip: Clip) -> list[Measurement]:
        """Every filter's numbers; the clip is looked at once, and only if a number is missing."""
        keys = {filter_.kind: self.keys.measurement(filter_, _identity(clip)) for filter_ in self.filters}
        stored = {kind: self.store.get(f"measure-{kind}", key) for kind, key in keys.items()}
        if any(artifact is None for artifact in stored.values()):
            with self._timed("measure"), seeded(next(iter(keys.values()))):
                observation = self._observe(clip)
                made = {f.kind: to_artifact(f.measure(observation)) for f in self.filters if stored[f.kind] is None}
            for filter_ in self.filters:
                if stored[filter_.kind] is None:
                    artifact = made[filter_.kind]
                    self.store.put(f"measure-{filter_.kind}", keys[filter_.kind], artifact)
                    stored[filter_.kind] = artifact
        return [from_artifact(artifact, Measurement) for artifact in stored.values() if artifact is not None]

    def decide(self, measurements: list[Measurement]) -> list[Verdict]:
        """What the recipe's thresholds make of the numbers: pure and immediate."""
        by_kind = {measurement.filter: measurement for measurement in measurements}
        return [filter_.decide(by_kind[filter_.kind], config) for filter_, config in self._filters]

    def reconstruct(self, clip: Clip) -> str:
        """Run what is missing of estimation, fusion and placement; returns the key for `reconstruction`."""
        buffer = self._buffer(clip)
        try:
            return self._reconstruct(clip, _frames_of(clip, buffer))
        finally:
            if buffer is not None:
                buffer.cancel()

    def _reconstruct(self, clip: Clip, frames: ClipFrames) -> str:
        intrinsics = self._intrinsics(clip, frames)
        humans_key, track = self._track(clip, frames, intrinsics)
        self._make_room("humans")
        geometry_key, maps = self._point_maps(frames, humans_key, track)
        self._make_room("geometry")
        return self._assemble(clip, frames, geometry_key, track, maps)

    def reconstruction(self, key: str) -> tuple[Reconstruction, bytes]:
        """A stored reconstruction and its preview JPEG. Raises KeyError when it has gone from the store."""
        artifact = self.store.get("reconstruct", key)
        if artifact is None:
            raise KeyError(key)
        parts = from_artifact(artifact, dict)
        return parts["reconstruction"], parts["preview"].tobytes()

    def _keyframes(self, clip: Clip) -> list[int]:
        return [int(frame) for frame in keyframe_numbers(len(clip), self.recipe.keyframes.count)]

    def prefetch(self, clip: Clip) -> None:
        """Begin to decode a clip that `reconstruct` will be asked for next, unless its person is known already."""
        if clip.key not in self._ahead and not self.store.has("humans", self.humans_key(clip)):
            self._ahead[clip.key] = FrameBuffer(_frames_of(clip))

    def _buffer(self, clip: Clip) -> FrameBuffer | None:
        """The clip's frames, where they are being decoded ahead. Buffers nobody came for are dropped."""
        while len(self._ahead) > _BUFFERS:
            self._ahead.pop(next(key for key in self._ahead if key != clip.key)).cancel()
        return self._ahead.pop(clip.key, None)

    def humans_key(self, clip: Clip) -> str:
        """Key of the clip's track, or an empty string while the focal that it depends on is not estimated."""
        unknown = False

        def stored_focal() -> float | None:
            nonlocal unknown
            artifact = self.store.get("focal", self.keys.focal(_identity(clip)))
            unknown = artifact is None
            return None if artifact is None else from_artifact(artifact, list)[0]

        intrinsics = choose_intrinsics(clip, self.recipe.camera, stored_focal)
        return "" if unknown else self.keys.humans(_identity(clip), intrinsics)

    def _make_room(self, model: str) -> None:
        """When memory is short, drop a model that the rest of this clip does not need; the next clip loads it again."""
        if self.frugal:
            import torch

            self.__dict__.pop(model, None)
            torch.cuda.empty_cache()

    def _observe(self, clip: Clip) -> Any:
        from share_data.filters.observe import observe

        return observe(_frames_of(clip), clip.times, self._finder)

    def _intrinsics(self, clip: Clip, frames: ClipFrames) -> Intrinsics:
        def estimate() -> float | None:
            return median_focal(self.geometry.focal(frames.read(self._keyframes(clip))))

        def stored_estimate() -> float | None:
            key = self.keys.focal(_identity(clip))
            known: list[float | None] = self._stored(
                "focal", key, lambda: [estimate()], lambda artifact: from_artifact(artifact, list)
            )
            return known[0]

        return choose_intrinsics(clip, self.recipe.camera, stored_estimate)

    def _track(self, clip: Clip, frames: ClipFrames, intrinsics: Intrinsics) -> tuple[str, PersonTrack]:
        key = self.keys.humans(_identity(clip), intrinsics)
        track = self._stored(
            "humans",
            key,
            lambda: self.humans.estimate(frames, clip.times, intrinsics),
            lambda artifact: from_artifact(artifact, PersonTrack),
        )
        return key, track

    def _point_maps(self, frames: ClipFrames, humans_key: str, track: PersonTrack) -> tuple[str, list[PointMap]]:
        from share_data.pipeline.reconstruct import estimate_geometry

        key = self.keys.geometry(humans_key)
        maps = self._stored(
            "geometry",
            key,
            lambda: estimate_geometry(frames, track, self.geometry, self.body, self.recipe.keyframes.count),
            lambda artifact: list_from_artifact(artifact, PointMap),
        )
        return key, maps

    def _assemble(
        self, clip: Clip, frames: ClipFrames, geometry_key: str, track: PersonTrack, maps: list[PointMap]
    ) -> str:
        from share_data.pipeline import reconstruct

        key = self.keys.reconstruct(geometry_key)
        if self.store.get("reconstruct", key) is None:
            with self._timed("reconstruct"), seeded(key):
                images = frames.read(self._keyframes(clip))
                chosen = reconstruct.ReconstructOptions(self.recipe.scene, self.recipe.placement, self.recipe.scale)
                made = reconstruct.assemble(clip, images, track, maps, self.body, chosen)
                parts = {"reconstruction": made, "preview": self._preview(images[0], made)}
            self.store.put("reconstruct", key, to_artifact(parts))
        return key

    def _preview(self, image: NDArray[np.uint8], made: Reconstruction) -> NDArray[np.uint8]:
        from share_data.audit.overlay import camera_vertices, preview

        vertices = camera_vertices(made.motion, made.T_world_cam, self.body, [0])[0]
        return np.frombuffer(preview(image, vertices, self.body.faces, made.intrinsics), dtype=np.uint8)

    def _stored(self, stage: str, key: str, compute: Callable[[], T], load: Callable[[Artifact], T]) -> T:
        artifact = self.store.get(stage, key)
        if artifact is None:
            with self._timed(stage), seeded(key):
                value = compute()
            self.store.put(stage, key, to_artifact(value))
            return value
        return load(artifact)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - began


def _frames_of(clip: Clip, buffer: FrameBuffer | None = None) -> ClipFrames:
    if buffer is None:
        return ClipFrames(clip.path, clip.start, clip.stop, clip.width, clip.height)
    return PrefetchedFrames(clip.path, clip.start, clip.stop, clip.width, clip.height, buffer=buffer)


def _identity(clip: Clip) -> dict[str, Any]:
    return identity(clip.sha256, clip.start, clip.stop)

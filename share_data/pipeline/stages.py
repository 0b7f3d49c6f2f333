"""The expensive stages of a recipe, each computed once and kept in the stage store. Thresholds never enter a key."""

from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
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
from share_data.recipe import Recipe
from share_data.records import Clip, Measurement, PersonTrack, PointMap, Reconstruction, Verdict, Video
from share_data.store import Artifact, Store, stage_key
from share_data.video import ClipFrames

T = TypeVar("T")


class Stages:
    """What a recipe computes, stage by stage. Models are loaded by the first clip that needs them."""

    def __init__(self, recipe: Recipe, store: Store) -> None:
        self.recipe = recipe
        self.store = store
        self._filters: list[tuple[Filter, FilterConfig]] = [
            (registry.load("filters", config.kind)(), config) for config in recipe.filters
        ]

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
    def _finder(self) -> Any:
        from share_data.pipeline.humans.people import PeopleFinder

        return PeopleFinder()

    def mine(self, video: Video, path: Path) -> Mined:
        """The clips of a fetched video, and what was dropped of it. Raises VideoError."""
        sha256 = file_sha256(path)
        key = stage_key("mine", mining.VERSION, sha256, self.recipe.clips.model_dump(mode="json"))
        stored = self.store.get("mine", key)
        if stored is not None:
            return Mined.from_json(dict(stored.meta), video, path)
        mined = mining.mine(video, path, sha256, self.recipe.clips)
        self.store.put("mine", key, Artifact(mined.to_json()))
        return mined

    def measure(self, clip: Clip) -> list[Measurement]:
        """Every filter's numbers; the clip is looked at once, and only if a number is missing."""
        keys = {filter_.kind: self._measurement_key(filter_, clip) for filter_, _ in self._filters}
        stored = {kind: self.store.get(f"measure-{kind}", key) for kind, key in keys.items()}
        if any(artifact is None for artifact in stored.values()):
            observation = self._observe(clip)
            for filter_, _ in self._filters:
                if stored[filter_.kind] is None:
                    artifact = to_artifact(filter_.measure(observation))
                    self.store.put(f"measure-{filter_.kind}", keys[filter_.kind], artifact)
                    stored[filter_.kind] = artifact
        return [from_artifact(artifact, Measurement) for artifact in stored.values() if artifact is not None]

    def decide(self, measurements: list[Measurement]) -> list[Verdict]:
        """What the recipe's thresholds make of the numbers: pure and immediate."""
        by_kind = {measurement.filter: measurement for measurement in measurements}
        return [filter_.decide(by_kind[filter_.kind], config) for filter_, config in self._filters]

    def reconstruct(self, clip: Clip) -> str:
        """Run what is missing of estimation, fusion and placement; returns the key for `reconstruction`."""
        frames = ClipFrames(clip.path, clip.start, clip.stop, clip.width, clip.height)
        intrinsics = self._intrinsics(clip, frames)
        humans_key, track = self._track(clip, frames, intrinsics)
        geometry_key, maps = self._point_maps(frames, humans_key, track)
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

    def _measurement_key(self, filter_: Filter, clip: Clip) -> str:
        from share_data.filters.observe import VERSION

        params = {"observe": VERSION, "finder": dict(self._finder.weights)}
        return stage_key(f"measure-{filter_.kind}", filter_.version, _identity(clip), params)

    def _observe(self, clip: Clip) -> Any:
        from share_data.filters.observe import observe

        frames = ClipFrames(clip.path, clip.start, clip.stop, clip.width, clip.height)
        return observe(frames, clip.times, self._finder)

    def _intrinsics(self, clip: Clip, frames: ClipFrames) -> Intrinsics:
        def estimate() -> float | None:
            return median_focal(self.geometry.focal(frames.read(self._keyframes(clip))))

        def stored_estimate() -> float | None:
            key = stage_key("focal", 1, _identity(clip), asdict(self.geometry.info))
            known: list[float | None] = self._stored(
                "focal", key, lambda: [estimate()], lambda artifact: from_artifact(artifact, list)
            )
            return known[0]

        return choose_intrinsics(clip, self.recipe.camera, stored_estimate)

    def _track(self, clip: Clip, frames: ClipFrames, intrinsics: Intrinsics) -> tuple[str, PersonTrack]:
        params = {"humans": asdict(self.humans.info), "body": self.body.sha256, "intrinsics": asdict(intrinsics)}
        key = stage_key("humans", 1, _identity(clip), params)
        track = self._stored(
            "humans",
            key,
            lambda: self.humans.estimate(frames, clip.times, intrinsics),
            lambda artifact: from_artifact(artifact, PersonTrack),
        )
        return key, track

    def _point_maps(self, frames: ClipFrames, humans_key: str, track: PersonTrack) -> tuple[str, list[PointMap]]:
        from share_data.pipeline.reconstruct import estimate_geometry

        params = {"geometry": asdict(self.geometry.info), "keyframes": self.recipe.keyframes.count}
        key = stage_key("geometry", 1, humans_key, params)
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

        options = {part: getattr(self.recipe, part).model_dump(mode="json") for part in ("scene", "placement", "scale")}
        key = stage_key("reconstruct", reconstruct.VERSION, geometry_key, options)
        if self.store.get("reconstruct", key) is None:
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
            value = compute()
            self.store.put(stage, key, to_artifact(value))
            return value
        return load(artifact)


def _identity(clip: Clip) -> dict[str, Any]:
    """What a clip's pixels are: the video's content and the frame range."""
    return {"video": clip.sha256, "start": clip.start, "stop": clip.stop}

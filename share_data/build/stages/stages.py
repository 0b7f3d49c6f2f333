"""The expensive stages of a recipe, each computed once and kept in the stage store. Thresholds never enter a key."""

from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.build.camera_pool import Still
from share_data.build.codecs import from_artifact, list_from_artifact, to_artifact
from share_data.build.stages.ahead import Ahead
from share_data.build.stages.clip_intrinsics import NO_POOL, focal_in
from share_data.build.stages.keyframe_images import Keyframes
from share_data.build.stages.keys import identity_of
from share_data.build.stages.measuring import Measuring
from share_data.build.stages.scale_rows import from_rows, scale_pool, to_rows
from share_data.camera import Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.camera.focal import SeenFocal
from share_data.pipeline.camera.pose import UNKNOWN, CameraPose, known_pose
from share_data.pipeline.geometry.base import ReadsBesideVideo, estimator_of
from share_data.pipeline.humans.base import TakesPerson
from share_data.pipeline.keyframes import keyframe_numbers
from share_data.pipeline.scene.backdrop import LEAST_PICTURES, Backdrop, empty_room, map_room, sees_scene
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, PooledEvidence
from share_data.recipe.model import Recipe
from share_data.records import Clip, MainPerson, PersonTrack, PointMap, Reconstruction
from share_data.store.seeds import seeded
from share_data.store.store import Artifact, Store
from share_data.video.frames import ClipFrames


class Stages(Measuring):
    """All stages of a recipe: those of `Measuring`, then estimation, fusion and placement."""

    def __init__(self, recipe: Recipe, store: Store) -> None:
        super().__init__(recipe, store)
        self._ahead = Ahead()
        self._latest: tuple[str, Artifact] | None = None

    def reconstruct(self, clip: Clip, pooled: PooledEvidence | None = None) -> str:
        """Run what is missing of estimation, fusion and placement; returns the key for `reconstruction`.

        pooled: the evidence it shares its scale by, see `scale_evidence`; None where its own tells.
        """
        with self._ahead.frames(clip) as frames:
            geometry_key, track, keyframes, maps = self._estimates(clip, frames)
            backdrop_key, backdrop = self._backdrop(clip, track.intrinsics)
            self._make_room("geometry")
            shared = "" if pooled is None else scale_pool(pooled)
            key = self.keys.reconstruct(geometry_key, backdrop_key, self._pose(clip), shared)
            return self._assemble(clip, keyframes, key, track, maps, backdrop, pooled)

    def scale_evidence(self, clip: Clip) -> tuple[str, tuple[KeyframeEvidence, ...]]:
        """Run what is missing of estimation, and see what the clip says of the scale; returns its key, too."""
        from share_data.pipeline import reconstruct

        with self._ahead.frames(clip) as frames:
            geometry_key, track, keyframes, maps = self._estimates(clip, frames)
        self._make_room("geometry")
        key, scene = self.keys.scale_evidence(geometry_key), self.recipe.scene

        def ask() -> list[list[float]]:
            return to_rows(reconstruct.scale_evidence(track, maps, keyframes.numbers, self.body, scene))

        return key, from_rows(self._stored("scale", key, ask, lambda artifact: from_artifact(artifact, list)))

    def _estimates(self, clip: Clip, frames: ClipFrames) -> tuple[str, PersonTrack, Keyframes, list[PointMap]]:
        """The person, and keyframes and their point maps, after these' key."""
        from share_data.pipeline.shown import keyframes_of

        person = self._person(clip, frames)
        intrinsics = self._intrinsics(clip, frames)
        self._make_room("geometry")
        humans_key, track = self._track(clip, frames, intrinsics, person)
        self._make_room("humans")
        keyframes = Keyframes(frames, lambda: keyframes_of(track, clip.times, self.body, self.recipe.keyframes))
        geometry_key, maps = self._point_maps(clip, keyframes, humans_key, track)
        return geometry_key, track, keyframes, maps

    def reconstruction(self, key: str) -> tuple[Reconstruction, bytes]:
        """A stored reconstruction and its preview JPEG. Raises KeyError when it has gone from the store."""
        artifact = self._taken(key) or self.store.get("reconstruct", key)
        if artifact is None:
            raise KeyError(key)
        parts = from_artifact(artifact, dict)
        return parts["reconstruction"], parts["preview"].tobytes()

    def keep(self, key: str, artifact: Artifact) -> None:
        """Store a reconstruction. Whoever asks for it next need not read it back, once."""
        self.store.put("reconstruct", key, artifact)
        self._latest = key, artifact

    def _taken(self, key: str) -> Artifact | None:
        latest, self._latest = self._latest, None
        return latest[1] if latest is not None and latest[0] == key else None

    def prefetch(self, clip: Clip) -> None:
        """Begin to decode a clip that `reconstruct` will be asked for next, unless its person is known already."""
        if not self.store.has("humans", self.humans_key(clip)):
            self._ahead.begin(clip)

    def beside(self, path: Path) -> str:
        """What the geometry estimator reads beside this video, by name, size and time; empty where it reads nothing."""
        return self.geometry.beside(path) if isinstance(self.geometry, ReadsBesideVideo) else ""

    def humans_key(self, clip: Clip) -> str:
        """Key of the clip's track, or an empty string while the focal that it depends on is not estimated."""
        intrinsics = self.intrinsics.stored(clip)
        return "" if intrinsics is None else self.keys.humans(identity_of(clip), intrinsics)

    def geometry_key(self, clip: Clip, humans_key: str) -> str:
        """Key of the clip's point maps, or an empty string where what they are made from is not there."""
        try:
            return self.keys.geometry(humans_key, estimator_of(self.geometry, clip).info, self._told_pose(clip))
        except EstimationError:
            return ""

    def reconstruct_key(self, clip: Clip, geometry_key: str, pooled: PooledEvidence | None = None) -> str:
        """Key of the clip's reconstruction, or an empty string where its camera cannot be looked at."""
        shared = "" if pooled is None else scale_pool(pooled)
        intrinsics = self.intrinsics.stored(clip)
        try:
            backdrop_key = self._backdrop_key(clip, intrinsics) if intrinsics else ""
            key = self.keys.reconstruct(geometry_key, backdrop_key, self._pose(clip), shared)
            return key if intrinsics else ""
        except (EstimationError, *NO_POOL):
            return ""

    def _pose(self, clip: Clip) -> CameraPose:
        """What recipe and source know of how the clip's camera is held. Raises EstimationError, see `known_pose`."""
        return known_pose(self.recipe.camera, clip.video.calibration)

    def _told_pose(self, clip: Clip) -> CameraPose:
        """What of it the geometry estimator is told: one that sees the scene has no use for it."""
        return UNKNOWN if sees_scene(self.geometry) else self._pose(clip)

    def _intrinsics(self, clip: Clip, frames: ClipFrames) -> Intrinsics:
        def stored_look(key: str, still: Still | None) -> SeenFocal:
            """From the store, or seen in `still` or in the clip's keyframes."""

            def look() -> list[float | None]:
                spread = keyframe_numbers(clip.times, self.recipe.keyframes.count).tolist()
                images = frames.read(spread) if still is None else [still.image()]
                return list(astuple(focal_in(images, self.geometry, clip.footage.principal_point)))

            return SeenFocal(*self._stored("focal", key, look, lambda artifact: from_artifact(artifact, list)))

        return self.intrinsics.chosen(clip, stored_look)

    def _person(self, clip: Clip, frames: ClipFrames) -> MainPerson | None:
        """Where the main person is; None where nobody asks, or asks no more."""
        estimator_of(self.geometry, clip)  # First of all: where there is no depth, no person need be looked for.
        wanted = isinstance(self.humans, TakesPerson) and self.humans.wants_person
        if not wanted or self.store.has("humans", self.humans_key(clip)):
            return None

        def find() -> MainPerson:
            from share_data.pipeline.humans.main_person import find_main_person

            return find_main_person(frames, clip.times)

        key = self.keys.person(identity_of(clip))
        return self._stored("person", key, find, lambda artifact: from_artifact(artifact, MainPerson))

    def _track(
        self, clip: Clip, frames: ClipFrames, intrinsics: Intrinsics, person: MainPerson | None
    ) -> tuple[str, PersonTrack]:
        key = self.keys.humans(identity_of(clip), intrinsics)
        told = {} if person is None else {"person": person}
        track = self._stored(
            "humans",
            key,
            lambda: self.humans.estimate(frames, clip.times, intrinsics, **told),
            lambda artifact: from_artifact(artifact, PersonTrack),
        )
        return key, track

    def _point_maps(
        self, clip: Clip, keyframes: Keyframes, humans_key: str, track: PersonTrack
    ) -> tuple[str, list[PointMap]]:
        from share_data.pipeline.reconstruct import estimate_geometry

        geometry = estimator_of(self.geometry, clip)
        pose = self._told_pose(clip)
        key = self.keys.geometry(humans_key, geometry.info, pose)
        maps = self._stored(
            "geometry",
            key,
            lambda: estimate_geometry(
                keyframes.images, clip.times, track, geometry, self.body, keyframes.numbers, pose
            ),
            lambda artifact: list_from_artifact(artifact, PointMap),
        )
        return key, maps

    def _backdrop_key(self, clip: Clip, intrinsics: Intrinsics) -> str:
        """Key of the empty room for a clip with these intrinsics, or an empty string where it gets none."""
        # Other videos of a camera that sways are filmed from another view than this clip's.
        if clip.stabilising is not None or not (self.recipe.scene.backdrop and sees_scene(self.geometry)):
            return ""
        pictures = [still.sha256 for still in self.cameras.stills(clip)]
        return self.keys.backdrop(pictures, intrinsics) if len(pictures) >= LEAST_PICTURES else ""

    def _backdrop(self, clip: Clip, intrinsics: Intrinsics) -> tuple[str, Backdrop | None]:
        key = self._backdrop_key(clip, intrinsics)
        if not key:
            return "", None

        def make() -> dict[str, Any]:
            room = empty_room(still.image() for still in self.cameras.stills(clip))
            return {"image": room, "point_map": map_room(room, intrinsics, self.geometry)}

        parts = self._stored("backdrop", key, make, lambda artifact: from_artifact(artifact, dict))
        return key, Backdrop(**parts) if parts["point_map"] is not None else None

    def _assemble(
        self,
        clip: Clip,
        keyframes: Keyframes,
        key: str,
        track: PersonTrack,
        maps: list[PointMap],
        backdrop: Backdrop | None,
        pooled: PooledEvidence | None,
    ) -> str:
        from share_data.pipeline import reconstruct

        if self.store.get("reconstruct", key) is None:
            with self._timed("reconstruct"), seeded(key):
                images, numbers = keyframes.images, keyframes.numbers
                chosen = reconstruct.ReconstructOptions(self.recipe.scene, self.recipe.placement, self.scale)
                made = reconstruct.assemble(
                    clip, images, track, maps, self.body, chosen, backdrop, numbers, self._pose(clip), pooled
                )
                made = replace(made, motion=replace(made.motion, company=self.company(clip)))
                parts = {"reconstruction": made, "preview": self._preview(images[0], made, int(numbers[0]))}
            self.keep(key, to_artifact(parts))
        return key

    def _preview(self, image: NDArray[np.uint8], made: Reconstruction, frame: int) -> NDArray[np.uint8]:
        from share_data.body.overlay import camera_vertices, preview

        vertices = camera_vertices(made.motion, made.T_world_cam, self.body, [frame])[0]
        return np.frombuffer(preview(image, vertices, self.body.faces, made.intrinsics), dtype=np.uint8)

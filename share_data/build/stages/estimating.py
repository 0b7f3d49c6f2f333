"""What is estimated of a candidate: its person, its point maps, and its camera's empty room. Some of it takes a GPU."""

from dataclasses import astuple
from pathlib import Path
from typing import Any

from share_data.build.camera_pool import Still
from share_data.build.codecs import from_artifact, list_from_artifact
from share_data.build.stages.ahead import Ahead
from share_data.build.stages.clip_intrinsics import NO_POOL, focal_in
from share_data.build.stages.keyframe_images import Keyframes
from share_data.build.stages.keys import identity_of
from share_data.build.stages.measuring import Measuring, frames_of
from share_data.camera import Intrinsics
from share_data.errors import EstimationError
from share_data.masks import nearest
from share_data.pipeline.camera.focal import SeenFocal
from share_data.pipeline.camera.pose import UNKNOWN, CameraPose, known_pose
from share_data.pipeline.geometry.base import ReadsBesideVideo, estimator_of
from share_data.pipeline.humans.base import TakesPerson
from share_data.pipeline.keyframes import candidates, keyframe_numbers
from share_data.pipeline.scene.backdrop import LEAST_PICTURES, Backdrop, empty_room, map_room, sees_scene
from share_data.recipe.model import Recipe
from share_data.records import Clip, MainPerson, PersonTrack, PointMap
from share_data.store.store import Store
from share_data.video.frames import ClipFrames


class Estimating(Measuring):
    """The stages of a candidate before it is assembled."""

    def __init__(self, recipe: Recipe, store: Store) -> None:
        super().__init__(recipe, store)
        self._ahead = Ahead()

    def prefetch(self, clip: Clip) -> None:
        """Begin to decode a clip that `reconstruct` will be asked for next, unless its person is known already."""
        humans = self.humans_key(clip)
        if not self.store.has("humans", humans):
            # Of a fixed camera's clip other pictures are asked for the focal.
            asks = not humans and not clip.video.camera
            self._ahead.begin(clip, self._spread(clip) if asks else (), self._may_be_keyframes(clip))

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

    def prepare(self, clip: Clip) -> None:
        """Run what is missing of what `estimate` needs and what takes no GPU."""
        self._person(clip, frames_of(clip))

    def estimate(self, clip: Clip) -> None:
        """Run what is missing of everything that is estimated."""
        with self._ahead.frames(clip) as frames:
            _, track, _, _ = self._estimates(clip, frames)
        self._backdrop(clip, track.intrinsics)
        self._make_room("geometry")

    def estimated(self, clip: Clip) -> bool:
        """Whether everything that is estimated lies in the store."""
        humans = self.humans_key(clip)
        if not humans or not self.store.has("humans", humans):
            return False
        geometry, intrinsics = self.geometry_key(clip, humans), self.intrinsics.stored(clip)
        if not geometry or not self.store.has("geometry", geometry) or intrinsics is None:
            return False
        try:
            room = self._backdrop_key(clip, intrinsics)
        except (EstimationError, *NO_POOL):
            return False
        return not room or self.store.has("backdrop", room)

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

    def _pose(self, clip: Clip) -> CameraPose:
        """What recipe and source know of how the clip's camera is held. Raises EstimationError, see `known_pose`."""
        return known_pose(self.recipe.camera, clip.video.calibration)

    def _told_pose(self, clip: Clip) -> CameraPose:
        """What of it the geometry estimator is told: one that sees the scene has no use for it."""
        return UNKNOWN if sees_scene(self.geometry) else self._pose(clip)

    def _may_be_keyframes(self, clip: Clip) -> list[int]:
        """The frames that keyframes are chosen from, before the motion is known that chooses."""
        from share_data.pipeline.humans.main_person import frames_to_look_at

        config = self.recipe.keyframes
        frames = (keyframe_numbers if config.choice == "even" else candidates)(clip.times, config.count)
        return [int(each) for each in (nearest(frames_to_look_at(clip.times), frames) if self._told_person else frames)]

    @property
    def _told_person(self) -> bool:
        """Whether the human estimator is to be told where the person is."""
        return isinstance(self.humans, TakesPerson) and self.humans.wants_person

    def _spread(self, clip: Clip) -> list[int]:
        """The frames that are asked for the focal, before any keyframe can be chosen."""
        return [int(number) for number in keyframe_numbers(clip.times, self.recipe.keyframes.count)]

    def _intrinsics(self, clip: Clip, frames: ClipFrames) -> Intrinsics:
        def stored_look(key: str, still: Still | None) -> SeenFocal:
            """From the store, or seen in `still` or in the clip's keyframes."""

            def look() -> list[float | None]:
                images = frames.read(self._spread(clip)) if still is None else [still.image()]
                return list(astuple(focal_in(images, self.geometry, clip.footage.principal_point)))

            return SeenFocal(*self._stored("focal", key, look, lambda artifact: from_artifact(artifact, list)))

        return self.intrinsics.chosen(clip, stored_look)

    def _person(self, clip: Clip, frames: ClipFrames) -> MainPerson | None:
        """Where the main person is; None where nobody asks, or asks no more."""
        estimator_of(self.geometry, clip)  # First of all: where there is no depth, no person need be looked for.
        if not self._told_person or self.store.has("humans", self.humans_key(clip)):
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

"""The expensive stages of a recipe, each computed once and kept in the stage store. Thresholds never enter a key."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from share_data.build.codecs import from_artifact, to_artifact
from share_data.build.stages.clip_intrinsics import NO_POOL
from share_data.build.stages.estimating import Estimating
from share_data.build.stages.keyframe_images import Keyframes
from share_data.build.stages.scale_rows import from_rows, scale_pool, to_rows
from share_data.errors import EstimationError
from share_data.pipeline.scene.backdrop import Backdrop
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, PooledEvidence
from share_data.recipe.model import Recipe
from share_data.records import Clip, PersonTrack, PointMap, Reconstruction
from share_data.store.seeds import seeded
from share_data.store.store import Artifact, Store


class Stages(Estimating):
    """All stages of a recipe: those of `Estimating`, then fusion and placement."""

    def __init__(self, recipe: Recipe, store: Store) -> None:
        super().__init__(recipe, store)
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

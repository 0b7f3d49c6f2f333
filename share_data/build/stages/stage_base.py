"""What all stages of a recipe share: the models, the keys of results, and the store they are kept in."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

from share_data import registry
from share_data.body.model import BodyModel, load_body
from share_data.build.camera_pool import CameraPool
from share_data.build.codecs import to_artifact
from share_data.build.stages.clip_intrinsics import ClipIntrinsics
from share_data.build.stages.keys import StageKeys
from share_data.pipeline.scene.backdrop import sees_scene
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.recipe.model import Recipe
from share_data.store.memory import give_back
from share_data.store.seeds import seeded
from share_data.store.store import Artifact, Store

T = TypeVar("T")


class StageBase:
    """Models are loaded by the first clip that needs them.

    seconds: wall seconds by stage since it was last emptied, of what was computed and not found stored;
    frugal: keep one model at a time in the GPU's memory; results are the same.
    """

    def __init__(self, recipe: Recipe, store: Store) -> None:
        self.recipe = recipe
        self.store = store
        self.seconds: dict[str, float] = defaultdict(float)
        self.frugal = False

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
    def cameras(self) -> CameraPool:
        """The fixed cameras, pooled over their videos."""
        return CameraPool(self.recipe)

    @cached_property
    def intrinsics(self) -> ClipIntrinsics:
        """The clips' intrinsics."""
        return ClipIntrinsics(self.recipe.camera, self.store, self.keys, self.cameras)

    @cached_property
    def keys(self) -> StageKeys:
        """Keys of everything the recipe computes; loads no weights."""
        return StageKeys(self.recipe, self.humans.info, self.geometry.info, self.body.sha256, self.scale)

    @cached_property
    def scale(self) -> ScaleConfig:
        """The recipe's, with what it leaves open as the estimators state it."""
        height_told = getattr(self.recipe.humans, "height_m", None) is not None
        return self.recipe.scale.settled(self.humans, self.geometry, height_told)

    @cached_property
    def pools_scale(self) -> bool:
        """Whether clips of one video, and of one fixed camera, share their scale: where a depth network guesses it."""
        return self.recipe.scale.reconcile and sees_scene(self.geometry)

    def only_keys(self) -> dict[str, str]:
        """Let go of the models once `keys` are known, for a driver that computes nothing; returns the body's stamp."""
        stamp = self.body.stamp
        _ = self.keys, self.pools_scale
        for model in ("body", "humans", "geometry"):
            self.__dict__.pop(model, None)
        return stamp

    def _make_room(self, model: str) -> None:
        """When memory is short, drop a model that the rest of this clip does not need; the next clip loads it again."""
        if self.frugal:
            import torch

            self.__dict__.pop(model, None)
            torch.cuda.empty_cache()

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
            give_back()
            self.seconds[stage] += time.perf_counter() - began

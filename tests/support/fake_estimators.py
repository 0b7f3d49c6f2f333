"""Estimators that a third party might register: nothing but a kind, a rank and needs, for light builds."""

from collections.abc import Callable
from typing import Any, Literal

import pytest

from share_data import registry
from share_data.needs import Need
from share_data.recipe.model import recipe_model
from share_data.records import EstimatorInfo
from share_data.strict import StrictModel


class Point:
    """Stands for an entry point. plugin: the class, or the error that importing it raises."""

    value = "theirs:Estimator"

    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin

    def load(self) -> Any:
        if isinstance(self._plugin, Exception):
            raise self._plugin
        return self._plugin


def estimator(name: str, its_rank: int | None = None, needs: Callable[[], list[Need]] | None = None) -> Any:
    """A class of kind `name`; without a rank or without needs it has no such attribute."""

    class Config(StrictModel):
        kind: Literal.__getitem__(name)  # type: ignore[valid-type]

    class Estimator:
        kind = name

        def __init__(self, config: Any, body: Any = None) -> None:
            self.info = EstimatorInfo(name, 3)

    Estimator.Config = Config
    if its_rank is not None:
        Estimator.rank = its_rank
    if needs is not None:
        Estimator.needs = classmethod(lambda cls, config: needs())
    return Estimator


def lacking(detail: str) -> Callable[[], list[Need]]:
    """Needs of which the second is not met."""
    return lambda: [Need("package", True, "here"), Need("weights", False, detail, "fetch them")]


def registered(monkeypatch: pytest.MonkeyPatch, group: registry.Group, **plugins: Any) -> None:
    """Make these the only ones of the group, by kind. `recipe_model.cache_clear()` must follow the test.

    Beside them is what a recipe has by default, without a rank.
    """
    default = {"humans": "blazepose", "geometry": "ground_plane"}[group]
    fakes = {kind: Point(plugin) for kind, plugin in {default: estimator(default), **plugins}.items()}
    points = registry._points
    monkeypatch.setattr(registry, "_points", lambda asked: fakes if asked == group else points(asked))
    recipe_model.cache_clear()

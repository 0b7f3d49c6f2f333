"""Stages that fetch and mine as they do, with made-up results behind: for builds about videos, not about clips."""

import json
from pathlib import Path

from light import LightStages

from share_data.build.stages.stages import Stages
from share_data.build.worker import WorkerSpec
from share_data.recipe.reading import parse_recipe
from share_data.records import Clip
from share_data.store.store import Store


class Listed(Stages):
    """Real fetching and mining; every clip is measured as kept, and reconstructed as made up."""

    measure = LightStages.measure
    reconstruct, _estimate = LightStages.reconstruct, LightStages._estimate
    tame = False

    def _misbehave(self, fault: str, clip: Clip) -> None:
        """No faults here."""


class ListedSpec(WorkerSpec):
    """Workers with such stages."""

    def stages(self) -> Stages:
        return Listed(parse_recipe(json.loads(self.recipe), "test"), Store(Path(self.cache)))

"""What a plan's work will cost, from measured rates: seconds and GPU-hours."""

from share_data.build.plan.changes import Stage
from share_data.build.plan.tally import ESTIMATION, Tally
from share_data.build.rates import load_rates, measure_rates, rate_keys
from share_data.engine.events import checked
from share_data.engine.journal import JournalReader
from share_data.recipe.model import Recipe
from share_data.store.store import Store


class Costs:
    """Rates for a recipe: of the output's own journal, else of what earlier builds left beside the store."""

    def __init__(self, recipe: Recipe, store: Store, journal: JournalReader) -> None:
        self._gpus = recipe.engine.gpus_per_worker
        self._places_on_gpu = recipe.placement.device == "cuda"
        self._keys = rate_keys(recipe.resolved(), self._gpus)
        self._rates = load_rates(store.root) | measure_rates(event for _, event in checked(journal.lines()))

    def seconds(self, tally: Tally) -> float | None:
        """One worker's, or None where a rate is missing. The focal's may be: few geometry estimators have one."""
        total = 0.0
        for name, units in tally.work.items():
            rate = self._rates.get(self._keys[name])
            if rate is not None:
                total += rate.of(units)
            elif name != "focal":
                return None
        return total

    def gpu_hours(self, stage: Stage, seconds: float) -> float:
        """GPU-hours of a stage that takes so many seconds of one worker: of estimates, and of placing on a GPU."""
        takes_one = stage in ESTIMATION and (stage != "reconstruct" or self._places_on_gpu)
        return self._gpus * seconds / 3600 if takes_one else 0.0

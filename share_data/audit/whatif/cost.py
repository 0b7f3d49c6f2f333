"""What it will take to reconstruct clips that are let in, from the rates that builds have measured."""

from dataclasses import dataclass

from share_data.audit.whatif.table import Measurements
from share_data.build.rates import load_rates, rate_keys
from share_data.records import Bools
from share_data.store.paths import cache_root

STAGES = ("focal", "humans", "geometry", "reconstruct", "pack")
OPTIONAL = ("focal",)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of clips to be measured: their number and frames, and the seconds of one worker, None where a rate is missing."""

    clips: int
    frames: int
    seconds: float | None


def cost_of(table: Measurements, wanted: Bools) -> Cost | None:
    """The cost of clips that are not reconstructed yet, at the best rate known here; None where there are none.

    Rates of a GPU go before those of a CPU. wanted: (N,).
    """
    if not wanted.any():
        return None
    frames = int((table.numbers("frame_stop") - table.numbers("frame_start"))[wanted].sum())
    known = load_rates(cache_root())
    for gpus in (1.0, 0.0):
        keys = rate_keys(table.recipe, gpus)
        rates = {stage: known.get(keys[stage]) for stage in STAGES}
        found = [rate.of(frames) for rate in rates.values() if rate is not None]
        if all(rates[stage] is not None for stage in STAGES if stage not in OPTIONAL):
            return Cost(int(wanted.sum()), frames, round(sum(found), 1))
    return Cost(int(wanted.sum()), frames, None)

"""How long a stage takes a frame, measured by builds: each output's journal tells, a file beside the store remembers.

A rate has a key: the stage, what decides its speed (estimator, solver, kind of source), and whether a GPU was used.
"""

import contextlib
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from share_data.errors import MachineError
from share_data.store.atomic import atomic_write
from share_data.store.hashing import canonical_json

RATES = "rates.json"


@dataclass(frozen=True, slots=True)
class Rate:
    """Seconds that so many units took together: videos for `fetch` and `mine`, frames of clips for all others."""

    seconds: float
    units: float

    def of(self, units: float) -> float:
        """Seconds that `units` will take."""
        return units * self.seconds / self.units


Rates = Mapping[str, Rate]
"""By key, see `rate_keys`."""


def rate_keys(recipe: Mapping[str, Any], gpus: float) -> dict[str, str]:
    """Stage to key, for `fetch:LABEL` of every source, `focal` and `scale` too. recipe: resolved; gpus: of a worker."""
    where = "gpu" if gpus else "cpu"
    humans, geometry, solver = (
        recipe.get(part, {}).get(name, "")
        for part, name in (("humans", "kind"), ("geometry", "kind"), ("placement", "solver"))
    )
    fetch = {f"fetch:{each.get('name') or each['kind']}": f"fetch/{each['kind']}" for each in recipe.get("sources", ())}
    return fetch | {
        "mine": "mine",
        "measure": "measure",
        "focal": f"focal/{geometry}/{where}",
        "humans": f"humans/{humans}/{where}",
        "person": f"humans/{humans}/{where}",
        "geometry": f"geometry/{geometry}/{where}",
        "scale": f"scale/{humans}/{where}",
        "reconstruct": f"reconstruct/{solver}/{where}",
        "pack": "pack",
    }


class RateMeter:
    """The rates that a journal's events show, each by the recipe of its own build. before: what is used until then."""

    def __init__(self, before: Rates = MappingProxyType({})) -> None:
        self._before = before
        self._sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._keys: dict[str, str] = {}
        self._sent: dict[str, float] = {}

    def take(self, event: Mapping[str, Any]) -> None:
        """The next event."""
        if event["e"] == "begin":
            self._keys = rate_keys(event.get("recipe", {}), event.get("gpus", 0))
        elif event["e"] == "sent":
            self._sent[event["job"]] = event["t"]
        elif "job" in event:
            began = self._sent.pop(event["job"], None)
            for stage, seconds, units in _spent(event, began) if event["e"] == "done" else ():
                if stage in self._keys:
                    self._sums[self._keys[stage]][0] += seconds
                    self._sums[self._keys[stage]][1] += units

    def rate(self, key: str) -> Rate | None:
        """Of this key; None where nothing has been measured."""
        seconds, units = self._sums.get(key, (0.0, 0.0))
        return Rate(round(seconds, 4), units) if units else self._before.get(key)

    def measured(self) -> dict[str, Rate]:
        """What the events show, by key."""
        return {key: Rate(round(seconds, 4), units) for key, (seconds, units) in self._sums.items() if units}


def measure_rates(events: Iterable[Mapping[str, Any]]) -> dict[str, Rate]:
    """The rates that a journal's events show, each by the recipe of its own build."""
    meter = RateMeter()
    for event in events:
        meter.take(event)
    return meter.measured()


def _spent(event: Mapping[str, Any], began: float | None) -> Iterator[tuple[str, float, float]]:
    """(stage, seconds, units) of a job that is done. Fetching and packing take what the whole job took."""
    stages: Mapping[str, float] = event["s"]
    elapsed = None if began is None else max(0.0, event["t"] - began - sum(stages.values()))
    if event["step"] in ("measure", "reconstruct"):
        for stage, seconds in stages.items():
            if stage != "mine":  # Where the person is takes its time from `humans`, whose frames are the same ones.
                yield stage, seconds, 0 if stage == "person" else event["n"]
    elif event["step"] == "fetch" and "mine" in stages:
        yield "mine", stages["mine"], 1
    if event["step"] == "fetch" and elapsed is not None:
        yield f"fetch:{event['unit'].split('/')[0]}", elapsed, 1
    elif event["step"] == "pack" and elapsed is not None:
        yield "pack", elapsed, event["n"]


def load_rates(root: Path) -> dict[str, Rate]:
    """What builds with the store at `root` have measured; empty where nothing can be read."""
    try:
        found = json.loads((root / RATES).read_bytes())
        rates = {str(key): Rate(float(seconds), float(units)) for key, (seconds, units) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return {key: rate for key, rate in rates.items() if rate.units > 0 and 0 <= rate.seconds < math.inf}


def save_rates(root: Path, rates: Rates) -> None:
    """Remember these rates beside the store at `root`, in place of older ones of the same keys.

    Where that cannot be written nothing is lost but an estimate, so nothing is raised.
    """
    before = load_rates(root)
    after = before | dict(rates)
    if after == before:
        return
    data = canonical_json({key: [rate.seconds, rate.units] for key, rate in after.items()})
    with contextlib.suppress(OSError, MachineError):
        atomic_write(root / RATES, data)

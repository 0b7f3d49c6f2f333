"""Which clips a person should judge: half of them near thresholds, half at random, some of every outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.audit.whatif.borderline import nearest_rows
from share_data.audit.whatif.deciding import OUTCOMES, Decided, Rule
from share_data.audit.whatif.table import Measurements

SEED = 20_260
_NEAR = 0.5
"""Share of the sample that lies near thresholds."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A clip to judge. weight: how many clips of its stratum it stands for."""

    row: int
    stratum: str
    weight: float


def sample(table: Measurements, rules: Sequence[Rule], decided: Decided, count: int) -> list[Chosen]:
    """So many clips, the same ones each time; fewer where there are fewer.

    The strata are outcomes and, of rejected clips, the filter that rejects them, each split in those nearest to a
    threshold and the rest. The near ones are taken one and all, the rest drawn, as many of each outcome.
    """
    strata = _strata(decided)
    judged = np.flatnonzero(~table.texts("stage").where("mine", "measure"))
    near = nearest_rows(table, rules, decided, round(count * _NEAR))
    near = near[np.isin(near, judged)]
    chosen = [Chosen(int(row), f"{strata[row]}, near a threshold", 1.0) for row in near]
    rest = np.setdiff1d(judged, near)
    chosen += _drawn(rest, strata, count - len(chosen))
    return sorted(chosen, key=lambda each: each.row)


def _strata(decided: Decided) -> list[str]:
    names = [f"rejected by {cause[0]}" for cause in decided.causes]
    return [
        names[cause] if cause >= 0 else OUTCOMES[outcome]
        for outcome, cause in zip(decided.outcome.tolist(), decided.cause.tolist(), strict=True)
    ]


def _drawn(rows: NDArray[np.intp], strata: list[str], count: int) -> list[Chosen]:
    """`count` of these rows, as evenly over the strata as their sizes allow."""
    order = np.random.Generator(np.random.PCG64(SEED)).permutation(rows).tolist()
    members: dict[str, list[int]] = {}
    for row in order:
        members.setdefault(strata[row], []).append(row)
    quota = dict.fromkeys(members, 0)
    while sum(quota.values()) < min(count, len(rows)):
        open_ = [name for name in members if quota[name] < len(members[name])]
        quota[min(open_, key=lambda name: (quota[name], name))] += 1
    return [
        Chosen(row, name, len(rows_of) / quota[name])
        for name, rows_of in members.items()
        for row in rows_of[: quota[name]]
    ]

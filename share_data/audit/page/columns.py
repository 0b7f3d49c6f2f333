"""The clips of a page as columns: what its script needs to decide as the build does, packed tightly."""

from base64 import b64encode
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.audit.whatif.deciding import Rule, Standing, objected, standing_of
from share_data.audit.whatif.duplicates import groups_of, links_of, ranked
from share_data.audit.whatif.table import Measurements, Texts
from share_data.camera import Floats
from share_data.filters.duplicates import DUPLICATE, DUPLICATES

_TEXTS = ("source", "reason", "error_class")
_MOST = 5000
"""Clips that correlations are taken over."""
REJECTED, FAILED = 1, 2
"""Of a clip that no threshold reaches: how it ended."""


def clip_columns(table: Measurements, rules: Sequence[Rule]) -> dict[str, Any]:
    """What is known of the clips besides their scores; arrays are little-endian and in base64.

    Returns:
        `count`; `unit` and `file`, a text a clip; `texts`: columns of texts that many share, as codes and values;
        `seconds`; `fixed` (0, `REJECTED` or `FAILED`), `reconstructed`, `lost`, `pending` and `good`, see `Standing`.
    """
    standing = standing_of(table, rules)
    labels = table.texts("labels_json")
    return {
        "count": len(table),
        "unit": _every(table.texts("unit")),
        "file": _every(table.texts("file")),
        "texts": {name: _shared(table.texts(name)) for name in _TEXTS} | {"labels": _shared(labels)},
        "seconds": packed(table.numbers("seconds")),
        "fixed": packed(_fixed(table, standing)),
        "reconstructed": packed(table.flags("reconstructed").astype(np.uint8)),
        "good": packed(standing.good.astype(np.uint8)),
        "lost": packed(standing.lost.astype(np.uint8)),
        "pending": packed(standing.pending.astype(np.uint8)),
    }


def footage(table: Measurements, rules: Sequence[Rule]) -> dict[str, Any]:
    """Which clips show the same footage, as rows.

    Returns:
        `unique`, whether duplicates are rejected; `links`, of each clip the others; `groups` of all that hang together,
        each in the order in which a build prefers them.
    """
    links = links_of(table)
    groups = [ranked(table, group) for group in groups_of(links)]
    return {"unique": any(rule.kind == DUPLICATES for rule in rules), "links": links, "groups": groups}


def gate_rows(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Every gate in the order in which it objects; `column` names its score.

    A filter without gates has one that asks what it decided: column `KIND.objects`, without a field to set. That of
    `duplicates` is in no column: it follows from `footage`.
    """
    found = []
    for rule in rules:
        for gate in rule.gates() or ():
            told = {"score": gate.score, "asked": gate.asked, "threshold": gate.threshold}
            told |= {"reason": gate.reason, "field": gate.field, "column": rule.column(gate.score)}
            found.append({"filter": rule.kind, "before": rule.before} | told)
        if rule.gates() is None:
            reason = DUPLICATE if rule.kind == DUPLICATES else "rejected"
            asked = {"score": "objects", "asked": "<=", "threshold": 0, "reason": reason, "field": ""}
            found.append({"filter": rule.kind, "before": rule.before, "column": f"{rule.kind}.objects"} | asked)
    return found


def score_columns(table: Measurements, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Every score with its unit, what it is about, and its values, NaN where it was not measured."""
    found = []
    for name in table.scores:
        about = table.about(name)
        told = {"name": name, "unit": about.get("unit", ""), "about": about.get("about", "")}
        found.append(told | {"values": packed(table.numbers(name))})
    for rule in rules:
        if rule.gates() is None and rule.kind != DUPLICATES:
            values = packed(objected(table, rule).astype(np.float64))
            found.append({"name": f"{rule.kind}.objects", "unit": "", "about": "what it decided", "values": values})
    return found


def correlations(table: Measurements) -> dict[str, Any]:
    """Spearman's rank correlation of every pair of scores over the clips that have both; null where too few differ.

    Of a large corpus every n-th clip is taken, `_MOST` at most.
    """
    step = -(-len(table) // _MOST) or 1
    columns = {name: table.numbers(name)[::step] for name in table.scores}
    columns = {name: values for name, values in columns.items() if np.ptp(_known(values)) > 0}
    found = {(a, b): _correlation(columns[a], columns[b]) for a, b in combinations(columns, 2)}
    values = [[1.0 if a == b else found.get((a, b), found.get((b, a))) for b in columns] for a in columns]
    return {"names": list(columns), "values": values}


def packed(values: NDArray[Any]) -> str:
    """An array's little-endian bytes in base64."""
    return b64encode(np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()).decode()


def _known(values: Floats) -> Floats:
    known = values[np.isfinite(values)]
    return known if len(known) else np.zeros(1)


def _correlation(a: Floats, b: Floats) -> float | None:
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 5 or np.ptp(a[both]) == 0 or np.ptp(b[both]) == 0:
        return None
    return round(float(np.corrcoef(_ranks(a[both]), _ranks(b[both]))[0, 1]), 4)


def _ranks(values: Floats) -> Floats:
    """Places in rising order, the mean place where several are equal."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[which])


def _fixed(table: Measurements, standing: Standing) -> NDArray[np.uint8]:
    failed = table.texts("status").where("failed")
    return np.where(standing.unmeasured | standing.bad, np.where(failed, FAILED, REJECTED), 0).astype(np.uint8)


def _shared(texts: Texts) -> dict[str, Any]:
    return {"codes": packed(texts.codes), "values": list(texts.values)}


def _every(texts: Texts) -> list[str]:
    return [texts.values[code] for code in texts.codes.tolist()]

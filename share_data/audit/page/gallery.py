"""Which clips a page shows pictures of, and where their pictures lie."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from share_data.audit.whatif.borderline import borderline
from share_data.audit.whatif.deciding import KEPT, Decided, Rule
from share_data.audit.whatif.table import Measurements
from share_data.store.hashing import bytes_sha256

MOST = 60
"""Pictures of each kind, so that a page of any corpus opens at once."""
Pictures = Callable[[Sequence[str]], Mapping[str, tuple[bytes, str]]]
"""Units to their JPEGs and what is drawn into each, of those that have one."""


def gallery(table: Measurements, rules: Sequence[Rule], decided: Decided, pictures: Pictures) -> list[dict[str, Any]]:
    """Clips near a threshold, kept ones, rejected ones by reason in turn, and some at random, with their pictures.

    Random means by the hash of their names: the same for the same corpus.
    """
    units = table.texts("unit")
    names = [units.values[code] for code in units.codes.tolist()]
    place = {name: row for row, name in enumerate(names)}
    shuffled = sorted(range(len(names)), key=lambda row: bytes_sha256(names[row].encode()))
    why: dict[int, list[str]] = {}
    for near in borderline(table, rules, decided, MOST):
        why.setdefault(place[near.unit], []).append("borderline")
    for row in shuffled[:MOST]:
        why.setdefault(row, []).append("random")
    kept = [row for row in shuffled if decided.outcome[row] == KEPT]
    for row in kept[:MOST]:
        why.setdefault(row, []).append("kept")
    for row in _in_turn(decided, [row for row in shuffled if decided.outcome[row] != KEPT])[:MOST]:
        why.setdefault(row, []).append("rejected")
    found = pictures([names[row] for row in sorted(why)])
    return [{"row": row, "why": why[row], **_picture(*found.get(names[row], (b"", "")))} for row in sorted(why)]


def _in_turn(decided: Decided, rows: Sequence[int]) -> list[int]:
    """Rows so that every cause comes up before any comes up twice."""
    seen: dict[int, int] = {}
    ranked: list[tuple[int, int, int]] = []
    for row in rows:
        cause = int(decided.cause[row])
        seen[cause] = seen.get(cause, 0) + 1
        ranked.append((seen[cause], len(ranked), row))
    return [row for _, _, row in sorted(ranked)]


def _picture(jpeg: bytes, drawn: str) -> Mapping[str, str]:
    if not jpeg:
        return {}
    return {"image": f"data:image/jpeg;base64,{b64encode(jpeg).decode()}", "drawn": drawn}

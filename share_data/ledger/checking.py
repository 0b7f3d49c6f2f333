"""Whether a row of a ledger file is the outcome of a unit: the file may be somebody else's."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from share_data.footage import Footage
from share_data.store.outside import parse_json

_NUMBER, _TEXT = (int, float), (str,)
_FOOTAGE: Mapping[str, tuple[type, ...]] = {
    "times": _TEXT,
    "frames_lost": (int,),
    "lost": (list,),
    "display": _TEXT,
    "video_track": _TEXT,
    "transfer": _TEXT,
    "interlaced": (bool,),
    "full_range": (bool,),
    "principal_point": (list, type(None)),
    "done": (list,),
}
_MOST = 2**53
OPTIONAL = ("value", "threshold", "seconds")
_OBJECTION = {"filter": _TEXT, "reason": _TEXT, "score": _TEXT, "asked": _TEXT}


def row_problems(row: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a row whose cells are of the ledger's types: field and cause. Cells may be empty."""
    for name, value in row.items():
        if name in OPTIONAL:
            if value is not None and not math.isfinite(value):
                yield f"{name} is {value}"
        elif value is None:
            yield f"{name} is empty"
        elif isinstance(value, int) and not 0 <= value <= _MOST:
            yield f"{name} is {value}"
        elif name == "scores_json" and value != "{}":
            yield from (f"{name}: {problem}" for problem in _parsed(value, scores_problem))
        elif name == "objections_json" and value != "[]":
            yield from (f"{name}: {problem}" for problem in _parsed(value, objections_problem))
        elif name == "unmeasured_json" and value != "[]":
            yield from (f"{name}: {problem}" for problem in _parsed(value, texts_problem))
        elif name == "footage_json" and value != "{}":
            yield from (f"{name}: {problem}" for problem in _parsed(value, footage_problem))


def scores_problem(scores: Any) -> str:
    """Why a JSON value is not {filter: {score: finite number}}; empty where it is."""
    if not isinstance(scores, dict) or not all(isinstance(each, dict) for each in scores.values()):
        return "is not an object of objects"
    values = [value for each in scores.values() for value in each.values()]
    return "" if all(map(_is_number, values)) else "holds what is not a finite number"


def objections_problem(found: Any) -> str:
    """Why a JSON value is no list of objections, see `Entry.objections`; empty where it is."""
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        return "is not a list of objects"
    for each in found:
        if any(not isinstance(each.get(name), kinds) for name, kinds in _OBJECTION.items()):
            return "names no filter, reason, score and what it asks"
        if not all(each.get(name) is None or _is_number(each[name]) for name in OPTIONAL):
            return "holds what is not a finite number"
    return ""


def texts_problem(found: Any) -> str:
    """Why a JSON value is no list of texts; empty where it is."""
    whole = isinstance(found, list) and all(isinstance(each, str) for each in found)
    return "" if whole else "is not a list of texts"


def footage_problem(footage: Any) -> str:
    """Why a JSON value is not what `Footage.to_json` gives; empty where it is. What is not known here is ignored."""
    if not isinstance(footage, dict):
        return "is not an object"
    for name, kinds in _FOOTAGE.items():
        value = footage.get(name)
        if name in footage and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
            return f"{name} is {type(value).__name__}"
    spans = [span if isinstance(span, list) else [] for span in footage.get("lost", ())]
    if not all(len(span) == 3 and all(map(_is_number, span)) for span in spans):
        return "lost is not a list of begin, end and frames"
    if not all(isinstance(each, str) for each in footage.get("done", ())):
        return "done is not a list of texts"
    Footage.from_json(footage)
    return ""


def _parsed(text: str, problem: Any) -> Iterator[str]:
    try:
        found = problem(parse_json(text))
    except ValueError as error:
        found = f"cannot be read ({error})"
    if found:
        yield found


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBER) and not isinstance(value, bool) and math.isfinite(value)

"""What a line of the journal may be: its fields and their types, checked once, when the file is read.

What the result of a job may be is for who knows the jobs, see `build.results`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

from share_data.corpus.recipe_file import recipe_problems
from share_data.engine.jobs import STEPS
from share_data.errors import CorpusError

_DIGEST = re.compile(r"[0-9a-f]{32}", re.ASCII)
_ENDINGS = re.compile(r"exit \d{1,3}|(?!exit )\w+", re.ASCII)
_MOST = 2**63
Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    return type(value) in (int, float) and isfinite(value)


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MOST


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _matching(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_digest = _matching(_DIGEST)
_JOB: dict[str, Check] = {"t": _number, "step": STEPS.__contains__, "unit": _text, "job": _digest}
_EVENTS: Mapping[str, Mapping[str, Check]] = {
    "begin": {"t": _number, "recipe": lambda value: not any(recipe_problems(value))},
    "end": {"t": _number, "how": _matching(_ENDINGS)},
    "listed": {"t": _number, "videos": _count},
    "frozen": {"t": _number, "clips": _count, "candidates": _count, "shards": _count},
    "video": {
        "t": _number,
        "opened": _count,
        "waiting": _count,
        "left": lambda value: value is None or _number(value),
        "seconds": lambda value: _object(value) and all(map(_number, value.values())),
    },
    "retry": {},
    "sent": _JOB,
    "done": _JOB | {"n": _count, "r": _object, "s": lambda value: _object(value) and all(map(_number, value.values()))},
    "failed": _JOB | {"kind": _text, "class": _text, "message": _text, "attempts": _count, "final": _truth},
    "returned": _JOB,
    "forget": {"job": _digest},
}


def checked(lines: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The same lines of a journal, (offset, event), each once its fields are certain. Raises CorpusError."""
    for offset, event in lines:
        if problem := event_problem(event):
            raise CorpusError(
                f"journal.jsonl: no event of a build at byte {offset}: {problem}. Move this file away and build again: "
                "what is stored is not computed again."
            )
        yield offset, event


def event_problem(event: Any) -> str:
    """Why a JSON value is no event of a build; empty where it is. Kinds that are not known here have no fields."""
    if not isinstance(event, dict) or not isinstance(event.get("e"), str):
        return "it says not of what"
    kind = event["e"]
    wrong = _wrong_field(event, _EVENTS.get(kind, {}))
    if kind == "retry" and not (_text(event.get("step")) or _text(event.get("class"))):
        wrong = "step"
    return f"{kind[:20]!r} with a wrong {wrong!r}" if wrong else ""


def _wrong_field(found: Mapping[str, Any], wanted: Mapping[str, Check]) -> str:
    for name, check in wanted.items():
        if name not in found or not check(found[name]):
            return name
    return ""

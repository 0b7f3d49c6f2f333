"""What changed between two recipes, and which stages that touches: the one table of what depends on what."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from share_data import registry
from share_data.errors import ShareDataError
from share_data.filters.base import measures

Stage = Literal["fetch", "mine", "measure", "humans", "geometry", "reconstruct", "pack"]
STAGES: tuple[Stage, ...] = get_args(Stage)
LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Touch:
    """What a part of the recipe has a hand in. stages: those whose results may differ; effect: in words."""

    stages: tuple[Stage, ...]
    effect: str


def _from(stage: Stage) -> tuple[Stage, ...]:
    return STAGES[STAGES.index(stage) :]


TOUCHES: dict[str, Touch] = {
    "sources": Touch(STAGES, "videos are listed again; those with other data or content are computed"),
    "clips": Touch(_from("mine"), "videos are cut again, and clips of other frames are new clips"),
    "clips.max_lost_fraction": Touch(("pack",), "videos are turned away, or let in and computed if they are new"),
    "clips.reject": Touch(("pack",), "videos are turned away, or let in and computed if they are new"),
    "filters": Touch(("pack",), "decided again from stored scores, nothing is measured"),
    "review": Touch(("pack",), "decided again, nothing is measured; clips that it lets in are computed"),
    "camera": Touch(_from("humans"), "other focals: people are estimated again, and all that follows"),
    "camera.stabilise": Touch(
        _from("mine"), "shots of a camera that sways are cut again, and their clips turned back or not; others stay"
    ),
    "body": Touch(_from("humans"), "people are estimated again, and all that follows"),
    "humans": Touch(_from("humans"), "people are estimated again, and all that follows"),
    "geometry": Touch(
        _from("humans"), "point maps are estimated again, and people too where the focal is the geometry estimator's"
    ),
    "keyframes": Touch(_from("geometry"), "point maps are estimated again, and all that follows"),
    "scene": Touch(_from("reconstruct"), "fused and placed again from stored estimates"),
    "scale": Touch(_from("reconstruct"), "fused and placed again from stored estimates"),
    "placement": Touch(_from("reconstruct"), "fused and placed again from stored estimates"),
    "output": Touch(("pack",), "shards are written again from stored reconstructions"),
    "only_redistributable": Touch(("pack",), "videos are turned away, or let in and computed if they are new"),
    "name": Touch((), "nothing is computed"),
    "tolerance": Touch((), "nothing is computed"),
}
"""By top-level field of the recipe, or the field below one. Of the others, `engine` and `report` change no
result, `opt_out` is not kept, and `schema_version` has one value."""
_NEW_FILTER = Touch(("measure", "pack"), "its scores are measured, then all clips are decided again")
_FOREIGN = Touch((), "not a field that this version knows")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One field of the recipe that has another value. old, new: as text, shortened; see `Touch` for the rest."""

    field: str
    old: str
    new: str
    stages: tuple[Stage, ...]
    effect: str

    def __str__(self) -> str:
        return f"{self.field}: {self.old} -> {self.new}"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The fields that differ between two resolved recipes (JSON values), in the order of `new`.

    Items of a list go by their name or kind where they have one, and by number otherwise.
    """
    return [_change(path, before, after) for path, before, after in _differences(old, new, ())]


def _change(path: tuple[str, ...], old: Any, new: Any) -> Change:
    added = path[0] == "filters" and len(path) == 2 and old is _ABSENT
    touch = _NEW_FILTER if added and _measures(path[1]) else _touch(path)
    return Change(".".join(path), _text(old), _text(new), touch.stages, touch.effect)


def _measures(kind: str) -> bool:
    """Whether a filter looks at clips. One that is not installed here counts as one that does."""
    try:
        return measures(registry.load("filters", kind))
    except ShareDataError:
        return True


def _touch(path: tuple[str, ...]) -> Touch:
    return TOUCHES.get(".".join(path[:2])) or TOUCHES.get(path[0], _FOREIGN)


def _differences(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if old == new:
        return
    before, after = _parts(old), _parts(new)
    if before is None or after is None:
        yield path, old, new
    elif before.get("kind") != after.get("kind"):
        # Another kind brings other fields: they say nothing that the kind does not.
        yield (*path, "kind"), before.get("kind", _ABSENT), after.get("kind", _ABSENT)
    elif before == after:
        yield path, list(before), list(after)
    else:
        for name in (*after, *(name for name in before if name not in after)):
            yield from _differences(before.get(name, _ABSENT), after.get(name, _ABSENT), (*path, name))


def _parts(value: Any) -> dict[str, Any] | None:
    """The named parts of a section or a list; None for a value. Lists of the same items in another order are equal."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list | tuple):
        return None
    labels = [str(item.get("name") or item.get("kind") or "") if isinstance(item, dict) else "" for item in value]
    return dict(zip(labels if all(labels) else map(str, range(len(labels))), value, strict=True))


def _text(value: Any) -> str:
    if value is _ABSENT:
        return "(not there)"
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."

"""Why a clip is kept in one of two corpora alone, or is another record there: the first cause that explains it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from share_data.audit.diff.sides import Side
from share_data.build.plan.changes import changes
from share_data.filters.duplicates import DUPLICATES
from share_data.ledger.judgements import REVIEW

_MAKERS = ("humans", "geometry")
_FOLLOWS = ("camera", "body", "humans", "geometry", "keyframes", "scene", "scale", "placement", "output", "sources")
"""Sections of a recipe that records follow from."""


@dataclass(frozen=True, slots=True)
class Cause:
    """why: source, clips, review, duplicate, threshold, filter, score, failure, or what made the record."""

    why: str
    detail: str


def why_kept_here_alone(unit: str, here: Side, there: Side, came: bool) -> Cause:
    """Why a clip that is kept here is not kept there. came: whether here is the later of the two."""
    mine, other = here.table.row(unit), there.table.row(unit)
    assert mine is not None
    if other is None:
        return _not_there(mine["video"], there)
    if other["stage"] == REVIEW or mine["review"] == "good":
        return Cause("review", _pair(other["review"] or "(not judged)", mine["review"] or "(not judged)", came))
    if other["status"] == "failed":
        return Cause("failure", f"{other['stage']}: {other['error_class']}")
    sections = [{each["kind"]: each for each in side.recipe.get("filters", ())} for side in (here, there)]
    return _of_filter(other, mine, sections[0], sections[1], came)


def _not_there(video: str, there: Side) -> Cause:
    entry = there.videos.get(video)
    if entry is None:
        return Cause("source", "its video is not listed")
    if entry.status != "kept":
        return Cause("source", f"its video is {entry.status}: {entry.reason or entry.error_class}")
    return Cause("clips", "its video is another file, or cut otherwise")


def _of_filter(
    rejected: Mapping[str, Any], kept: Mapping[str, Any], here: Mapping[str, Any], there: Mapping[str, Any], came: bool
) -> Cause:
    """What the filter that rejects it there says, and what it would have said here."""
    kind = rejected["stage"]
    if kind not in there:
        return Cause("clips", f"{kind}: {rejected['reason']}")
    if kind == DUPLICATES and kind in here:
        return Cause("duplicate", f"of {rejected['duplicate_of']}")
    if kind not in here:
        return Cause("filter", f"{kind} {'left out' if came else 'added'}")
    first = rejected["objections"][0] if rejected["objections"] else {"score": "", "value": None}
    moved = changes({"filters": [there[kind]]}, {"filters": [here[kind]]})
    value = f"{first['score']} {first['value']:.6g}" if first["value"] is not None else rejected["reason"]
    if moved:
        fields = ", ".join(f"{each.field}: {_pair(each.old, each.new, came)}" for each in moved)
        return Cause("threshold", f"{fields} ({value})")
    names = [name for name, cell in rejected.items() if name.startswith(f"{kind}.") and cell != kept.get(name)]
    differing = ", ".join(f"{name}: {_pair(rejected[name], kept.get(name), came)}" for name in names)
    return Cause("score", differing or f"{kind} decides otherwise ({value})")


def _pair(there: Any, here: Any, came: bool) -> str:
    """Earlier and later value. came: whether here is the later."""
    old, new = (there, here) if came else (here, there)
    return f"{old} -> {new}"


def why_changed(unit: str, before: Side, after: Side) -> Cause:
    """Why a record that both have is not the same."""
    old, new = before.record(unit), after.record(unit)
    for part in _MAKERS:
        stamps = [_maker(row[f"{part}_json"]) for row in (old, new)]
        if stamps[0] != stamps[1]:
            return Cause("estimator", f"{part}: {stamps[0]} -> {stamps[1]}")
    if old["body_json"] != new["body_json"]:
        return Cause("estimator", "another body model")
    moved = [each for each in changes(before.recipe, after.recipe) if each.field.split(".")[0] in _FOLLOWS]
    if moved:
        return Cause("recipe", ", ".join(map(str, moved)))
    versions = before.manifest.toolkit_version, after.manifest.toolkit_version
    if versions[0] != versions[1]:
        return Cause("code version", f"{versions[0]} -> {versions[1]}")
    return Cause("input", "what its source tells of it, its other videos' camera, or code of the same version")


def _maker(stamp: str) -> str:
    """Kind, version, and the beginnings of its weights' hashes."""
    told = json.loads(stamp)
    weights = told.get("weights", {})
    pairs = weights.items() if isinstance(weights, dict) else ((each["name"], each["value"]) for each in weights)
    hashes = ", ".join(f"{name} {digest[:8]}" for name, digest in pairs)
    return f"{told['kind']} {told['version']}{f' ({hashes})' if hashes else ''}"

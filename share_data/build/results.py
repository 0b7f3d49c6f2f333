"""What a journal may hold as the result of a job: checked once, when a build goes on from an earlier one."""

import re
from collections.abc import Mapping
from typing import Any

from share_data.build.stages.scale_rows import are_rows
from share_data.ledger.checking import footage_problem, scores_problem
from share_data.scan.fingerprint import fingerprint_problem

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FETCHED = {"path": str, "sha256": str, "bytes": int, "mtime_ns": int, "frames": int, "clips": list, "dropped": list}
_PACKED = {"records": int, "bytes": int}


def result_problem(step: str, result: Mapping[str, Any]) -> str:
    """Why this is no result of a job of this step; empty where it is one."""
    if step == "fetch":
        return _fetch_problem(result)
    if step == "measure":
        return scores_problem(result.get("scores")) or fingerprint_problem(result.get("fingerprint"))
    if step == "reconstruct":
        # It becomes the name of a file in the stage store.
        if not are_rows(result.get("scale", [])):
            return "scale"
        return scores_problem({"": result.get("scores", {})}) if _is_sha256(result.get("key")) else "key"
    return _wrong(result, _PACKED)


def _fetch_problem(result: Mapping[str, Any]) -> str:
    if wrong := _wrong(result, _FETCHED):
        return wrong
    if not _is_sha256(result["sha256"]) or "\0" in result["path"]:
        return "path or sha256"
    if not all(_is_span(clip) for clip in result["clips"]):
        return "clips"
    if not all(_is_span(piece[:2]) and isinstance(piece[-1], str) for piece in map(_listed, result["dropped"])):
        return "dropped"
    if not all(isinstance(span, list) and len(span) == 3 and _is_times(span) for span in result.get("spans", [])):
        return "spans"
    return footage_problem(result.get("footage"))


def _wrong(result: Mapping[str, Any], kinds: Mapping[str, type]) -> str:
    return next((name for name, kind in kinds.items() if type(result.get(name)) is not kind), "")


def _is_sha256(value: Any) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _is_times(span: list[Any]) -> bool:
    return all(isinstance(number, int | float) and abs(number) < 1e12 for number in span)


def _listed(piece: Any) -> list[Any]:
    return piece if isinstance(piece, list) and len(piece) == 3 else [None]


def _is_span(clip: Any) -> bool:
    whole = isinstance(clip, list) and len(clip) == 2 and all(type(end) is int for end in clip)
    return whole and bool(0 <= clip[0] < clip[1] < 2**53)

"""Sources, filters, estimators and exports by name, found through entry points: no fork is needed to add one."""

import difflib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from share_data.errors import MissingDependencyError, RecipeError

Group = Literal["sources", "filters", "humans", "geometry", "exports"]


@cache
def _points(group: Group) -> dict[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=f"share_data.{group}"), key=lambda p: p.name)}


def kinds(group: Group) -> list[str]:
    """Names registered in `group`, sorted."""
    return list(_points(group))


def load(group: Group, kind: str) -> Any:
    """The class registered as `kind`.

    Raises RecipeError with the nearest name for an unknown kind, MissingDependencyError when it does not import.
    """
    points = _points(group)
    if kind not in points:
        near = difflib.get_close_matches(kind, points, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise RecipeError(f"{group}: unknown kind {kind!r}{hint} Known: {', '.join(points) or 'none'}.")
    try:
        return points[kind].load()
    except Exception as error:  # Code of others: a broken library answers its import with anything.
        raise MissingDependencyError(
            f"{group} {kind!r} ({points[kind].value}) does not import: {str(error) or type(error).__name__}. "
            "Install what it needs; `share-data doctor` says what is missing."
        ) from error

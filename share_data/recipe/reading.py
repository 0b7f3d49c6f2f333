"""Reading a recipe: YAML, `--set` overrides, and errors that name the field, its value and what is allowed."""

import difflib
import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from share_data.errors import RecipeError
from share_data.recipe.model import DEFAULT_FILTERS, Recipe, recipe_model
from share_data.recipe.yaml_data import MOST_LEVELS, read_yaml
from share_data.text import plain_line, storable

_MOST_BYTES = 64 << 20


def load_recipe(path: Path, overrides: list[str] | None = None) -> Recipe:
    """The recipe in a YAML file, with `overrides` like `camera.hfov_deg=70` applied.

    Raises RecipeError naming the file, each wrong field's path, its value and what is allowed there.
    """
    shown = storable(str(path))
    try:
        with path.open("rb") as handle:
            content = handle.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise RecipeError(f"{shown}: is larger than {_MOST_BYTES >> 20} MB, which no recipe is.")
        data, mistakes = read_yaml(content.decode("utf-8-sig"))
    except OSError as error:
        raise RecipeError(f"{shown}: cannot be read ({error.strerror}). Give the path of a recipe file.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RecipeError(f"{shown}: is not YAML that a recipe can be: {_told(error)}") from error
    _require_none(shown, mistakes)
    if not isinstance(data, dict):
        raise RecipeError(
            f"{shown}: a recipe is a mapping with `schema_version`, `name` and `sources`; found {type(data).__name__}."
        )
    if any(override.startswith("filters.") for override in overrides or []):
        data.setdefault("filters", [{"kind": kind} for kind in DEFAULT_FILTERS])
    for override in overrides or []:
        apply_override(data, override)
    return parse_recipe(data, shown)


def _require_none(origin: str, mistakes: list[str]) -> None:
    """Raises RecipeError naming each."""
    if mistakes:
        raise RecipeError("\n".join([f"{origin}: {len(mistakes)} wrong field(s)", *(f"  {m}." for m in mistakes)]))


def _told(error: Exception) -> str:
    """What is wrong, without the pages that it is in."""
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
    return plain_line(getattr(error, "problem", None) or error, 300) + where


def parse_recipe(data: dict[str, Any], origin: str) -> Recipe:
    """Validate plain data as a recipe. `origin` names it in messages. Raises RecipeError."""
    try:
        return recipe_model().model_validate(as_tuples(data))
    except ValidationError as error:
        raise RecipeError(explained(error, data, origin)) from error


def explained(error: ValidationError, data: dict[str, Any], origin: str, below: tuple[str, ...] = ()) -> str:
    """Which fields are wrong, a line each. data: what was checked; below: where in it, if it was not all of it."""
    lines = [_explain({**item, "loc": (*below, *item["loc"])}, data) for item in _causes(error)]
    return f"{origin}: {len(lines)} wrong field(s)\n" + "\n".join(f"  {line}" for line in lines)


def _causes(error: ValidationError) -> list[Any]:
    """The errors less what only follows from others: a list counts as too short when an item of it is wrong."""
    items = error.errors(include_url=False)
    places = [item["loc"] for item in items]

    def follows(item: Any) -> bool:
        place = item["loc"]
        return item["type"] == "too_short" and any(other[: len(place)] == place != other for other in places)

    return [item for item in items if not follows(item)]


def as_tuples(value: Any) -> Any:
    """Lists as tuples, at any depth: strict fields take no lists."""
    if isinstance(value, dict):
        return {key: as_tuples(item) for key, item in value.items()}
    return tuple(as_tuples(item) for item in value) if isinstance(value, list) else value


def apply_override(data: dict[str, Any], override: str) -> None:
    """Apply `path.to.field=value` in place; list items go by number, `name` or `kind`. Raises RecipeError."""
    path, separator, text = override.partition("=")
    override = plain_line(override, 120)
    if not separator or not path or not path.isprintable() or path.count(".") >= MOST_LEVELS:
        raise RecipeError(f"--set {override}: expected path.to.field=value, e.g. --set camera.hfov_deg=70")
    try:
        value, mistakes = read_yaml(text, plain_line(path, 80))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RecipeError(f"--set {override}: the value is not YAML that a recipe can be: {_told(error)}") from error
    _require_none(f"--set {override}", mistakes)
    target: Any = data
    *parents, last = path.split(".")
    for token in parents:
        target = _step(target, token, override)
    if isinstance(target, list):
        target[_position(target, last, override)] = value
    elif isinstance(target, dict):
        target[last] = value
    else:
        raise RecipeError(f"--set {override}: {'.'.join(parents)} is a value, not a section.")


def _step(target: Any, token: str, override: str) -> Any:
    if isinstance(target, list):
        return target[_position(target, token, override)]
    if not isinstance(target, dict):
        raise RecipeError(f"--set {override}: there is nothing below {token!r}.")
    return target.setdefault(token, {})


def _position(items: list[Any], token: str, override: str) -> int:
    if token.isdecimal() and int(token) < len(items):
        return int(token)
    for position, item in enumerate(items):
        if isinstance(item, dict) and token in (item.get("name"), item.get("kind")):
            return position
    known = [str(item.get("name") or item.get("kind")) for item in items if isinstance(item, dict)]
    near = difflib.get_close_matches(token, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise RecipeError(f"--set {override}: no item {token!r} in this list; {hint}it has: {', '.join(known) or 'none'}.")


def _explain(item: Any, data: dict[str, Any]) -> str:
    path, value = _place(data, item["loc"])
    if item["type"] in ("missing", "unknown_field"):
        return f"{path}: {item['msg']}."
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return f"{path} = {shown if len(shown) <= 80 else shown[:77] + '...'}: {item['msg']}."


def _place(data: Any, location: tuple[str | int, ...]) -> tuple[str, Any]:
    """Dotted path and value an error is about; pydantic's union tags, which are no keys, are left out."""
    path = []
    for part in location:
        if isinstance(data, dict) and part not in data and data.get("kind") == part:
            continue
        path.append(str(part))
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    return ".".join(path) or "recipe", data

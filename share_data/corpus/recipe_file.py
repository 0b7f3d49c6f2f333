"""A corpus' recipe.json as plain JSON, its outline checked: who reads it needs none of the plugins a build needed."""

from collections.abc import Iterator, Mapping
from typing import Any

from share_data.corpus.layout import RECIPE
from share_data.corpus.storage import Storage
from share_data.errors import CorpusError
from share_data.store.outside import parse_json

_SECTIONS = ("humans", "geometry", "body", "placement", "output")


def recipe_of(storage: Storage) -> dict[str, Any]:
    """The resolved recipe of a corpus.

    Args:
        storage: the corpus' files.

    Returns:
        Plain data, see `recipe_problems` for what is certain about it.

    Raises:
        CorpusError: it cannot be read, or is none; the message names the field.
    """
    try:
        recipe = parse_json(storage.read(RECIPE))
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise CorpusError(f"{storage.place}/{RECIPE}: cannot be read ({cause}). Build the corpus again.") from error
    for problem in recipe_problems(recipe):
        raise CorpusError(f"{storage.place}/{RECIPE}: not a resolved recipe: {problem}. Build the corpus again.")
    return dict(recipe)


def recipe_problems(recipe: Any) -> Iterator[str]:
    """What keeps a value from being read as a resolved recipe; fields may be missing, and unknown ones are ignored.

    Args:
        recipe: plain JSON.

    Yields:
        The field, and what is wrong with it.
    """
    yield from _outline_problems(recipe)
    merged = recipe.get("merged", []) if isinstance(recipe, Mapping) else []
    if not isinstance(merged, list | tuple):
        yield "merged is not a list"
        return
    for number, each in enumerate(merged):
        yield from (f"merged.{number}: {problem}" for problem in _outline_problems(each))


def recipes_in(recipe: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The recipes by which the records of a corpus were built: its own, or of a merged corpus those of its parts.

    Args:
        recipe: without `recipe_problems`.
    """
    return list(recipe.get("merged") or [recipe])


def _outline_problems(recipe: Any) -> Iterator[str]:
    if not isinstance(recipe, Mapping):
        yield f"a recipe is a mapping, not {type(recipe).__name__}"
        return
    for name in _SECTIONS:
        section = recipe.get(name, {})
        if not isinstance(section, Mapping):
            yield f"{name} is not a section"
        elif not isinstance(section.get("kind", ""), str):
            yield f"{name}.kind is not text"
    filters = recipe.get("filters", [])
    if not isinstance(filters, list | tuple) or not all(_has_kind(section) for section in filters):
        yield "filters is not a list of sections with a kind"
    sources = recipe.get("sources", [])
    if not isinstance(sources, list | tuple):
        yield "sources is not a list"
        return
    for number, source in enumerate(sources):
        yield from (f"sources.{number}{problem}" for problem in _source_problems(source))


def _has_kind(section: Any) -> bool:
    return isinstance(section, Mapping) and isinstance(section.get("kind"), str)


def _source_problems(source: Any) -> Iterator[str]:
    if not isinstance(source, Mapping):
        yield " is not a section"
        return
    if not isinstance(source.get("kind"), str):
        yield ".kind is not text"
    if not isinstance(source.get("name"), str | None):
        yield ".name is not text"
    scale = source.get("time_scale", 1)
    if isinstance(scale, bool) or not isinstance(scale, int | float):
        yield ".time_scale is not a number"

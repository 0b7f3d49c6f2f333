"""The books of several corpora as one: ledger and measurements in order, sources of one name added up, recipes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from typing import Any

from share_data.corpus.recipe_file import recipes_in
from share_data.ledger.ledger import Entry
from share_data.publish.entries import Described, above_clips, clips_of, described_of
from share_data.publish.merging.side import Side
from share_data.store.hashing import canonical_json

_OWN = ("sources", "name", "merged")
_LONGEST = 60


def entries_of(sides: Sequence[Side]) -> Iterator[Entry]:
    """All units in ledger order; units of two sides do not clash, see `fitting.require_fit`.

    Args:
        sides: the corpora.
    """
    above = [entry for side in sides for entry in above_clips(side.tables)]
    sources: dict[str, Entry] = {}
    for entry in (entry for entry in above if entry.level == "source"):
        known = sources.get(entry.unit)
        sources[entry.unit] = entry if known is None else replace(known, children=known.children + entry.children)
    yield from (sources[name] for name in sorted(sources))
    yield from sorted((entry for entry in above if entry.level == "video"), key=lambda entry: entry.unit)
    yield from merge(*(clips_of(side.tables) for side in sides), key=lambda entry: entry.unit)


def described_by(sides: Sequence[Side]) -> Described:
    """What their tables say of columns of scores; where two say something else, what the first does."""
    found: Described = {}
    for side in reversed(sides):
        found |= described_of(side.tables)
    return found


def recipe_of_all(sides: Sequence[Side]) -> dict[str, Any]:
    """The recipe of the whole: what all recipes say, all their sources, and under `merged` each recipe as it was.

    The same whatever their order. What they say differently is missing at the top, and is to be read in each record.

    Args:
        sides: the corpora; a merged one gives what it was merged from.
    """
    each = {canonical_json(recipe): recipe for side in sides for recipe in recipes_in(side.recipe)}
    recipes: list[Mapping[str, Any]] = [each[text] for text in sorted(each)]
    common = {
        name: value
        for name, value in recipes[0].items()
        if name not in _OWN and all(name in other and other[name] == value for other in recipes)
    }
    names = dict.fromkeys(str(recipe.get("name") or "corpus") for recipe in recipes)
    sources = {canonical_json(source): source for recipe in recipes for source in recipe.get("sources", ())}
    review = {unit: word for recipe in recipes for unit, word in recipe.get("review", {}).items()}
    return (
        common
        | ({"review": review} if review else {})
        | {
            "name": "_".join(names)[:_LONGEST],
            "sources": [sources[text] for text in sorted(sources)],
            "merged": [dict(recipe) for recipe in recipes],
        }
    )

"""Finding what a person means by a part of a name."""

from collections.abc import Iterable, Sequence

SHOWN = 10


def matching(part: str, names: Iterable[str]) -> set[str]:
    """The names that have `part` in them, in letters of either case; only the one that it is, where there is such."""
    each, wanted = set(names), part.casefold()
    whole = each & {part} or {name for name in each if name.casefold() == wanted}
    return whole or {name for name in each if wanted in name.casefold()}


def told(part: str, what: str, found: Sequence[str], known: str) -> str:
    """Why `part` names no one thing. found: how to name those it might be; known: how to name one where it is none."""
    if not found:
        return f"no {what} has {part!r} in its video's id. Give {known}; `share-data list` shows what there is."
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{len(found)} {what}s have {part!r} in their video's id: {', '.join(found[:SHOWN])}{more}. Give {known}."

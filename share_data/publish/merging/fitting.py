"""What keeps corpora from being one, and what one has to know of those that are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from share_data.corpus.layout import RECORD_FOLDER
from share_data.errors import CorpusError
from share_data.ledger.ledger import Entry
from share_data.publish.entries import above_clips
from share_data.publish.merging.side import Side
from share_data.store.hashing import canonical_json
from share_data.text import plain_line

_TOLD = 10


def require_fit(sides: Sequence[Side]) -> None:
    """Make sure that the corpora can be one.

    Raises:
        CorpusError: a record, a video or a failed source is in two of them, or they have different body models,
            filters or opt-out lists; the message says what to do.
    """
    first = sides[0]
    for side in sides[1:]:
        both = f"{first.place} and {side.place}"
        if side.manifest.body != first.manifest.body:
            raise CorpusError(
                f"{both} have different body models, {_body(first)} and {_body(side)}: parameters of one mean another "
                "body in the other. Build one of them again with the body of the other (`body`)."
            )
        if _filters(side) != _filters(first):
            raise CorpusError(
                f"{both} were decided by different filters: {_difference(first, side)}. Build one of them again with "
                "the filters of the other; what is stored is not computed again."
            )
        if side.manifest.opt_out_sha256 != first.manifest.opt_out_sha256:
            raise CorpusError(
                f"{both} were not built without the same opt-out list: whoever is left out of one could be in the "
                "other. Build both with the same list (--rebuild-without)."
            )
    _require_apart(sides)


def _body(side: Side) -> str:
    body = side.manifest.body
    return f"{plain_line(body.get('name'))} {plain_line(body.get('gender'))} ({body.get('sha256', '')[:8]})"


def _filters(side: Side) -> bytes:
    return canonical_json(list(side.recipe.get("filters", ())))


def _difference(first: Side, second: Side) -> str:
    """The first field in which their filters differ."""
    one, other = ({each["kind"]: each for each in side.recipe.get("filters", ())} for side in (first, second))
    for kind in (*one, *other):
        if kind not in one or kind not in other:
            return f"only one has {plain_line(kind)}"
        for name in (*one[kind], *other[kind]):
            values = one[kind].get(name), other[kind].get(name)
            if values[0] != values[1]:
                return plain_line(f"{kind}.{name} is {values[0]!r} and {values[1]!r}")
    return "their order"


def _require_apart(sides: Sequence[Side]) -> None:
    """No record and no video may have two outcomes."""
    keys = _twice(chain.from_iterable(side.index["key"].to_pylist() for side in sides))
    above = [entry for side in sides for entry in above_clips(side.tables)]
    videos = _twice(entry.unit for entry in above if entry.level == "video")
    if keys or videos:
        what, found = ("record", keys) if keys else ("video", videos)
        more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        raise CorpusError(
            f"{len(found)} {what}(s) are in more than one of these corpora: {', '.join(found[:_TOLD])}{more}. "
            "Each has one outcome: build one of them without these videos, or give its source another name "
            "(`sources.N.name`)."
        )
    _require_listed(above)


def _twice(names: Iterator[str]) -> list[str]:
    return sorted(plain_line(name) for name, count in Counter(names).items() if count > 1)


def _require_listed(above: Sequence[Entry]) -> None:
    """Sources of one name must all have been listed: what one could not list may be what another did."""
    sources = [entry for entry in above if entry.level == "source"]
    shared = {name for name, count in Counter(entry.unit for entry in sources).items() if count > 1}
    for entry in sources:
        if entry.unit in shared and entry.status != "kept":
            raise CorpusError(
                f"source {plain_line(entry.unit)} is in more than one of these corpora, and is {entry.status} in one "
                "of them. Build that one again, or give the source another name (`sources.N.name`)."
            )


def mixed(sides: Sequence[Side]) -> list[str]:
    """What is not the same in all records, a sentence each; all of it is in the records, too."""
    found = []
    for part in ("humans", "geometry"):
        made: Counter[str] = Counter()
        for side in sides:
            made.update(side.manifest.estimators.get(part, {}))
        if len(made) > 1:
            found.append(f"mixed {part}: {', '.join(f'{name} ({count})' for name, count in sorted(made.items()))}")
    found += _differing("precision of points", [_values(side, "precision") for side in sides])
    found += _differing("Parquet copies", [has_parquet(side) for side in sides], "written for all records")
    found += _differing("toolkit", [side.manifest.toolkit_version for side in sides])
    found += _differing("features", [sorted(side.manifest.features) for side in sides], "what all have is claimed")
    contents = [set(side.index["video_sha256"].to_pylist()) for side in sides]
    same = sum(count > 1 for count in Counter(chain.from_iterable(contents)).values())
    if same:
        found.append(f"{same} video file(s) are in more than one, under different names; splits keep them together")
    return [plain_line(each) for each in found]


def _values(side: Side, column: str) -> list[str]:
    return sorted(set(side.index[column].to_pylist()))


def _differing(what: str, values: Sequence[Any], then: str = "") -> list[str]:
    if all(value == values[0] for value in values):
        return []
    return [f"{what}: {', '.join(map(str, values))}" + (f"; {then}" if then else "")]


def has_parquet(side: Side) -> bool:
    """Whether a corpus has its records as Parquet, too."""
    return any(entry.path.startswith(f"{RECORD_FOLDER}/") for entry in side.manifest.files)

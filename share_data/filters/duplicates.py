"""Is it there once more? Of clips that show the same footage the one that scores best stays.

Not a question about one clip: whoever has all of a corpus' clips at hand asks `stand_ins`, a build once they are
reconstructed, so that a clip whose better twin fails is not lost with it. What shows the same footage is told by
`scan.same_footage`, and is named in a corpus' measurements whether this filter is used or not.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Literal, TypeVar

from share_data.filters.base import FilterConfig
from share_data.filters.verdict import Verdict
from share_data.records import Measurement

DUPLICATES, DUPLICATE = "duplicates", "duplicate"
T = TypeVar("T")


class DuplicatesConfig(FilterConfig):
    """It has no thresholds."""

    kind: Literal["duplicates"] = "duplicates"


class Duplicates:
    """Rejects `duplicate`: footage of which a better clip is kept."""

    kind: ClassVar[str] = DUPLICATES
    version: ClassVar[int] = 1
    Config: ClassVar[Any] = DuplicatesConfig

    def decide(self, measurement: Measurement, config: DuplicatesConfig) -> Verdict:
        """A clip by itself is no duplicate."""
        return Verdict(self.kind, True)


def rank(said: str, confidence: float | None, seconds: float | None, key: str) -> tuple[bool, float, float, str]:
    """What clips of one footage are put in order by, the best first: a person's word, the record's confidence, length.

    said: "good", "bad" or nothing; confidence, seconds: None where they are not known; key: of the clip.
    """
    return said != "good", -(confidence or 0.0), -(seconds or 0.0), key


def stand_ins(ranked: Iterable[T], links: Mapping[T, Collection[T]], spared: Collection[T] = ()) -> dict[T, T]:
    """Clips that are not needed, and the best one of the same footage that stays in place of each.

    >>> stand_ins(["best", "copy", "other"], {"best": ["copy"], "copy": ["best"], "other": []})
    {'copy': 'best'}

    Args:
        ranked: the clips that would be kept, the best first.
        links: of each, those of the same footage. What overlaps a clip that goes need not go with it.
        spared: clips that stay whatever they show.
    """
    kept: dict[T, None] = {}
    found = {}
    for each in ranked:
        mine = set(links[each])
        better = None if each in spared else next((other for other in kept if other in mine), None)
        if better is None:
            kept[each] = None
        else:
            found[each] = better
    return found

"""What earlier builds of an output did to each unit, and under which recipe: why a result cannot be used again."""

from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from share_data.build.plan.changes import Change, Stage, changes
from share_data.engine.events import checked
from share_data.engine.jobs import Step
from share_data.engine.journal import JournalReader

_NEVER = {"fetch": "not fetched yet", "pack": "not written yet"}
_GONE = {"fetch": "its file has changed or gone", "pack": "its files have gone"}
_OTHER = {"pack": "other clips in it"}


@dataclass(frozen=True, slots=True)
class Done:
    """A job as it was last done. digest: of the job; result: the journal's; recipe: of that build, resolved."""

    digest: str
    result: Mapping[str, Any]
    recipe: Mapping[str, Any]


class EarlierBuilds:
    """The journal of earlier builds, unit by unit. recipe: the resolved recipe of now, which it is compared with."""

    def __init__(self, journal: JournalReader, recipe: Mapping[str, Any]) -> None:
        self._journal = journal
        self._recipe = recipe
        self._begins = array("q")
        self._last: dict[int, int] = {}
        self.unfinished = False
        """Whether the last build has not ended: it is running, or was killed."""
        for offset, event in checked(journal.lines()):
            if event["e"] == "begin":
                self._begins.append(offset)
                self.unfinished = True
            elif event["e"] == "end":
                self.unfinished = False
            elif event["e"] == "done":
                # A hash for the unit's name: millions of names would fill the memory.
                self._last[hash((event["step"], event["unit"]))] = offset
        self._since = lru_cache(maxsize=64)(self._changes_since)

    def changes(self) -> list[Change]:
        """What changed since the last build here; empty where there was none."""
        return self._since(len(self._begins) - 1) if self._begins else []

    def last(self, step: Step, unit: str) -> Done | None:
        """How this step of a unit was last done, or None."""
        offset = self._last.get(hash((step, unit)))
        if offset is None:
            return None
        event = self._journal.read(offset)
        return Done(event["job"], event["r"], self._recipe_of(self._build(offset)))

    def why(self, stage: Stage, step: Step, unit: str, digest: str) -> str:
        """Why `stage`, a part of the job `digest`, has to be computed now."""
        offset = self._last.get(hash((step, unit)))
        if offset is None:
            return _NEVER.get(stage, "not computed yet")
        if self._journal.read(offset)["job"] == digest:
            return _GONE.get(step, "result has gone from the store")
        touching = [str(change) for change in self._since(self._build(offset)) if stage in change.stages]
        other = _OTHER.get(stage, "other code, weights or input than before, or gone from the store")
        return ", ".join(touching) or other

    def _build(self, offset: int) -> int:
        """Number of the build that wrote the line at `offset`."""
        return bisect_right(self._begins, offset) - 1

    def _recipe_of(self, build: int) -> Mapping[str, Any]:
        recipe: Mapping[str, Any] = self._journal.read(self._begins[build])["recipe"] if build >= 0 else {}
        return recipe

    def _changes_since(self, build: int) -> list[Change]:
        return changes(self._recipe_of(build), self._recipe) if build >= 0 else []

"""Which of the clips that show the same footage stays: settled for each group once all of it has ended.

Clips are reconstructed as they come, and duplicates are known only when all are measured. One that is let through
before its group has ended is held back, so that what stays depends on no order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from share_data.build.catalogue import CANDIDATE, KEPT, UNFIT
from share_data.build.duplicates.footage import FootageIndex, Links
from share_data.build.job_factory import JobFactory
from share_data.build.lengths.states import ClipStates
from share_data.filters.duplicates import rank, stand_ins


@dataclass(slots=True)
class _Group:
    """Candidates that show the same footage, or whose footage some other of them shares.

    open: those that have not ended; passed: those that nothing else objects to; held: those of them that wait.
    """

    open: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)


class Copies:
    """The duplicates of a build.

    unique: whether the recipe rejects them; states: of all clips, which are set here once a clip is settled.
    `links`: known from `find` on; `better`: of each clip that is not needed, the one that stays.
    """

    def __init__(self, unique: bool, jobs: JobFactory, states: ClipStates) -> None:
        self._unique = unique
        self._jobs = jobs
        self._states = states
        self._groups: dict[int, _Group] = {}
        self.footage = FootageIndex(jobs)
        self.links: Links = {}
        self.better: dict[int, int] = {}

    def find(self) -> None:
        """All clips are measured."""
        self.links = self.footage.links()
        if not self._unique:
            return
        for group in _components(self.links):
            made = _Group({clip for clip in group if self._states[clip] == CANDIDATE})
            made.passed = {clip for clip in group if self._states[clip] == KEPT}
            self._groups |= dict.fromkeys(group, made)
            if made.open:
                made.held = set(made.passed)
                self._set(made.held, CANDIDATE)
            else:
                self._settle(made)

    def ended(self, clip: int) -> list[int]:
        """A candidate has ended, kept or not; returns the clips that are settled by that."""
        group = self._groups.get(clip)
        if group is None:
            return [clip]
        group.open.discard(clip)
        passes = self._states[clip] == KEPT
        (group.passed.add if passes else group.passed.discard)(clip)
        if group.open and passes:
            group.held.add(clip)
            self._states[clip] = CANDIDATE
        if group.open:
            return [] if passes else [clip]
        settled = sorted({clip, *group.held})
        group.held.clear()
        self._settle(group)
        return settled

    def name(self) -> None:
        """All work is done: where duplicates are not rejected, say which clip would stand for which."""
        if not self._unique:
            for group in _components(self.links):
                self._settle(_Group(passed={clip for clip in group if self._states[clip] == KEPT}))

    def names(self) -> dict[str, str]:
        """Keys of the clips that are there more than once, to one name for each footage: its least key."""
        named = ({self._jobs.key(clip) for clip in group} for group in _components(self.links))
        return {key: min(keys) for keys in named for key in keys}

    def reopened(self, clip: int) -> None:
        """The result of a kept clip has gone: it has to be computed again."""
        if clip in self._groups:
            self._groups[clip].open.add(clip)

    def _settle(self, group: _Group) -> None:
        ranked = sorted(group.passed, key=self._rank)
        spared = {clip for clip in ranked if self._jobs.said(clip) == "good"}
        found = stand_ins(ranked, self.links, spared)
        for clip in ranked:
            self.better.pop(clip, None)
        self.better |= found
        if self._unique:
            self._set(group.passed, KEPT)
            self._set(found, UNFIT)

    def _set(self, clips: Iterable[int], state: int) -> None:
        for clip in clips:
            self._states[clip] = state

    def _rank(self, clip: int) -> tuple[bool, float, float, str]:
        scores = self._jobs.result(self._jobs.reconstruct(clip)).get("scores", {})
        return rank(self._jobs.said(clip), scores.get("confidence"), self._jobs.seconds(clip), self._jobs.key(clip))


def _components(links: Links) -> list[set[int]]:
    """The connected groups."""
    seen: set[int] = set()
    found = []
    for start in links:
        if start in seen:
            continue
        group, waiting = {start}, [start]
        while waiting:
            new = set(links[waiting.pop()]) - group
            group |= new
            waiting += new
        seen |= group
        found.append(group)
    return found

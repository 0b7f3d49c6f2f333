"""Which shards can be packed: a shard's turn comes when all its candidates have ended, kept or not."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from share_data.build.catalogue import CANDIDATE, FAILED, KEPT, UNFIT
from share_data.build.job_factory import JobFactory
from share_data.build.lengths.states import ClipStates
from share_data.build.packer import sidecar_path, staging_folder
from share_data.corpus.write.sharding import Sharding
from share_data.corpus.write.sidecar import read_head
from share_data.corpus.write.target import Target
from share_data.engine.history import History
from share_data.errors import CorpusError


def let_through(keys: Sequence[str], states: ClipStates, unmeasured: Callable[[int], bool]) -> dict[str, int]:
    """The candidates by key: clips that filters let through, whatever became of them afterwards.

    unmeasured: whether a clip that failed did so when it was measured.
    """
    known = (CANDIDATE, KEPT, UNFIT)
    return {
        keys[clip]: clip
        for clip, state in enumerate(states)
        if state in known or (state == FAILED and not unmeasured(clip))
    }


class ShardQueue:
    """The shards of the frozen candidates, and those of them that wait to be packed.

    states: of all clips, as the scheduler changes them; expect: told of every shard, and whether it lies
    there already. `digests`: of the packing jobs, by shard.
    """

    def __init__(
        self,
        candidates: Mapping[str, int],
        size: int,
        states: ClipStates,
        jobs: JobFactory,
        history: History,
        target: Target,
        expect: Callable[[bool], None],
    ) -> None:
        self._states = states
        self._jobs = jobs
        self._history = history
        self._target = target
        self._expect = expect
        self._sharding = Sharding(candidates, size, lambda clip: states[clip] == CANDIDATE)
        self._waiting: deque[int] = deque()
        self.digests: dict[int, str] = {}

    def __len__(self) -> int:
        """How many shards wait."""
        return len(self._waiting)

    @property
    def counts(self) -> dict[str, int]:
        """How many candidates there are, and how many shards, empty ones included."""
        return {"candidates": self._sharding.candidates, "shards": len(self._sharding)}

    def place(self, clip: int) -> int:
        """A candidate's position in the corpus, were none to fail."""
        return self._sharding.place(clip)

    def next(self) -> int:
        """The next shard to pack."""
        return self._waiting.popleft()

    def add_complete(self) -> None:
        """Take the shards whose candidates had all ended before there were shards."""
        for shard in self._sharding.complete():
            self._ready(shard)

    def ended(self, clips: Iterable[int]) -> None:
        """These candidates have ended."""
        for clip in clips:
            complete = self._sharding.ended(clip)
            if complete is not None:
                self._ready(complete)

    def reopened(self, clip: int) -> None:
        """A candidate that had ended has to be computed again."""
        self._sharding.reopened(clip)

    def members(self, shard: int) -> list[int]:
        """The kept clips of a shard, in order."""
        return [clip for clip in self._sharding.candidates_of(shard) if self._states[clip] == KEPT]

    def _ready(self, shard: int) -> None:
        """All candidates of a shard have ended: pack it, unless just that shard lies there."""
        members = self.members(shard)
        self.digests.pop(shard, None)
        if not members:
            return
        digest = self._jobs.pack(shard, members)
        self.digests[shard] = digest
        stored = self._history.known(digest) and self._is_there(digest)
        self._expect(stored)
        if not stored:
            self._waiting.append(shard)

    def _is_there(self, digest: str) -> bool:
        try:
            files = read_head(sidecar_path(self._target.workspace, digest)).files
        except (OSError, CorpusError):
            return False  # It is packed again.
        folder = staging_folder(self._target.workspace, digest)
        return all(self._target.holds(folder / entry.path, entry) for entry in files)

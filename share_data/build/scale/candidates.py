"""The candidates of a build: which job of their reconstruction comes next, and what became of them."""

from array import array
from collections import deque
from collections.abc import Callable

from share_data.build.catalogue import FAILED, KEPT
from share_data.build.job_factory import JobFactory
from share_data.build.scale.pools import ScalePools
from share_data.engine.history import History
from share_data.engine.jobs import Job
from share_data.engine.watch import Expected


class Candidates:
    """The queue of reconstructions. A clip that may share its scale is in it twice, see `ScalePools`.

    states: of all clips, KEPT or FAILED from here on; ended: told of every candidate that has ended.
    """

    def __init__(
        self,
        jobs: JobFactory,
        history: History,
        scales: ScalePools,
        states: "array[int]",
        expected: Expected,
        ended: Callable[[int], None],
    ) -> None:
        self._jobs = jobs
        self._history = history
        self._scales = scales
        self._states = states
        self._expected = expected
        self._ended = ended
        self._queue: deque[int] = deque()
        scales.ready = self._share

    def __len__(self) -> int:
        """How many jobs could be started now."""
        return len(self._queue)

    def add(self, clip: int) -> None:
        """A clip that the filters let through."""
        if not self._scales.waits(clip):
            self._assemble(clip)
            return
        digest = self._jobs.evidence(clip)
        if self._is_stored(digest, clip):
            self._told(clip, self._history.has_failed(digest))

    def again(self, clip: int) -> None:
        """The result of a kept clip has gone from the store."""
        self._expected.add("reconstruct")
        self._queue.append(clip)

    def next(self) -> int | None:
        """The next clip."""
        return self._queue.popleft() if self._queue else None

    def job(self, clip: int) -> Job:
        """Its job: evidence where others wait for that, else all the rest."""
        return self._jobs.reconstruct_job(clip, self._scales.waits(clip), self._scales.pooled(clip))

    def sort(self, place: Callable[[int], int]) -> None:
        """What is to be packed first is to be reconstructed first."""
        self._queue = deque(sorted(self._queue, key=place))

    def recorded(self, job: Job, clip: int, failed: bool) -> None:
        """A job's end is in the journal."""
        if "evidence" in job.payload:
            self._told(clip, failed)
        else:
            self._reconstructed(clip, failed)

    def _told(self, clip: int, failed: bool) -> None:
        if failed:
            self._reconstructed(clip, failed)
        self._scales.ended(clip, told=not failed)

    def _share(self, clip: int) -> None:
        """All that a clip's pool has to say of the scale is known."""
        self._jobs.share(clip, self._scales.pool_of(clip))
        self._assemble(clip)

    def _assemble(self, clip: int) -> None:
        digest = self._jobs.reconstruct(clip)
        if self._is_stored(digest, clip):
            self._reconstructed(clip, self._history.has_failed(digest))

    def _is_stored(self, digest: str, clip: int) -> bool:
        """Whether the journal holds how a job ended; else it is queued."""
        known = self._history.known(digest)
        self._expected.add("reconstruct", known)
        if not known:
            self._queue.append(clip)
        return known

    def _reconstructed(self, clip: int, failed: bool) -> None:
        self._states[clip] = FAILED if failed else KEPT
        self._ended(clip)

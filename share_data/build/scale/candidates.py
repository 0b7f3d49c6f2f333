"""The candidates of a build: which job of their reconstruction comes next."""

from collections import deque
from collections.abc import Callable

from share_data.build.job_factory import JobFactory
from share_data.build.scale.pools import ScalePools
from share_data.engine.history import History, Outcome
from share_data.engine.jobs import Job
from share_data.engine.watch import Expected

Decide = Callable[[int, Outcome], str]
"""Takes a clip and how a job of it ended; returns why the clip is rejected, or an empty string."""


class Candidates:
    """The queue of reconstructions. A clip that may share its scale is in it twice, see `ScalePools`.

    made: takes every candidate whose reconstruction has ended. `asked`: how many are in it twice.
    """

    def __init__(
        self, jobs: JobFactory, history: History, scales: ScalePools, expected: Expected, made: Decide
    ) -> None:
        self._jobs = jobs
        self._history = history
        self._scales = scales
        self._expected = expected
        self._made = made
        self._queue: deque[int] = deque()
        self.asked = 0
        scales.ready = self._share

    def __len__(self) -> int:
        """How many jobs could be started now."""
        return len(self._queue)

    def add(self, clip: int) -> str:
        """A clip that the filters let through; returns why its reconstruction, known already, is rejected, or ""."""
        if not self._scales.waits(clip):
            return self._assemble(clip)
        self.asked += 1
        return self._take(clip, self._jobs.evidenced(clip), self._told)

    def again(self, clip: int) -> None:
        """The result of a kept clip has gone from the store."""
        self._take(clip, None, self._made)

    def next(self) -> int | None:
        """The next clip."""
        return self._queue.popleft() if self._queue else None

    def job(self, clip: int) -> Job:
        """Its job: evidence where others wait for that, else all the rest."""
        waits = self._scales.waits(clip)
        return self._jobs.reconstruct_job(clip, waits, None if waits else self._scales.pooled(clip))

    def sort(self, place: Callable[[int], int]) -> None:
        """What is to be packed first is to be reconstructed first."""
        self._queue = deque(sorted(self._queue, key=place))

    def recorded(self, job: Job) -> Decide:
        """What takes the end of a job."""
        return self._told if "evidence" in job.payload else self._made

    def _told(self, clip: int, outcome: Outcome) -> str:
        """A clip has said what it can of the scale, or has failed."""
        if outcome.failure is not None:
            self._made(clip, outcome)
        self._scales.ended(clip, told=outcome.failure is None)
        return ""

    def _share(self, clip: int) -> None:
        """All that a clip's pool has to say of the scale is known."""
        self._jobs.share(clip, self._scales.pool_of(clip))
        self._assemble(clip)

    def _assemble(self, clip: int) -> str:
        return self._take(clip, self._jobs.reconstructed(clip), self._made)

    def _take(self, clip: int, outcome: Outcome | None, decide: Decide) -> str:
        """Go on from how the clip's next job ended, if the journal holds that; else queue it."""
        self._expected.add("reconstruct", stored=outcome is not None)
        if outcome is not None:
            return decide(clip, outcome)
        self._queue.append(clip)
        return ""

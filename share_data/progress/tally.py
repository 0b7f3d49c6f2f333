"""What a build has told so far: counts and rates of its steps, what its workers do, its last errors."""

import threading
from collections import deque
from dataclasses import dataclass

from share_data.progress.rate import Rate
from share_data.progress.video_time import VideoTime

LAST_ERRORS = 3


@dataclass(slots=True)
class StepTally:
    """Units of one step. stored: needed no work; kept, rejected, failed: ended in this run; running: now."""

    rate: Rate
    total: int = 0
    stored: int = 0
    kept: int = 0
    rejected: int = 0
    failed: int = 0
    running: int = 0

    @property
    def done(self) -> int:
        """Units that have their result, stored ones included."""
        return self.stored + self.kept + self.rejected

    @property
    def left(self) -> int:
        """Units known so far that have not ended."""
        return max(0, self.total - self.done - self.failed)

    def per_minute(self, now: float) -> float:
        """Units per minute over the last minutes, of this run; of its own last minutes once the step is through."""
        return self.rate.per_minute(now if self.left or self.running else self.rate.latest)


@dataclass(slots=True)
class WorkerTally:
    """A worker. step, unit: what it does, empty when idle; since: start of that; memory, gpu_memory: bytes it holds."""

    step: str = ""
    unit: str = ""
    since: float = 0.0
    memory: int = 0
    gpu_memory: int = 0


class Tally:
    """The state behind a progress display. Hold `lock` while reading: another thread may be told something."""

    def __init__(self, now: float) -> None:
        self.lock = threading.RLock()  # A signal handler may speak while its own thread holds it.
        self.begun = now
        self.steps: dict[str, StepTally] = {}
        self.workers: dict[str, WorkerTally] = {}
        self.errors: deque[str] = deque(maxlen=LAST_ERRORS)
        self.video: VideoTime | None = None
        self.told = now
        self._at: dict[tuple[str, str], str] = {}

    def expect(self, step: str, total: int, stored: int) -> None:
        """Take the number of units known so far."""
        with self.lock:
            counts = self._step(step)
            counts.total, counts.stored = total, stored

    def started(self, step: str, unit: str, worker: str, now: float) -> None:
        """A worker has a unit. Where another one had it and did not give it back, that one was lost."""
        with self.lock:
            self._lose(self._at.get((step, unit), worker), worker)
            counts = self._step(step)
            if not counts.running and not counts.rate.total:
                counts.rate.since = now
            row = self.workers.setdefault(worker, WorkerTally())
            self._idle(row)
            row.step, row.unit, row.since = step, unit, now
            self._at[step, unit] = worker
            counts.running += 1

    def advance(self, step: str, unit: str, outcome: str, now: float) -> bool:
        """A unit has ended; returns whether it failed. Whoever still has it then did not come back."""
        with self.lock:
            self._lose(self._at.get((step, unit), ""), "")
            counts = self._step(step)
            counts.rate.add(now)
            if outcome.startswith("failed"):
                counts.failed += 1
                self.errors.append(f"{step}: {unit}: {outcome}")
                return True
            if outcome.startswith("rejected"):
                counts.rejected += 1
            else:
                counts.kept += 1
            return False

    def tell(self, video: VideoTime, now: float) -> None:
        """How much video is done and left."""
        with self.lock:
            self.video, self.told = video, now

    def load(self, worker: str, memory: int, gpu_memory: int) -> None:
        """A worker tells what it holds as it gives its unit back. One that holds nothing at all is gone."""
        with self.lock:
            row = self.workers.setdefault(worker, WorkerTally())
            self._idle(row)
            row.memory, row.gpu_memory = memory, gpu_memory
            if not memory:
                del self.workers[worker]

    def _step(self, step: str) -> StepTally:
        if step not in self.steps:
            self.steps[step] = StepTally(Rate(self.begun))
        return self.steps[step]

    def _idle(self, row: WorkerTally) -> None:
        if row.step:
            self.steps[row.step].running -= 1
            self._at.pop((row.step, row.unit), None)
            row.step = row.unit = ""

    def _lose(self, worker: str, successor: str) -> None:
        if worker != successor:
            self._idle(self.workers[worker])
            del self.workers[worker]

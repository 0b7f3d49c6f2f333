"""The contract of a pool of workers, and the pool of one: this process."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from share_data.engine.jobs import Ended, Job, Lost, Receipt, Task

Mode = Literal["shared", "alone", "frugal"]
"""`alone`: nothing else on the same GPU meanwhile; `frugal`: alone, and with one model at a time in its memory."""

ALL_STEPS: tuple[Task, ...] = ("pack", "estimate", "assemble", "fetch", "measure", "reconstruct", "prepare")
"""Parts only where another kind of worker has begun, and is there no more."""
CPU_TASKS: tuple[Task, ...] = ("pack", "assemble", "prepare", "fetch", "measure")
GPU_TASKS: tuple[Task, ...] = ("estimate",)


@dataclass(frozen=True, slots=True)
class Lane:
    """A worker that is free. `steps`: what it may be given, most urgent first."""

    name: str
    steps: tuple[Task, ...]
    mode: Mode = "shared"


class Worker(Protocol):
    """Runs jobs in the process it lives in, one at a time."""

    def run(self, job: Job, frugal: bool = False) -> Receipt:
        """Do the job. Raises nothing but KeyboardInterrupt and the like: errors come as receipts."""
        ...

    def prefetch(self, job: Job) -> None:
        """Begin to decode the clip of a job that will come next; returns at once."""
        ...

    def close(self) -> None:
        """Leave the process as it was."""
        ...


class Spec(Protocol):
    """How to make a worker: small and picklable, for it travels to where the worker lives."""

    def make(self) -> Worker:
        """A worker for this process."""
        ...


class Deadline(Protocol):
    """Seconds a job may take."""

    def __call__(self, job: Job, /) -> float:
        """Seconds for this job."""
        ...


class Pool(Protocol):
    """Workers, one job each at a time."""

    @property
    def size(self) -> int:
        """How many workers there are."""
        ...

    @property
    def prefetches(self) -> bool:
        """Whether `next_job` is of use to it."""
        ...

    def free(self, exclusive: bool = False) -> Sequence[Lane]:
        """Workers that can take a job now. exclusive: such as have their GPU to themselves, which is then held."""
        ...

    def start(self, lane: Lane, job: Job, next_job: Job | None = None) -> None:
        """Give a free worker a job, and tell it which one will come after."""
        ...

    def wait(self, seconds: float) -> list[Ended]:
        """Jobs that have ended; waits at most this long for the first one."""
        ...

    def close(self) -> None:
        """End every worker now; what they have under way is lost."""
        ...


class DeadlineExceededError(BaseException):
    """Raised in the middle of a job; no `except Exception` of a library may swallow it."""


class InlinePool:
    """This process as the only worker. A job that kills it is charged by the next build: its dispatch is on record."""

    size = 1
    prefetches = False

    def __init__(self, spec: Spec, deadline: Deadline) -> None:
        self._worker = spec.make()
        self._deadline = deadline
        self._job: tuple[Job, bool] | None = None

    def free(self, exclusive: bool = False) -> Sequence[Lane]:
        """The one lane, unless it has a job."""
        return [Lane("inline", ALL_STEPS)] if self._job is None else []

    def start(self, lane: Lane, job: Job, next_job: Job | None = None) -> None:
        """Take the job; `wait` runs it."""
        self._job = (job, lane.mode == "frugal")

    def wait(self, seconds: float) -> list[Ended]:
        """Run the job to its end."""
        if self._job is None:
            return []
        (job, frugal), self._job = self._job, None
        limit = self._deadline(job)
        try:
            with _alarm(limit):
                return [Ended(job, self._worker.run(job, frugal), "inline")]
        except DeadlineExceededError:
            return [Ended(job, Lost("deadline", f"not done after {limit:.0f} s"), "inline")]

    def close(self) -> None:
        """Nothing runs between calls; the worker leaves the process as it was."""
        self._worker.close()


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise DeadlineExceededError in the block after this long; only the main thread can be interrupted so."""

    def ring(*_: Any) -> None:
        raise DeadlineExceededError

    try:
        before = signal.signal(signal.SIGALRM, ring)
    except ValueError:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

"""The loop that drives a build: jobs to free workers, ends to the journal, failures to the policy."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from share_data.engine.history import History
from share_data.engine.interrupt import Stop
from share_data.engine.jobs import Ended, Failure, Job, Lost, Receipt, Step, Task
from share_data.engine.parts import OFF_GPU, Parts, begun_again
from share_data.engine.policy import charged
from share_data.engine.pool import Lane, Mode, Pool
from share_data.engine.watch import Watcher
from share_data.errors import (
    DiskFullError,
    EngineError,
    MachineError,
    MemoryFullError,
    MissingDependencyError,
    ShareDataError,
)

_TICK_S = 0.5
MOST_FRUITLESS = 3
"""Times a job may be done and yet leave nothing in the store."""
MOST_STARVED, MOST_STARVED_RUNNING = 2, 3
"""Times that memory may be short for one job, and for jobs one after another with none done in between."""
_HALTS: dict[str, type[ShareDataError]] = {
    "disk": DiskFullError, "machine": MachineError, "setup": MissingDependencyError,
}  # fmt: skip


class Work(Protocol):
    """What there is to do, and what follows from what is done."""

    def waiting(self) -> int:
        """How many jobs could be started now."""
        ...

    def next(self, step: Step) -> Job | None:
        """The next job of this step, or None where there is none now."""
        ...

    def done(self, job: Job, result: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take a result. Returns what the journal keeps of it, which is also what `History.outcome` will give; None
        when the job is not done after all, and has been taken back into the queue.
        """
        ...

    def recorded(self, job: Job, failure: Failure | None) -> None:
        """The job's end is in the journal: done, or given up."""
        ...


class Engine:
    """Runs work to its end. Every job is dispatched on record and ends on record, once."""

    def __init__(self, make_pool: Callable[[], Pool], history: History, watch: Watcher, stop: Stop) -> None:
        self._make_pool = make_pool
        self._history = history
        self._watch = watch
        self._stop = stop
        self._flying: dict[str, Job] = {}
        self._again: deque[Job] = deque()
        self._exclusive: deque[Job] = deque()
        self._parts = Parts()
        self._fruitless: Counter[str] = Counter()
        self._starved: Counter[str] = Counter()
        self._starving = 0
        self._reserved: dict[str, Job] = {}
        self._halted: ShareDataError | None = None
        self.written = 0
        """Bytes that workers have put on the disk."""
        self.ended = 0
        """Jobs that have ended in any way."""

    def run(self, work: Work) -> None:
        """Until nothing is left, or a stop is asked for. A pool is made only when there is something to run.

        Raises MachineError or MissingDependencyError once everything under way has ended, EngineError when no worker
        can be had or a shard cannot be written, and KeyboardInterrupt at once when a stop is asked for twice.
        """
        if self._stop.requested or not work.waiting():
            return
        pool = self._make_pool()
        try:
            while True:
                if not self._stop.requested and not self._halted:
                    self._dispatch(pool, work)
                if not self._flying and (self._stop.requested or self._halted or not self._more(work)):
                    break
                if not work.waiting():
                    self._history.settle()
                for ended in pool.wait(_TICK_S):
                    self._settle(ended, work)
            self._history.settle()
        finally:
            pool.close()
            self._give_back()
        if self._halted:
            raise self._halted

    def _give_back(self) -> None:
        """What was under way when the build was stopped is not charged for that."""
        with suppress(MachineError):
            for job in self._flying.values():
                self._history.returned(job, "the build was stopped")

    def _more(self, work: Work) -> bool:
        return bool(self._again or self._exclusive or self._reserved or self._parts or work.waiting())

    def _dispatch(self, pool: Pool, work: Work) -> None:
        starts: list[tuple[Lane, Job]] = []
        if self._exclusive:
            for lane in pool.free(exclusive=True)[:1]:
                job = self._exclusive.popleft()
                starts.append((replace(lane, mode=self._mode(job)), job))
        taken = {lane.name for lane, _ in starts}
        for lane in pool.free():
            picked = None if lane.name in taken else self._pick(lane, work)
            if picked is not None:
                starts.append((lane, picked))
        if not starts:
            return
        self._history.sent([job for _, job in starts])
        for lane, job in starts:
            self._flying[job.digest] = job
            self._watch.started(job.step, job.unit, lane.name)
            pool.start(lane, job, self._reserve(lane, work, pool))

    def _mode(self, job: Job) -> Mode:
        """A clip that did not fit on its GPU beside others is tried alone, then with one model at a time."""
        times = 0 if job.part in OFF_GPU else self._history.times_out_of_memory(job.digest)
        return "shared" if times == 0 else "alone" if times == 1 else "frugal"

    def _pick(self, lane: Lane, work: Work) -> Job | None:
        """What was promised to this worker, then fresh work, then what failed before: bad clips must hold up nobody."""
        for task in lane.steps:
            promised = self._reserved.get(lane.name)
            if promised is not None and promised.task == task:
                return self._reserved.pop(lane.name)
            if (job := self._fresh(task, work)) is not None:
                return job
        for name, job in self._reserved.items():
            if job.task in lane.steps:
                return self._reserved.pop(name)
        for job in self._again:
            if job.task in lane.steps:
                self._again.remove(job)
                return job
        return None

    def _fresh(self, task: Task, work: Work) -> Job | None:
        """The next job for a task; those that need a GPU to themselves are put aside."""
        while (job := self._parts.next(task, work.next)) is not None:
            if self._mode(job) == "shared":
                return job
            self._exclusive.append(job)
        return None

    def _reserve(self, lane: Lane, work: Work, pool: Pool) -> Job | None:
        """The clip this worker will reconstruct next, so that it can decode it meanwhile; none near the end."""
        task: Task = "reconstruct" if "reconstruct" in lane.steps else "estimate"
        if not pool.prefetches or task not in lane.steps or lane.mode != "shared":
            return None
        if lane.name not in self._reserved and work.waiting() + len(self._parts) > pool.size:
            job = self._fresh(task, work)
            if job is not None:
                self._reserved[lane.name] = job
        return self._reserved.get(lane.name)

    def _settle(self, ended: Ended, work: Work) -> None:
        job, how = ended.job, ended.how
        del self._flying[job.digest]
        if isinstance(how, Receipt):
            self.written += how.written
            self._watch.load(ended.worker, how.memory, how.gpu_memory)
            if how.kind == "done":
                self._starving = 0
                if self._parts.go_on(job, how):
                    self._history.returned(job, "its next part is another worker's")
                else:
                    self.ended += 1
                    self._take(job, self._parts.whole(job, how), work)
                return
        else:
            self._watch.load(ended.worker, 0, 0)
        self.ended += 1
        error_class = how.error_class if isinstance(how, Receipt) else ""
        if not charged(how.kind):
            self._uncharged(job, how)
            return
        verdict, failure = self._history.failed(job, how.kind, error_class, how.message)
        if verdict == "retry":
            self._retry(job)
            self._watch.note(f"{job.step}: {job.unit}: {failure.error_class}: {how.message}: will be tried again")
        elif job.step == "pack":
            raise EngineError(f"{job.unit}: could not be written: {failure.error_class}: {how.message}")
        else:
            work.recorded(job, failure)

    def _retry(self, job: Job) -> None:
        if self._mode(job) == "shared":
            self._again.append(begun_again(job))
        else:
            self._exclusive.append(job)

    def _take(self, job: Job, receipt: Receipt, work: Work) -> None:
        result = work.done(job, receipt.result)
        if result is not None:
            self._history.done(job, result, receipt)
            work.recorded(job, None)
            return
        self._history.returned(job, "what it rests on is not in the stage store")
        self._fruitless[job.digest] += 1
        if self._fruitless[job.digest] >= MOST_FRUITLESS:
            raise EngineError(
                f"{job.unit}: a worker says that its results are stored, but they are not found. SHARE_DATA_CACHE must "
                "be the same folder on every machine, and nothing else may clean it up during a build."
            )

    def _uncharged(self, job: Job, how: Receipt | Lost) -> None:
        self._history.returned(job, how.message)
        if how.kind in _HALTS:
            self._halted = self._halted or _HALTS[how.kind](how.message)
        elif how.kind == "starved":
            self._go_hungry(job, how.message)
        else:
            self._watch.note(f"{job.step}: {job.unit}: {how.message}: goes to another worker")
            (self._again if self._mode(job) == "shared" else self._exclusive).appendleft(job)

    def _go_hungry(self, job: Job, message: str) -> None:
        """Memory was short for a job, which is not its fault: again after the others, and then no more."""
        self._starved[job.digest] += 1
        self._starving += 1
        if self._starved[job.digest] >= MOST_STARVED or self._starving >= MOST_STARVED_RUNNING:
            told = message if job.unit in message else f"{job.unit}: {message}"
            self._halted = self._halted or MemoryFullError(told)
            return
        self._watch.note(f"{job.step}: {job.unit}: {message}: will be tried once more, after the others")
        self._again.append(job)

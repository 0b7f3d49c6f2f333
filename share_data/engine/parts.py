"""Reconstructions that go from one kind of worker to another, part by part, so that a GPU never waits for a CPU's work.

Only a pool with workers of several kinds asks for parts. To journal and ledger it is one job all the while: it fails as
one, begins again as one, and a build that goes on from a killed one finds in the store what its parts have left there.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace

from share_data.engine.jobs import Job, Part, Receipt, Step, Task

NEXT = "next"
"""In what a worker gives for a part: which one comes after it. The last one gives the result of the whole job."""
FIRST: Part = "prepare"
OFF_GPU: tuple[Part, ...] = (FIRST, "assemble")
"""Those for which it is nothing that there was no room for the job on a GPU."""


class Parts:
    """What waits for its next part, and the seconds that the parts before it took."""

    def __init__(self) -> None:
        self._waiting: dict[Part, deque[Job]] = {"estimate": deque(), "assemble": deque()}
        self._seconds: dict[str, Counter[str]] = {}

    def __len__(self) -> int:
        """How many jobs wait."""
        return sum(map(len, self._waiting.values()))

    def next(self, task: Task, fresh: Callable[[Step], Job | None]) -> Job | None:
        """The next job for this task, or None. fresh: gives the next one of a step that nobody has begun."""
        if task == "estimate" or task == "assemble":
            return self._waiting[task].popleft() if self._waiting[task] else None
        if task == "prepare":
            job = fresh("reconstruct")
            return None if job is None else replace(job, part=FIRST)
        return fresh(task)

    def go_on(self, job: Job, receipt: Receipt) -> bool:
        """Queue a job whose part is done for its next one; False where that was the last."""
        if not job.part or NEXT not in receipt.result:
            return False
        part = receipt.result[NEXT]
        self._seconds.setdefault(job.digest, Counter()).update(receipt.seconds)
        self._waiting[part].append(replace(job, part=part))
        return True

    def whole(self, job: Job, receipt: Receipt) -> Receipt:
        """The receipt of a job's last part, as of all its parts."""
        before = self._seconds.pop(job.digest, None)
        return receipt if before is None else replace(receipt, seconds=before + Counter(receipt.seconds))


def begun_again(job: Job) -> Job:
    """A job that has failed or come back, from its first part on."""
    return replace(job, part=FIRST) if job.part else job

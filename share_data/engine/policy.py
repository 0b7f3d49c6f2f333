"""What becomes of a job that failed: pure functions of how often it has failed before."""

from dataclasses import dataclass
from typing import Literal

from share_data.engine.jobs import Kind, Loss

Verdict = Literal["retry", "retry_alone", "retry_frugally", "quarantine", "requeue", "stop"]
Trouble = Kind | Loss

MOST_DEATHS = 3
MOST_ERRORS = 2
MOST_INTERRUPTIONS = 5
MOST_MEMORY = 3
ERROR_CLASSES: dict[str, str] = {"death": "WorkerDied", "deadline": "DeadlineExceeded", "interruption": "Interrupted"}
"""Names in the ledger for what is no Python exception."""


@dataclass(slots=True)
class Attempts:
    """How a job has failed so far. error_class, message: of the first failure, which is never overwritten."""

    deaths: int = 0
    errors: int = 0
    memory: int = 0
    interruptions: int = 0
    error_class: str = ""
    message: str = ""

    @property
    def total(self) -> int:
        """Failures of any kind."""
        return self.deaths + self.errors + self.memory + self.interruptions

    def count(self, kind: Trouble, error_class: str, message: str) -> None:
        """Add one failure."""
        if not self.error_class:
            self.error_class, self.message = error_class, message
        if kind == "death":
            self.deaths += 1
        elif kind == "memory":
            self.memory += 1
        elif kind == "interruption":
            self.interruptions += 1
        else:
            self.errors += 1


def charged(kind: Trouble) -> bool:
    """Whether a failure of this kind counts against the job; a lost node, a full disk, a missing package do not."""
    return kind not in ("node", "disk", "setup")


def judge(kind: Trouble, attempts: Attempts) -> Verdict:
    """What to do next. attempts: with this failure counted, if it is `charged`.

    A worker's death may be another's doing, so three are needed; an exception may be a race, so two; an input that an
    estimator refuses is refused again, so one. A full GPU is retried alone on it, then with one model at a time in its
    memory. Five interruptions of the whole build with the same job under way point at that job.
    """
    if kind == "node":
        return "requeue"
    if kind in ("disk", "setup"):
        return "stop"
    if kind == "refused":
        return "quarantine"
    if (
        attempts.deaths >= MOST_DEATHS
        or attempts.errors >= MOST_ERRORS
        or attempts.interruptions >= MOST_INTERRUPTIONS
        or attempts.memory >= MOST_MEMORY
    ):
        return "quarantine"
    if kind == "memory":
        return "retry_alone" if attempts.memory == 1 else "retry_frugally"
    return "retry"

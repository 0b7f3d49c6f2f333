"""What becomes of a job that failed: pure functions of how often it has failed before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from share_data.engine.jobs import Kind, Loss

Verdict = Literal["retry", "quarantine"]
Trouble = Kind | Loss

ERROR_CLASSES: dict[str, str] = {"death": "WorkerDied", "deadline": "DeadlineExceeded", "interruption": "Interrupted"}
"""Names in the ledger for what is no Python exception."""
LASTING = frozenset(ERROR_CLASSES.values())
"""What a build does not try again by itself even where it does so for other failures: it took a process down."""
PASSING = "StaleVideoError"
"""What the next build tries again by itself, whatever the step: the file was away or had just changed."""


Group = Literal["deaths", "errors", "memory", "interruptions"]
_GROUPS: dict[str, Group] = {"death": "deaths", "memory": "memory", "interruption": "interruptions"}
_MOST: dict[Group, int] = {"deaths": 3, "errors": 2, "memory": 3, "interruptions": 5}


@dataclass(slots=True)
class Attempts:
    """How a job has failed so far: counts by group, and of each group the first failure's class and message."""

    counts: dict[Group, int] = field(default_factory=dict)
    first: dict[Group, tuple[str, str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Failures of any kind."""
        return sum(self.counts.values())

    @property
    def memory(self) -> int:
        """How often the GPU's memory was full."""
        return self.counts.get("memory", 0)

    def count(self, kind: Trouble, error_class: str, message: str) -> tuple[str, str]:
        """Add one failure; returns class and message of the first one of its group.

        The cause that is told is of the kind that ends the job: an exception is not hidden by a kill before it.
        """
        group = _GROUPS.get(kind, "errors")
        self.counts[group] = self.counts.get(group, 0) + 1
        return self.first.setdefault(group, (error_class, message))


def charged(kind: Trouble) -> bool:
    """Whether a failure of this kind counts against the job; what the machine or the installation lacks does not."""
    return kind not in ("node", "starved", "disk", "machine", "setup")


def forgiven(retry: Mapping[str, Any], step: str, error_class: str) -> bool:
    """Whether a `retry` event of the journal forgets a failure of this step and class.

    It names a step, of which everything is forgotten but what took a process down, or a class, empty for all of them.
    """
    if "step" in retry:
        return bool(retry["step"] == step) and error_class not in LASTING
    return retry["class"] in ("", error_class)


def judge(kind: Trouble, attempts: Attempts) -> Verdict:
    """What to do next. kind: one that is `charged`; attempts: with this failure counted.

    A worker's death may be another's doing, so three are needed; an exception may be a race, so two; an input that an
    estimator refuses is refused again, so one. A full GPU is retried alone on it, then with one model at a time in its
    memory. Five interruptions of the whole build with the same job under way point at that job.
    """
    worn_out = any(count >= _MOST[group] for group, count in attempts.counts.items())
    return "quarantine" if kind == "refused" or worn_out else "retry"

"""One step of a build in numbers, from what its journal says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from share_data.audit.journal_summary import JournalSummary
from share_data.engine.jobs import STEPS, Step


@dataclass(frozen=True, slots=True)
class StepStatus:
    """One step. done: distinct units over all builds here; done_now: ended in the latest build, failures included;
    underway: now, or when the build died; failed: for good; tried_again: after a failure; total: None where not known,
    and `growing` where it may still rise; per_minute, seconds_left: None where not known.
    """

    step: Step
    done: int
    done_now: int
    underway: int
    failed: int
    tried_again: int
    total: int | None
    growing: bool
    per_minute: float | None
    seconds_left: float | None


def _reconstructions(frozen: Mapping[str, Any]) -> int | None:
    """Candidates, and those of them that are asked for their scale beforehand."""
    return None if "candidates" not in frozen else int(frozen["candidates"]) + int(frozen.get("asked", 0))


def step_statuses(summary: JournalSummary, running: bool, now: float) -> list[StepStatus]:
    """Every step, in order. now: seconds since 1970, at which a build that is `running` is looked at."""
    done, again = summary.states.done(), summary.tried_again()
    failed = [trouble.step for trouble in summary.quarantined.values()]
    underway = [job.step for job in summary.underway.values()]
    totals: dict[Step, int | None] = {
        "fetch": summary.listed,
        "measure": None if summary.mixed else done.clips,
        "reconstruct": _reconstructions(summary.frozen),
        "pack": summary.frozen.get("shards"),
    }
    steps = []
    for step in STEPS:
        total, rate = totals[step], summary.rates[step]
        left = (total or 0) - done.jobs[step] - failed.count(step)
        steps.append(
            StepStatus(
                step=step, done=done.jobs[step], done_now=rate.total, underway=underway.count(step),
                failed=failed.count(step), tried_again=again[step], total=total,
                growing=step == "measure" and total is not None and not summary.frozen,
                per_minute=rate.per_minute(now if running and left > 0 else rate.latest) if rate.total else None,
                seconds_left=rate.seconds_for(left, now) if running and not summary.mixed else None,
            )
        )  # fmt: skip
    return steps

"""What a journal says of every job: its result, or why it has none, and how often it was tried."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from share_data.engine.events import checked
from share_data.engine.jobs import Failure, Job, Receipt
from share_data.engine.policy import ERROR_CLASSES, PASSING, Attempts, Trouble, Verdict, forgiven, judge
from share_data.errors import CorpusError
from share_data.store.digest_table import DigestTable


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended for good: `failure` is None where it is done."""

    result: Mapping[str, Any]
    failure: Failure | None = None


class EventLog(Protocol):
    """Where the events are kept: a `Journal`, or what stands for one."""

    def append(self, *events: Mapping[str, Any], durable: bool = True) -> list[int]:
        """Keep events; returns where each can be read again. durable: whether to wait until they are on disk."""
        ...

    def sync(self) -> None:
        """Wait until everything appended is on disk."""
        ...

    def read(self, offset: int) -> dict[str, Any]:
        """The event that is kept there."""
        ...

    def lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(offset, event) of all that was kept before."""
        ...


def _any(step: str, result: Mapping[str, Any]) -> str:
    """Whatever a job gives is its result."""
    return ""


class History:
    """The journal's state in memory: 16 bytes and an offset a finished job; results are read from the file again.

    `interrupted`: jobs that were under way when the last build died. result_problem: says of a step and a result why
    that is none; the journal may be somebody else's. Raises CorpusError where there is such a result in it.
    """

    def __init__(self, journal: EventLog, result_problem: Callable[[str, Mapping[str, Any]], str] = _any) -> None:
        self.journal = journal
        self._ends = DigestTable()
        self._failed: dict[bytes, tuple[str, str]] = {}
        self._attempts: dict[bytes, Attempts] = {}
        self._open: dict[bytes, tuple[str, str]] = {}
        self._kills: int | None = None
        for offset, event in checked(journal.lines()):
            if event["e"] == "done" and (problem := result_problem(event["step"], event["r"])):
                raise CorpusError(
                    f"journal.jsonl: at byte {offset} no result of {event['step']}: {problem}. Move this file away and "
                    "build again: what is stored is not computed again."
                )
            self._take(offset, event)

    def outcome(self, digest: str) -> Outcome | None:
        """How the job of this digest ended, or None where it has to be run."""
        offset = self._ends.get(bytes.fromhex(digest))
        if offset is None:
            return None
        event = self.journal.read(offset)
        if event["e"] == "done":
            return Outcome(event["r"])
        return Outcome({}, Failure(event["class"], event["message"], event["attempts"]))

    def known(self, digest: str) -> bool:
        """Whether `outcome` has one."""
        return bytes.fromhex(digest) in self._ends

    def has_failed(self, digest: str) -> bool:
        """Whether its `outcome` is a failure."""
        return bytes.fromhex(digest) in self._failed

    def resume(self, retry: str | None) -> None:
        """Begin a build: charge what the last one left under way, and forget failures that are to be tried again.

        retry: None, "" for every failure, or an error class. What could not be fetched or read is tried again anyhow.
        """
        for digest, (step, unit) in list(self._open.items()):
            self.failed(Job(step, unit, digest.hex()), "interruption", "", "the build died while this was under way")  # type: ignore[arg-type]
        events: list[dict[str, Any]] = [{"e": "retry", "step": "fetch"}, {"e": "retry", "class": PASSING}]
        if retry is not None:
            events.append({"e": "retry", "class": retry})
        for event in events:
            self._take(self.journal.append(event)[0], event)

    def sent(self, jobs: list[Job]) -> None:
        """Record that these jobs are about to be given to workers."""
        self._append(*(_event("sent", job) for job in jobs))

    def done(self, job: Job, result: Mapping[str, Any], receipt: Receipt) -> None:
        """Record a result: small JSON values."""
        seconds = {stage: round(value, 4) for stage, value in receipt.seconds.items()}
        event = _event("done", job) | {"r": dict(result), "s": seconds, "n": job.frames}
        # On disk with the next dispatch, or `settle`: until then nothing rests on it, and losing it costs a look-up.
        self._take(self.journal.append(event, durable=False)[0], event)

    def settle(self) -> None:
        """Wait until everything recorded so far is on disk."""
        self.journal.sync()

    def failed(self, job: Job, kind: Trouble, error_class: str, message: str) -> tuple[Verdict, Failure]:
        """Record a failure that is charged to the job; returns the policy's verdict and what is known so far."""
        attempts = self._attempts.setdefault(bytes.fromhex(job.digest), Attempts())
        first = attempts.count(kind, error_class or ERROR_CLASSES.get(kind, kind), message)
        verdict = judge(kind, attempts)
        failure = Failure(*first, attempts.total)
        told = {"kind": kind, "class": failure.error_class, "message": failure.message, "attempts": failure.attempts}
        self._append(_event("failed", job) | told | {"final": verdict == "quarantine"})
        return verdict, failure

    def times_out_of_memory(self, digest: str) -> int:
        """How often the GPU was too full for a job."""
        attempts = self._attempts.get(bytes.fromhex(digest))
        return attempts.memory if attempts is not None else 0

    def returned(self, job: Job, why: str) -> None:
        """Record that a job came back without a result and without a fault of its own."""
        self._append(_event("returned", job) | {"why": why})

    def forget(self, digest: str) -> None:
        """A result has gone from the store: the job has to be run again."""
        self._append({"e": "forget", "job": digest})

    def stopped(self) -> None:
        """Record, from another thread, that the user stopped the build and that it could not end by itself."""
        self.journal.append({"e": "end", "t": _now(), "how": KeyboardInterrupt.__name__})

    def mark(self, what: str, **facts: Any) -> None:
        """Record something about the build as a whole, with the time."""
        self._append({"e": what, "t": _now(), **facts})

    def _append(self, *events: dict[str, Any]) -> None:
        for offset, event in zip(self.journal.append(*events), events, strict=True):
            self._take(offset, event)

    def _take(self, offset: int, event: dict[str, Any]) -> None:
        kind = event["e"]
        if kind == "retry":
            self._forget_failures(event)
        elif kind == "end":
            self._open.clear()  # A build that could tell its end has not died of what was under way.
        elif kind == "begin":
            kills, self._kills = self._kills, event.get("oom_kills")
            if kills is not None and self._kills is not None and self._kills > kills:
                self._open.clear()  # The system has killed for want of memory since the last one began.
        if "job" not in event:
            return
        digest = bytes.fromhex(event["job"])
        if kind == "sent":
            self._open[digest] = (event["step"], event["unit"])
            return
        self._open.pop(digest, None)
        if kind == "done":
            self._failed.pop(digest, None)
            self._ends.set(digest, offset)
            self._attempts.pop(digest, None)
        elif kind == "failed" and event["final"]:
            self._ends.set(digest, offset)
            self._failed[digest] = (event["step"], event["class"])
        elif kind == "failed":
            self._replay_attempt(digest, event)
        elif kind == "forget":
            self._ends.remove(digest)

    def _replay_attempt(self, digest: bytes, event: dict[str, Any]) -> None:
        attempts = self._attempts.setdefault(digest, Attempts())
        if attempts.total < event["attempts"]:
            attempts.count(event["kind"], event["class"], event["message"])

    def _forget_failures(self, retry: Mapping[str, Any]) -> None:
        for digest, (step, error_class) in list(self._failed.items()):
            if forgiven(retry, step, error_class):
                del self._failed[digest]
                self._ends.remove(digest)
                self._attempts.pop(digest, None)


def _event(what: str, job: Job) -> dict[str, Any]:
    return {"e": what, "t": _now(), "step": job.step, "unit": job.unit, "job": job.digest}


def _now() -> float:
    return round(time.time(), 3)

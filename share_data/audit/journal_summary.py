"""A journal read once, from its first line to its last: what it says of the builds that wrote it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from share_data.audit.job_states import JobStates
from share_data.engine.jobs import STEPS, Step
from share_data.engine.policy import forgiven
from share_data.progress.rate import Rate
from share_data.progress.video_time import VideoTime

LAST_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Underway:
    """A job that was given to a worker at `t` (seconds since 1970) and has not ended."""

    step: Step
    unit: str
    t: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure at `t`. error_class, message: of the job's first one; final: it will not be tried again by itself."""

    t: float
    step: Step
    unit: str
    error_class: str
    message: str
    attempts: int
    final: bool


class JournalSummary:
    """Takes events in order. Memory holds a few bytes a finished job; names only of what is open or has failed.

    begin, end: the latest build's; listed, frozen, video: its marks; latest: time of the latest event; mixed: whether
    builds of different recipes lie in one journal; rates: of the latest build; underway, quarantined: by digest.
    """

    def __init__(self) -> None:
        self.begin: Mapping[str, Any] = {}
        self.end: Mapping[str, Any] = {}
        self.listed: int | None = None
        self.frozen: Mapping[str, Any] = {}
        self.video: VideoTime | None = None
        self.latest = 0.0
        self.mixed = False
        self.states = JobStates()
        self.rates: dict[Step, Rate] = {step: Rate(0.0) for step in STEPS}
        self.underway: dict[str, Underway] = {}
        self.quarantined: dict[str, Trouble] = {}
        self.errors: deque[Trouble] = deque(maxlen=LAST_ERRORS)
        self._troubled: dict[str, Step] = {}
        self._again: set[str] = set()

    def take(self, event: Mapping[str, Any]) -> None:
        """Go on by one event. Raises KeyError, TypeError or ValueError for what is not one of a build's."""
        kind = event["e"]
        self.latest = float(event.get("t", self.latest))
        if kind == "begin":
            self.mixed |= bool(self.begin) and self.begin["recipe"] != event["recipe"]
            self.new_build(event)
        elif kind == "end":
            self.end = event
        elif kind == "listed":
            self.listed = int(event["videos"])
        elif kind == "frozen":
            self.frozen = event
        elif kind == "video":
            self.video = VideoTime.from_json(event)
        elif kind == "retry":
            self._retry(event)
        elif kind == "sent":
            self._sent(event)
        elif kind in ("done", "failed", "returned", "forget"):
            self._ended(kind, event)

    def new_build(self, begin: Mapping[str, Any]) -> None:
        """What is counted for the latest build starts anew."""
        self.begin, self.end, self.frozen, self.listed, self.video = begin, {}, {}, None, None
        self.rates = {step: Rate(float(begin["t"])) for step in STEPS}

    def tried_again(self) -> dict[Step, int]:
        """Jobs by step that failed and were then tried again, whatever came of it."""
        steps = [self._troubled[digest] for digest in self._again]
        return {step: steps.count(step) for step in STEPS}

    def _sent(self, event: Mapping[str, Any]) -> None:
        digest = event["job"]
        self.underway[digest] = Underway(event["step"], event["unit"], float(event["t"]))
        rate = self.rates[event["step"]]
        if not rate.total and not any(job.step == event["step"] for key, job in self.underway.items() if key != digest):
            rate.since = float(event["t"])
        if digest in self._troubled:
            self._again.add(digest)

    def _ended(self, kind: str, event: Mapping[str, Any]) -> None:
        digest = event["job"]
        self.underway.pop(digest, None)
        if kind == "forget":
            self.states.add(digest, None, False)
        elif kind == "done":
            step: Step = event["step"]
            self.quarantined.pop(digest, None)
            self.states.add(digest, step, True, len(event["r"]["clips"]) if step == "fetch" else 0)
            self.rates[step].add(float(event["t"]))
        elif kind == "failed":
            self._failed(digest, event)

    def _failed(self, digest: str, event: Mapping[str, Any]) -> None:
        step, final = event["step"], bool(event["final"])
        trouble = Trouble(
            float(event["t"]), step, event["unit"], event["class"], event["message"], int(event["attempts"]), final
        )
        self.errors.append(trouble)
        self._troubled[digest] = step
        if final:
            self.quarantined[digest] = trouble
            self.states.add(digest, step, False)
            if event["kind"] != "interruption":  # That was the fate of an earlier build, told by this one.
                self.rates[step].add(trouble.t)

    def _retry(self, event: Mapping[str, Any]) -> None:
        for digest, trouble in list(self.quarantined.items()):
            if forgiven(event, trouble.step, trouble.error_class):
                del self.quarantined[digest]

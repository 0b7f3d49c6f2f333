"""How a build tells what it does. Implementations must be cheap: they are called several times a unit."""

from typing import Protocol

from share_data.engine.jobs import Step
from share_data.progress.video_time import VideoTime


class Watcher(Protocol):
    """Receives progress."""

    def expect(self, step: str, total: int, stored: int = 0) -> None:
        """So many units of a step are known so far, of which so many are stored and need no work."""
        ...

    def started(self, step: str, unit: str, worker: str) -> None:
        """A worker has been given a unit."""
        ...

    def advance(self, step: str, unit: str, outcome: str) -> None:
        """One unit of the step ended in `outcome` (kept, rejected: reason, failed: class: message)."""
        ...

    def video(self, told: VideoTime) -> None:
        """How much video is scanned, kept and left by now."""
        ...

    def load(self, worker: str, memory: int, gpu_memory: int) -> None:
        """Bytes that a worker holds in memory and on its GPU; none at all once it is gone."""
        ...

    def note(self, text: str) -> None:
        """Something worth a line that belongs to no unit."""
        ...


class Silent:
    """A watcher that says nothing."""

    def expect(self, step: str, total: int, stored: int = 0) -> None:
        """Ignore."""

    def started(self, step: str, unit: str, worker: str) -> None:
        """Ignore."""

    def advance(self, step: str, unit: str, outcome: str) -> None:
        """Ignore."""

    def video(self, told: VideoTime) -> None:
        """Ignore."""

    def load(self, worker: str, memory: int, gpu_memory: int) -> None:
        """Ignore."""

    def note(self, text: str) -> None:
        """Ignore."""


class Expected:
    """Counts the units of every step as they come to be known, and tells a watcher."""

    def __init__(self, watch: Watcher) -> None:
        self._watch = watch
        self._counts: dict[Step, list[int]] = {}

    def add(self, step: Step, stored: bool = False) -> None:
        """One unit more."""
        counts = self._counts.setdefault(step, [0, 0])
        counts[0] += 1
        counts[1] += stored
        self._watch.expect(step, *counts)

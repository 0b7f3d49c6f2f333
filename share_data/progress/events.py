"""A build's progress for programs: one JSON object a line."""

import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TextIO

from share_data.progress.lines import Lines
from share_data.progress.video_time import VideoTime

LOAD_EVERY_S = 10.0
EXPECT_EVERY_S = 1.0


class EventWatcher:
    """Writes every event as {"event": ..., "t": seconds since 1970, ...} with the fields of `Watcher`'s method.

    `load` is written every 10 s a worker at most. Totals that change while nothing else happens are written every
    second at most, and always before the next event of another kind; of `video`, the last one at the end.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.time) -> None:
        self._lines = Lines(stream)
        self._clock = clock
        self._expected: dict[str, tuple[int, int]] = {}
        self._told = 0.0
        self._video: tuple[VideoTime | None, float] = (None, -EXPECT_EVERY_S)
        self._loads: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._totals()
        if self._video[0] is not None:
            self._write("video", **self._video[0].to_json())

    def expect(self, step: str, total: int, stored: int = 0) -> None:
        """See `Watcher`."""
        self._expected[step] = (total, stored)
        now = self._clock()
        if now - self._told >= EXPECT_EVERY_S:
            self._told = now
            self._totals()

    def started(self, step: str, unit: str, worker: str) -> None:
        """See `Watcher`."""
        self._event("started", step=step, unit=unit, worker=worker)

    def advance(self, step: str, unit: str, outcome: str) -> None:
        """See `Watcher`."""
        self._event("advance", step=step, unit=unit, outcome=outcome)

    def video(self, told: VideoTime) -> None:
        """See `Watcher`."""
        now = self._clock()
        if now - self._video[1] < EXPECT_EVERY_S:
            self._video = told, self._video[1]
            return
        self._video = None, now
        self._event("video", **told.to_json())

    def load(self, worker: str, memory: int, gpu_memory: int) -> None:
        """See `Watcher`."""
        now = self._clock()
        if now - self._loads.get(worker, -LOAD_EVERY_S) >= LOAD_EVERY_S:
            self._loads[worker] = now
            self._event("load", worker=worker, memory=memory, gpu_memory=gpu_memory)

    def note(self, text: str) -> None:
        """See `Watcher`."""
        self._event("note", text=text)

    def _event(self, event: str, **fields: Any) -> None:
        self._totals()
        self._write(event, **fields)

    def _totals(self) -> None:
        """Write the totals that have changed."""
        while self._expected:
            step, (total, stored) = self._expected.popitem()
            self._write("expect", step=step, total=total, stored=stored)

    def _write(self, event: str, **fields: Any) -> None:
        self._lines.write(json.dumps({"event": event, "t": round(self._clock(), 3), **fields}))

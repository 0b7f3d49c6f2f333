"""A build seen by people: a live view on a terminal, plain lines where there is none. Always on stderr."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console

from share_data.progress.lines import Lines
from share_data.progress.live import LiveView
from share_data.progress.plain import PlainView
from share_data.progress.tally import Tally
from share_data.progress.video_time import VideoTime


class View(Protocol):
    """Shows a tally. draw_every_s: seconds between two drawings."""

    draw_every_s: float

    def open(self) -> None:
        """Begin."""
        ...

    def say(self, text: str) -> None:
        """Show one line; cheap, and safe in a signal handler."""
        ...

    def poll(self) -> None:
        """The tally has changed; cheap."""
        ...

    def draw(self) -> None:
        """Called by the clock's thread."""
        ...

    def close(self) -> None:
        """Show the end, and leave everything as it was."""
        ...


class TerminalWatcher:
    """A `Watcher` for people: counts what it is told and shows it. Every failure and note is a line of its own.

    live: whether to draw; None: when the console is a terminal that can. clock: seconds from any origin.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic, live: bool | None = None) -> None:
        self._clock = clock
        self._tally = Tally(clock())
        self._view: View
        # A file is not a terminal, whatever FORCE_COLOR makes rich believe.
        if (console.is_interactive and console.file.isatty()) if live is None else live:
            self._view = LiveView(console, self._tally, clock)
        else:
            self._view = PlainView(Lines(console.file), self._tally, clock)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep_drawing, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._view.open()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        try:
            self._thread.join()
        finally:
            self._view.close()

    def expect(self, step: str, total: int, stored: int = 0) -> None:
        """See `Watcher`."""
        self._tally.expect(step, total, stored)
        self._view.poll()

    def started(self, step: str, unit: str, worker: str) -> None:
        """See `Watcher`."""
        self._tally.started(step, unit, worker, self._clock())
        self._view.poll()

    def advance(self, step: str, unit: str, outcome: str) -> None:
        """See `Watcher`."""
        if self._tally.advance(step, unit, outcome, self._clock()):
            self._view.say(f"{step}: {unit}: {outcome}")
        self._view.poll()

    def video(self, told: VideoTime) -> None:
        """See `Watcher`."""
        self._tally.tell(told, self._clock())
        self._view.poll()

    def load(self, worker: str, memory: int, gpu_memory: int) -> None:
        """See `Watcher`."""
        self._tally.load(worker, memory, gpu_memory)

    def note(self, text: str) -> None:
        """See `Watcher`."""
        self._view.say(text)

    def counted(self, step: str) -> Callable[[int, int, str], None]:
        """A callback (done, total, what) that shows one step of something else than a build."""

        def report(done: int, total: int, what: str) -> None:
            self.expect(step, total)
            self.advance(step, what, "kept")

        return report

    def _keep_drawing(self) -> None:
        while not self._end.wait(self._view.draw_every_s):
            try:
                self._view.draw()
            except OSError:  # The terminal has gone.
                return

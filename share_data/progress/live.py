"""A build's progress on a terminal: a live picture, twice a second, and lines above it."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from share_data.progress.screen import last_picture, picture
from share_data.progress.tally import Tally
from share_data.progress.wording import one_line


class LiveView:
    """Draws a tally. Only `draw` writes, so a burst of lines, or a terminal that is held, never holds up the build."""

    draw_every_s = 0.5

    def __init__(self, console: Console, tally: Tally, clock: Callable[[], float]) -> None:
        self._console = console
        self._tally = tally
        self._clock = clock
        self._lines: deque[str] = deque()
        self._closing = False
        self._live = Live(console=console, auto_refresh=False, get_renderable=self._picture)

    def open(self) -> None:
        """Hide the cursor and take over what is printed elsewhere, so that it goes above the picture."""
        self._live.start()

    def say(self, text: str) -> None:
        """A line above the picture, with the next drawing."""
        self._lines.append(one_line(text))

    def poll(self) -> None:
        """Called at every event; drawing waits for the clock."""

    def draw(self) -> None:
        """Print the lines that wait, then the picture."""
        with self._tally.lock:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if lines:
            self._console.print(Text("\n".join(lines)), soft_wrap=True)
        self._live.refresh()

    def close(self) -> None:
        """Print what waits, leave the steps on the screen, and give the terminal back as it was."""
        self._closing = True
        self._live.transient = not self._tally.steps
        with suppress(OSError):  # The terminal may have gone; that is no reason to lose the build's result.
            try:
                self.draw()
            finally:
                self._live.stop()

    def _picture(self) -> RenderableType:
        now = self._clock()
        with self._tally.lock:
            if self._closing:
                return last_picture(self._tally, now, self._console.width)
            return picture(self._tally, now, *self._console.size)

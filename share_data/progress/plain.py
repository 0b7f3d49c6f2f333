"""A build's progress where there is no terminal: a line now and then, and one for everything that goes wrong."""

from collections.abc import Callable

from share_data.progress.lines import Lines
from share_data.progress.tally import StepTally, Tally
from share_data.progress.wording import duration, one_line, rate

SUMMARY_EVERY_S = 10.0
UNCHANGED_EVERY_S = 60.0


class PlainView:
    """Says how far each step with work is, then the video: every 10 s, every minute while nothing ends, at the end."""

    draw_every_s = 1.0

    def __init__(self, lines: Lines, tally: Tally, clock: Callable[[], float]) -> None:
        self._lines = lines
        self._tally = tally
        self._clock = clock
        self._looked = tally.begun
        self._said: dict[str, tuple[float, int]] = {}

    def open(self) -> None:
        """Nothing is said before something is known."""

    def say(self, text: str) -> None:
        """A line at once."""
        self._lines.write(one_line(text))

    def poll(self) -> None:
        """Called at every event: says what is due, which need not wait for the clock's thread."""
        if self._clock() - self._looked >= SUMMARY_EVERY_S:
            self.draw()

    def draw(self) -> None:
        """Say what is due."""
        now = self._clock()
        if now - self._looked >= SUMMARY_EVERY_S:
            self._looked = now
            self._summarise(now, self._is_due)

    def close(self) -> None:
        """Say how every step ended, unless that has been said."""
        self._summarise(self._clock(), lambda name, step, now: self._is_news(name, step))

    def _summarise(self, now: float, wanted: Callable[[str, StepTally, float], bool]) -> None:
        texts = []
        with self._tally.lock:
            for name, step in self._tally.steps.items():
                if wanted(name, step, now):
                    self._said[name] = (now, step.rate.total)
                    texts.append(summary(name, step, now))
            if texts and self._tally.video is not None:
                texts.append(self._tally.video.line(now - self._tally.told))
        for text in texts:
            self._lines.write(text)

    def _is_due(self, name: str, step: StepTally, now: float) -> bool:
        """Something ended, or what is under way has not been spoken of for long. What needs no work is not due."""
        if not (step.rate.total or step.running):
            return False
        return self._is_news(name, step) or (bool(step.running) and now - self._said[name][0] >= UNCHANGED_EVERY_S)

    def _is_news(self, name: str, step: StepTally) -> bool:
        return name not in self._said or self._said[name][1] != step.rate.total


def summary(name: str, step: StepTally, now: float) -> str:
    """One step in one line."""
    parts = [f"{step.done} of {step.total} done" + (f" ({step.stored} stored before)" if step.stored else "")]
    parts += [f"{count} {what}" for what, count in (("running", step.running), ("failed", step.failed)) if count]
    seconds = step.rate.seconds_for(step.left, now)
    if seconds is not None:
        parts += [rate(step.rate.per_minute(now)), f"{duration(seconds)} left"]
    return f"{name}: {', '.join(parts)}"

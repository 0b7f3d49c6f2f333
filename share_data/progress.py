"""A build seen from a terminal: live bars where there is one, plain lines where there is none. Always on stderr."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class TerminalWatcher:
    """Shows stages as progress bars and prints every rejection and failure as a line of its own."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description:>12}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("eta"),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[unit]}"),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, stage: str, total: int) -> None:
        """Open the stage's bar; without a terminal, print a line."""
        self._tasks[stage] = self._progress.add_task(stage, total=total, unit="")
        if not self._console.is_terminal:
            self._console.print(f"{stage}: {total} to do", highlight=False)

    def advance(self, stage: str, unit: str, outcome: str) -> None:
        """Move the bar; print what was not kept, and without a terminal everything."""
        self._progress.update(self._tasks[stage], advance=1, unit=escape(unit))
        if outcome != "kept" or not self._console.is_terminal:
            self._console.print(f"{stage}: {escape(unit)}: {escape(outcome)}", highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a line above the bars."""
        self._console.print(escape(text), highlight=False, soft_wrap=True)

    def counted(self, stage: str) -> Callable[[int, int, str], None]:
        """A callback (done, total, what) that shows one stage's bar."""

        def report(done: int, total: int, what: str) -> None:
            if stage not in self._tasks:
                self.begin(stage, total)
            self.advance(stage, what, "kept")

        return report

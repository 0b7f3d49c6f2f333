"""The one console through which anything reaches a terminal: what is shown is text, whoever wrote it."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from share_data.text import printable


class PlainConsole(Console):
    """A console that takes no text for markup, emoji or control sequences; those of rich itself pass."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As of `Console`, each piece of text without what a terminal would obey."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)

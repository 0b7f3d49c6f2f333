"""A journal that somebody listens to."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from share_data.engine.history import EventLog


class Heard:
    """The same journal; `told` is given every event, as it is read when a build begins and as it is appended."""

    def __init__(self, journal: EventLog, told: Callable[[Mapping[str, Any]], None]) -> None:
        self._journal = journal
        self._told = told
        self.sync, self.read = journal.sync, journal.read

    def append(self, *events: Mapping[str, Any], durable: bool = True) -> list[int]:
        """See `EventLog`."""
        kept = self._journal.append(*events, durable=durable)
        for event in events:
            self._told(event)
        return kept

    def lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """See `EventLog`. Whoever reads may check an event before it is passed on."""
        for offset, event in self._journal.lines():
            yield offset, event
            self._told(event)

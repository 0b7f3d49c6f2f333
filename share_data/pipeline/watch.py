"""How a build tells what it does: stages with a known number of units, one line an outcome."""

from typing import Protocol


class Watcher(Protocol):
    """Receives progress. Implementations must be cheap: they are called once a unit."""

    def begin(self, stage: str, total: int) -> None:
        """A stage with `total` units starts."""
        ...

    def advance(self, stage: str, unit: str, outcome: str) -> None:
        """One unit of the stage ended in `outcome` (kept, rejected: reason, failed: class)."""
        ...

    def note(self, text: str) -> None:
        """Something worth a line that belongs to no unit."""
        ...


class Silent:
    """A watcher that says nothing."""

    def begin(self, stage: str, total: int) -> None:
        """Ignore."""

    def advance(self, stage: str, unit: str, outcome: str) -> None:
        """Ignore."""

    def note(self, text: str) -> None:
        """Ignore."""

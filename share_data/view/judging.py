"""What a person says of clips while he looks at them, kept as `share-data audit --review` reads it."""

import threading
from dataclasses import replace
from pathlib import Path

from share_data.ledger.judgements import Judgement, Said, read_judgements, write_judgements


class Judgements:
    """A review.csv that is being written. Strata and weights that `share-data audit --sample` gave it stay.

    Every answer is on the disk when `say` returns, and the file is read before each, so that what is written to it
    elsewhere in between is not lost.

    Args:
        path: of the file; made with the first answer.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def said(self, unit: str) -> Said:
        """What was said of a clip, empty for nothing. Raises RecipeError for a file that is no review."""
        found = self._read().get(unit)
        return found.said if found is not None else ""

    def say(self, unit: str, said: Said) -> int:
        """Note it; returns of how many clips something is said. Raises RecipeError, OSError."""
        with self._lock:
            found = self._read()
            found[unit] = replace(found.get(unit, Judgement(unit, "")), said=said)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside = self.path.with_name(f".{self.path.name}.new")
            write_judgements(beside, found.values())
            beside.replace(self.path)
            return sum(bool(each.said) for each in found.values())

    def _read(self) -> dict[str, Judgement]:
        return read_judgements(self.path) if self.path.exists() else {}

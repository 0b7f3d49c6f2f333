"""What validation finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the file (relative to the corpus) and what about it."""

    file: str
    message: str

    def to_json(self) -> dict[str, str]:
        """For `--json`."""
        return {"file": self.file, "message": self.message}

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"

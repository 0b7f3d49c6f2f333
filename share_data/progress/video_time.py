"""How much video a build has to do with: what is told of it in seconds, beside the counts of units."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from share_data.progress.wording import duration

WORDS = ("kept", "candidates", "undecided", "rejected", "unfit", "dropped", "failed")
"""What may be known of a window: candidates are accepted, and not reconstructed yet; unfit were rejected for their
reconstruction; dropped are too short."""


@dataclass(frozen=True, slots=True)
class VideoTime:
    """How much video there is, and what has become of it so far.

    Attributes:
        opened: videos that are scanned.
        waiting: videos that are listed and not scanned yet.
        seconds: of scanned video, by `WORDS`.
        left: seconds until all is done, at measured rates; None where one is lacking.
    """

    opened: int
    waiting: int
    seconds: Mapping[str, float]
    left: float | None = None

    @property
    def scanned(self) -> float:
        """Seconds."""
        return sum(self.seconds.values())

    @property
    def listed(self) -> float | None:
        """Seconds, where videos that are not scanned yet are as long as the others; None before the first one is."""
        return self.scanned * (self.opened + self.waiting) / self.opened if self.opened else None

    def to_json(self) -> dict[str, Any]:
        """As plain data, the sums included."""
        return asdict(self) | {"scanned": round(self.scanned, 3), "listed": self.listed and round(self.listed, 3)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        return cls(int(told["opened"]), int(told["waiting"]), dict(told["seconds"]), told["left"])

    def line(self, since: float = 0.0) -> str:
        """One line for people. since: seconds ago that it was told."""
        listed = "" if self.listed is None or not self.waiting else f" of about {duration(self.listed)}"
        parts = [
            f"video: {duration(self.scanned)}{listed} scanned ({self.opened} of {self.opened + self.waiting} videos)"
        ]
        parts += [f"about {duration(max(0.0, self.left - since))} left"] if self.left else []
        parts += [f"{duration(self.seconds[word])} {word}" for word in WORDS if self.seconds.get(word)]
        return ", ".join(parts)

"""What a filter says of a clip, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against a clip: `score` is `value`, and `asked` ("<=", ">=", "<" or ">") `threshold` would pass.

    `reason` is a short snake_case word. A filter that declares no gates names no score, and no numbers.
    """

    filter: str
    reason: str
    score: str = ""
    value: float | None = None
    asked: str = ""
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What thresholds make of a measurement. `reason` is that of the first objection, empty when kept.

    `unmeasured`: scores that a gate asks about and that could not be had; they speak neither for nor against.
    """

    filter: str
    kept: bool
    reason: str = ""
    objections: tuple[Objection, ...] = ()
    unmeasured: tuple[str, ...] = ()

    @property
    def against(self) -> tuple[Objection, ...]:
        """All objections: at least one where the clip is not kept."""
        return self.objections or (() if self.kept else (Objection(self.filter, self.reason),))

"""Is there one person, all the time? Counted by the detector over the clip's samples."""

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.camera import Floats
from share_data.filters.base import FilterConfig, Observation
from share_data.filters.gates import Gate, Score, judge
from share_data.filters.verdict import Verdict
from share_data.records import Measurement


class SinglePersonConfig(FilterConfig):
    """Thresholds. The main person of a sample is the one with the largest box; sizes are box areas."""

    kind: Literal["single_person"] = "single_person"
    min_presence: float = Field(0.9, ge=0, le=1, description="Share of samples that must show the main person.")
    max_company: float = Field(0.1, ge=0, le=1, description="Share of samples that may show a second person of size.")


class SinglePerson:
    """Rejects `no_person`, `person_leaves` and `multiple_people`."""

    kind: ClassVar[str] = "single_person"
    version: ClassVar[int] = 1
    Config: ClassVar[Any] = SinglePersonConfig
    scores: ClassVar[tuple[Score, ...]] = (
        Score("presence", "share of samples", "higher", "samples that show the main person"),
        Score("company", "share of samples", "lower", "samples that show a second person of size"),
        Score("count_max", "people", "lower", "most people in one sample"),
        Score("second_area_max", "ratio", "lower", "largest area of a second person, of the main one's"),
    )

    RELEVANT_AREA: ClassVar[float] = 0.1
    """A second person counts from this share of the main person's area: smaller ones are distant bystanders."""

    def measure(self, observation: Observation) -> Measurement:
        """Scores: presence and company (shares of the samples), count_max, second_area_max (of the main's)."""
        areas = [_areas(boxes) for boxes in observation.people]
        second = np.array([found[1] / found[0] if len(found) > 1 else 0.0 for found in areas])
        scores = {
            "presence": float(np.mean([len(found) > 0 for found in areas])),
            "company": float(np.mean(second >= self.RELEVANT_AREA)),
            "count_max": float(max(len(found) for found in areas)),
            "second_area_max": float(second.max()),
        }
        return Measurement(self.kind, self.version, scores)

    def gates(self, config: SinglePersonConfig) -> tuple[Gate, ...]:
        """Nobody at all comes first, then company, then absence."""
        return (
            Gate("presence", ">", 0, "no_person"),
            Gate("company", "<=", config.max_company, "multiple_people", "max_company"),
            Gate("presence", ">=", config.min_presence, "person_leaves", "min_presence"),
        )

    def decide(self, measurement: Measurement, config: SinglePersonConfig) -> Verdict:
        """By the gates."""
        return judge(measurement, self.gates(config))


def _areas(boxes: Floats) -> Floats:
    """(n,) areas of (n, 5) boxes in square pixels, largest first; empty boxes are left out."""
    sides = np.clip(boxes[:, 2:4] - boxes[:, :2], 0, None)
    areas = np.sort(sides.prod(axis=1))[::-1]
    return np.asarray(areas[areas > 0])

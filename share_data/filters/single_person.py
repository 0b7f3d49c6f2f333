"""Is there one person, all the time? Counted by the detector over the clip's samples."""

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.camera import Floats
from share_data.filters.base import FilterConfig, Observation
from share_data.records import Measurement, Verdict


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

    def decide(self, measurement: Measurement, config: SinglePersonConfig) -> Verdict:
        """Nobody at all comes first, then company, then absence."""
        scores = measurement.scores
        if scores["presence"] == 0:
            return Verdict(self.kind, False, "no_person")
        if scores["company"] > config.max_company:
            return Verdict(self.kind, False, "multiple_people")
        if scores["presence"] < config.min_presence:
            return Verdict(self.kind, False, "person_leaves")
        return Verdict(self.kind, True)


def _areas(boxes: Floats) -> Floats:
    """(n,) areas of (n, 5) boxes in square pixels, largest first; empty boxes are left out."""
    sides = np.clip(boxes[:, 2:4] - boxes[:, :2], 0, None)
    areas = np.sort(sides.prod(axis=1))[::-1]
    return np.asarray(areas[areas > 0])

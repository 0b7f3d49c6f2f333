"""A filter of your own: is a clip bright enough to see the person? The contract is `share_data.filters.base.Filter`.

    pip install examples/own_filter
    share-data build examples/own_filter/recipe.yaml --set sources.0.root=/path/to/videos

Built again with `--set filters.bright_enough.min_luminance=60`, nothing is measured anew: scores are stored, thresholds
decide.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from share_data.filters.base import FilterConfig, Observation
from share_data.filters.verdict import Verdict
from share_data.records import Measurement


class BrightEnoughConfig(FilterConfig):
    """What a recipe may say about this filter. Thresholds are in no stage key: changing one measures nothing again."""

    kind: Literal["bright_enough"] = "bright_enough"
    min_luminance: float = Field(40, ge=0, le=255, description="Mean grey value, 0 to 255, of the darkest sample.")


class BrightEnough:
    """Rejects `too_dark`."""

    kind: ClassVar[str] = "bright_enough"
    version: ClassVar[int] = 1  # Raise it whenever `measure` gives other numbers: stored ones are then left aside.
    Config: ClassVar[Any] = BrightEnoughConfig

    def measure(self, observation: Observation) -> Measurement:
        """Scores: luminance_min and luminance_mean (grey values over the clip's samples, 0 to 255)."""
        luminance = observation.grey.mean(axis=(1, 2))  # (S,)
        scores = {"luminance_min": float(luminance.min()), "luminance_mean": float(luminance.mean())}
        return Measurement(self.kind, self.version, scores)

    def decide(self, measurement: Measurement, config: BrightEnoughConfig) -> Verdict:
        """Pure: the same numbers and thresholds always give the same verdict."""
        if measurement.scores["luminance_min"] < config.min_luminance:
            return Verdict(self.kind, False, "too_dark")
        return Verdict(self.kind, True)

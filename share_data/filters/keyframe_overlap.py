"""Does the person uncover the background? SHARE fuses two keyframes and assumes their person masks do not overlap."""

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.filters.base import FilterConfig, Observation
from share_data.records import Measurement, Verdict


class KeyframeOverlapConfig(FilterConfig):
    """Thresholds on the masks of the first and the last frame."""

    kind: Literal["keyframe_overlap"] = "keyframe_overlap"
    max_iou: float = Field(0.25, ge=0, le=1, description="Intersection over union of the two masks.")
    max_hole: float = Field(0.02, ge=0, le=1, description="Background seen in neither keyframe, share of the image.")


class KeyframeOverlap:
    """Rejects `no_mask_at_keyframe` and `masks_overlap`."""

    kind: ClassVar[str] = "keyframe_overlap"
    version: ClassVar[int] = 1
    Config: ClassVar[Any] = KeyframeOverlapConfig

    def measure(self, observation: Observation) -> Measurement:
        """Scores: masks (keyframes with a mask, 0-2), and with both: iou, and hole (intersection / image)."""
        first, last = observation.keyframe_masks
        scores = {"masks": float((first is not None) + (last is not None))}
        if first is not None and last is not None:
            both, either = int(np.count_nonzero(first & last)), int(np.count_nonzero(first | last))
            scores |= {"iou": both / max(either, 1), "hole": both / first.size}
        return Measurement(self.kind, self.version, scores)

    def decide(self, measurement: Measurement, config: KeyframeOverlapConfig) -> Verdict:
        """Both keyframes need a mask, and their overlap must stay small."""
        scores = measurement.scores
        if scores["masks"] < 2:
            return Verdict(self.kind, False, "no_mask_at_keyframe")
        if scores["iou"] > config.max_iou or scores["hole"] > config.max_hole:
            return Verdict(self.kind, False, "masks_overlap")
        return Verdict(self.kind, True)

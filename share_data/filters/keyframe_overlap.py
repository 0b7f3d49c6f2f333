"""Does the person uncover the background? SHARE fuses two keyframes and assumes their person masks do not overlap.

Keyframes are chosen by the person's track, which a filter has not: it judges the best pair among some frames, by the
same rule. More keyframes than two hide no more than these; the paper's first and last are judged where asked for.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.errors import EstimationError
from share_data.filters.base import FilterConfig, Observation
from share_data.filters.gates import Gate, Score, judge
from share_data.filters.verdict import Verdict
from share_data.pipeline.keyframes import choose_keyframes
from share_data.records import Bools, Measurement

CUT = 0.5
"""Share of the median area from which on a mask counts as that of a whole person: one may walk away, and be cut."""


def _scores(suffix: str, pair: str) -> tuple[Score, ...]:
    return (
        Score(f"masks{suffix}", "masks of 2", "higher", f"those of the {pair} that show somebody"),
        Score(f"iou{suffix}", "ratio", "lower", f"intersection over union of the masks of the {pair}"),
        Score(f"hole{suffix}", "share of the image", "lower", f"background that the {pair} leave unseen"),
    )


class KeyframeOverlapConfig(FilterConfig):
    """Thresholds on the masks at two keyframes."""

    kind: Literal["keyframe_overlap"] = "keyframe_overlap"
    keyframes: Literal["seen", "ends"] = Field(
        "seen",
        description="Which are judged. seen: the pair that shows the person and overlaps least, for keyframes.choice: "
        "seen. ends: the first and the last frame, as the paper has it.",
    )
    max_iou: float = Field(0.25, ge=0, le=1, description="Intersection over union of the two masks.")
    max_hole: float = Field(0.02, ge=0, le=1, description="Background seen in neither keyframe, share of the image.")


class KeyframeOverlap:
    """Rejects `no_mask_at_keyframe` and `masks_overlap`."""

    kind: ClassVar[str] = "keyframe_overlap"
    version: ClassVar[int] = 2
    Config: ClassVar[Any] = KeyframeOverlapConfig
    scores: ClassVar[tuple[Score, ...]] = (*_scores("", "best pair"), *_scores("_ends", "first and last frame"))

    def measure(self, observation: Observation) -> Measurement:
        """Scores of the best pair, and with the suffix `_ends` of the first and last frame.

        masks: of the two, those that show somebody; where both do: iou, and hole (intersection / image).
        """
        found = observation.masks
        ends = _overlap(found[0], found[-1])
        scores = _overlap(*_best_pair(observation)) | {f"{name}_ends": score for name, score in ends.items()}
        return Measurement(self.kind, self.version, scores)

    def gates(self, config: KeyframeOverlapConfig) -> tuple[Gate, ...]:
        """Both keyframes need a mask, and their overlap must stay small."""
        suffix = "_ends" if config.keyframes == "ends" else ""
        return (
            Gate(f"masks{suffix}", ">=", 2, "no_mask_at_keyframe"),
            Gate(f"iou{suffix}", "<=", config.max_iou, "masks_overlap", "max_iou"),
            Gate(f"hole{suffix}", "<=", config.max_hole, "masks_overlap", "max_hole"),
        )

    def decide(self, measurement: Measurement, config: KeyframeOverlapConfig) -> Verdict:
        """By the gates."""
        return judge(measurement, self.gates(config))


def _best_pair(observation: Observation) -> tuple[Bools | None, Bools | None]:
    """The masks at two keyframes; None for what is not there."""
    seen = [mask for mask in observation.masks if mask is not None]
    if len(seen) < 2:
        return (seen[0] if seen else None), None
    masks = np.stack([np.zeros_like(seen[0]) if mask is None else mask for mask in observation.masks])
    areas = masks.sum(axis=(1, 2), dtype=np.float64)
    shown = np.minimum(areas / (CUT * np.median(areas[areas > 0])), 1)
    times = observation.times[np.searchsorted(observation.indices, observation.mask_frames)]
    try:
        chosen = choose_keyframes(observation.mask_frames, times, shown, masks, 2)
    except EstimationError:  # One of them shows much more than the others.
        return seen[0], seen[-1]
    first, last = (masks[observation.mask_frames == frame][0] for frame in chosen)
    return first, last


def _overlap(first: Bools | None, last: Bools | None) -> dict[str, float]:
    scores = {"masks": float((first is not None) + (last is not None))}
    if first is None or last is None:
        return scores
    both, either = int(np.count_nonzero(first & last)), int(np.count_nonzero(first | last))
    return scores | {"iou": both / max(either, 1), "hole": both / first.size}

"""Did a body come out, where the person was seen? Decided on the scores that the reconstruction was given.

Rejects after the fact: the record is left out of its shard, which moves no other record, and a changed threshold
reconstructs nothing. A score that was not measured speaks neither for nor against.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from share_data.filters.base import FilterConfig
from share_data.filters.gates import Gate, Score, judge
from share_data.filters.verdict import Verdict
from share_data.records import Measurement


class ReconstructionQualityConfig(FilterConfig):
    """Thresholds on scores of a record. Those that say whether it is a body are `human_body.LIMITS`."""

    kind: Literal["reconstruction_quality"] = "reconstruction_quality"
    min_stature_m: float = Field(0.9, ge=0, description="Stature of the body, metres.")
    max_stature_m: float = Field(2.2, ge=0, description="Stature of the body, metres.")
    max_largest_beta: float = Field(5.0, ge=0, description="Largest shape coefficient, standard deviations.")
    max_beyond_joint_limits: float = Field(
        0.2, ge=0, le=1, description="Share of frames with a joint turned further than joints turn."
    )
    max_sides_mixed: float = Field(
        0.2, ge=0, le=1, description="Share of frames with shoulders and hips facing opposite ways."
    )
    min_mask_iou: float = Field(0.5, ge=0, le=1, description="Overlap of the rendered body with the person's mask.")
    max_upside_down: float = Field(0.2, ge=0, le=1, description="Share of frames with the head below the feet.")
    max_person_lost: float = Field(0.2, ge=0, le=1, description="Share of frames in which the body left the person.")
    at_least: Mapping[str, float] = Field(
        {}, description="More gates: score of a record to the least value, e.g. {confidence: 0.3}."
    )
    at_most: Mapping[str, float] = Field(
        {}, description="More gates: score of a record to the largest value, e.g. {skating_m_s: 0.15}."
    )


class ReconstructionQuality:
    """Rejects `not_a_body`, `mask_differs`, `upside_down`, `person_lost`, and what `at_least` and `at_most` name."""

    kind: ClassVar[str] = "reconstruction_quality"
    version: ClassVar[int] = 1
    Config: ClassVar[Any] = ReconstructionQualityConfig
    scores: ClassVar[tuple[Score, ...]] = (
        Score("body_height_m", "m", "neither", "stature of the body"),
        Score("largest_beta", "standard deviations", "lower", "largest shape coefficient"),
        Score("beyond_joint_limits", "share of frames", "lower", "frames with a joint turned further than joints turn"),
        Score("sides_mixed", "share of frames", "lower", "frames with shoulders and hips facing opposite ways"),
        Score("mask_iou", "ratio", "higher", "overlap of the rendered body with the person's mask"),
        Score("upside_down", "share of frames", "lower", "frames with the head below the feet"),
        Score("person_lost", "share of frames", "lower", "frames in which the body left the person"),
    )

    def gates(self, config: ReconstructionQualityConfig) -> tuple[Gate, ...]:
        """What is no body comes first: where it lies says little then."""
        body = "not_a_body"
        return (
            Gate("body_height_m", ">=", config.min_stature_m, body, "min_stature_m"),
            Gate("body_height_m", "<=", config.max_stature_m, body, "max_stature_m"),
            Gate("largest_beta", "<=", config.max_largest_beta, body, "max_largest_beta"),
            Gate("beyond_joint_limits", "<=", config.max_beyond_joint_limits, body, "max_beyond_joint_limits"),
            Gate("sides_mixed", "<=", config.max_sides_mixed, body, "max_sides_mixed"),
            Gate("upside_down", "<=", config.max_upside_down, "upside_down", "max_upside_down"),
            Gate("person_lost", "<=", config.max_person_lost, "person_lost", "max_person_lost"),
            Gate("mask_iou", ">=", config.min_mask_iou, "mask_differs", "min_mask_iou"),
            *(Gate(name, ">=", value, f"{name}_low", f"at_least.{name}") for name, value in config.at_least.items()),
            *(Gate(name, "<=", value, f"{name}_high", f"at_most.{name}") for name, value in config.at_most.items()),
        )

    def decide(self, measurement: Measurement, config: ReconstructionQualityConfig) -> Verdict:
        """By the gates."""
        return judge(measurement, self.gates(config))

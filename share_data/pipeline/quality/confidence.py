"""One number in [0, 1] from the quality scores of a clip: how far its reconstruction is to be trusted.

Each score becomes a desirability (Derringer and Suich, 1980): a logistic that is 0.5 at the score's gate, 0.99 at a
good value, and falls with every step for the worse. Scores that show the same fault form an aspect, whose
desirability is that of its worst score; the confidence is the product over the aspects. Hence

* a confidence of 0.5 or more means that every score is within its gate;
* no score can get worse and the confidence rise;
* a score that could not be measured counts as 1, neither for nor against.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, log

from scipy.special import expit

GOOD_DESIRABILITY = 0.99


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the values of one score mean, in its own unit.

    Attributes:
        score: its name.
        aspect: scores of one aspect show the same fault; its worst one counts.
        good: the value whose desirability is 0.99.
        gate: the value whose desirability is 0.5.
        source: where both come from.
    """

    score: str
    aspect: str
    good: float
    gate: float
    source: str

    def desirability(self, value: float) -> float:
        """How welcome a value is: rising towards `good` and beyond, falling beyond `gate`.

        >>> Anchor("skating_m_s", "feet", good=0.05, gate=0.15, source="").desirability(0.15)
        0.5

        Returns:
            In [0, 1], monotone.
        """
        steepness = log(GOOD_DESIRABILITY / (1 - GOOD_DESIRABILITY))
        return float(expit(steepness * (self.gate - value) / (self.gate - self.good)))


# "ours" marks gates chosen here and not yet tuned on data.
ANCHORS = (
    Anchor("mask_iou", "image", 0.85, 0.7, "ours: even a fitted body leaves out clothes and hair"),
    Anchor("depth_residual_abs_m", "depth", 0.05, 0.15, "ours: clothes and map noise; half a body's depth"),
    Anchor("placement_body_loss_m", "depth", 0.1, 0.24, "measured: 0.03 for a bare body in place, 0.24 for 0.15 m off"),
    Anchor("scale_disagreement", "depth", 0.03, 0.15, "sd of regressed heights; below the fifth of RICH's LectureHall"),
    Anchor("floor_penetration_mm", "floor", 5.0, 20.0, "PhysDiff's tolerance; ours"),
    Anchor("floating_mm", "floor", 20.0, 100.0, "ours: a step in the air; jumps and beds are above it"),
    Anchor("skating_m_s", "feet", 0.05, 0.15, "measured: 0.03 for a true walk; ours: GVHMR's 4 mm a frame on RICH"),
    Anchor("jitter_10m_s3", "motion", 10.0, 20.0, "measured: 4 for a true walk, 24 with 1 cm of noise a frame"),
    Anchor("keyframe_jump", "motion", 1.5, 5.0, "ours: within a motion's own variation; plainly seen"),
    Anchor("valid_share", "track", 0.98, 0.9, "ours: one frame in ten interpolated"),
)


def confidence(scores: Mapping[str, float]) -> float:
    """Product over aspects of the worst desirability in each; see the module for what it means.

    >>> confidence({"skating_m_s": 0.15, "mask_iou": 0.7})
    0.25

    Args:
        scores: by name, in the units of the names; names without an anchor are ignored.

    Returns:
        In [0, 1]; 0.5 or more only if every score is within its gate.

    Raises:
        ValueError: a score is not finite.
    """
    worst: dict[str, float] = {}
    for anchor in ANCHORS:
        if anchor.score not in scores:
            continue
        value = scores[anchor.score]
        if not isfinite(value):
            raise ValueError(f"the score {anchor.score} is {value}; scores must be finite")
        worst[anchor.aspect] = min(worst.get(anchor.aspect, 1.0), anchor.desirability(value))
    total = 1.0
    for share in worst.values():
        total *= share
    return total

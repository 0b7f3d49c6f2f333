"""Does the camera stand still? Measured on the background's own pixels, against the sample that shows most of it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.camera import Floats
from share_data.filters.base import FilterConfig, Observation
from share_data.filters.evidence import background, unmoved
from share_data.filters.evidence import sweeps as motion
from share_data.filters.evidence.background import BackgroundMotion, Reference, free_of
from share_data.filters.evidence.jumps import zones_of
from share_data.filters.evidence.sweeps import sweeps
from share_data.filters.evidence.unmoved import by_camera
from share_data.filters.gates import Gate, Score, judge
from share_data.filters.verdict import Verdict
from share_data.records import Measurement
from share_data.video.picture import Image

_TWINS_S = 0.2
"""Samples nearer to the one before add no knowledge of slow motion, and fast motion shows in any."""
_NEIGHBOURS_S = 0.75
"""Samples that `jitter_pct` compares are no further apart."""
_FEW = 0.1
"""Share of the samples in which little of the background may be seen: somebody passes close to the lens."""
LIMIT_PCT, NO_OVERLAY = 1.0, 0.1
"""A camera that moves by more than this, % of the diagonal, is none that stands still badly."""
_STILL = {"corner_shift_pct": 0.10, "scale_pct": 0.15, "jitter_pct": 0.10}
"""What a camera that stands still stays below: the thresholds' defaults, but fixed."""
SWAY = "sway_pct"
"""Score that only clips have whose frames were turned back."""


class StaticCameraConfig(FilterConfig):
    """Thresholds, in per cent: a static 1080p clip measures below 0.1, half a pixel of shake about 0.1."""

    kind: Literal["static_camera"] = "static_camera"
    max_corner_shift_pct: float = Field(0.10, gt=0, description="Shift of an image corner, % of the image diagonal.")
    max_scale_pct: float = Field(0.15, gt=0, description="Change of scale (zoom) against the reference, %.")
    max_jitter_pct: float = Field(0.10, gt=0, description="Corner shift within half a second, % of the diagonal.")
    max_moving_share: float = Field(
        0.4, ge=0, le=1, description="Share of the picture's middle that may move as one while the rest stands still."
    )
    max_swept_s: float = Field(0.0, ge=0, description="Seconds in which the whole picture moves, from frame to frame.")
    min_inliers: float = Field(50, ge=0, description="Background features that must agree in nine samples of ten.")
    min_cells: float = Field(4, ge=0, le=9, description="Cells of a 3 x 3 grid those features must cover.")


class StaticCamera:
    """Rejects `camera_moves`, and `undetermined` where too little background is left to tell."""

    kind: ClassVar[str] = "static_camera"
    version: ClassVar[int] = background.VERSION + motion.VERSION + unmoved.VERSION
    Config: ClassVar[Any] = StaticCameraConfig
    scores: ClassVar[tuple[Score, ...]] = (
        Score("corner_shift_pct", "% of the diagonal", "lower", "largest shift of a corner against the reference"),
        Score("scale_pct", "%", "lower", "largest change of scale against the reference"),
        Score("jitter_pct", "% of the diagonal", "lower", "largest shift of a corner within half a second"),
        Score("moving_share", "share", "lower", "of the picture's middle that moves while overlays stand still"),
        Score("swept_s", "s", "lower", "in which the whole picture moves from frame to frame, and comes back or not"),
        Score("inliers_min", "features", "higher", "background features that agree, in nine samples of ten"),
        Score("cells_min", "cells of 9", "higher", "cells of a 3 x 3 grid that those features cover"),
        Score(
            "stabilisable", "0 or 1", "neither", "1: it moves by at most 1 % of the diagonal, and by how much is known"
        ),
        Score(SWAY, "% of the diagonal", "neither", "where frames were turned back: the corner shift that was filmed"),
    )

    def measure(self, observation: Observation) -> Measurement:
        """Scores as `scores` says, by which the best-seen sample is the reference. Shifts of fits with fewer than
        `background.TRUSTED` features are left out.
        """
        chosen = _apart(observation.times)
        grey = [observation.grey[k] for k in chosen]
        boxes = [observation.people[k] for k in chosen]
        best = _most_free(grey, boxes)
        reference = Reference(grey[best], boxes[best])
        others = [k for k in range(len(chosen)) if k != best]
        motions = {k: reference.motion(grey[k], boxes[k]) for k in others}
        scores = _scores(motions, best, observation.times[chosen]) | _swept(observation)
        return Measurement(self.kind, self.version, scores)

    def gates(self, config: StaticCameraConfig) -> tuple[Gate, ...]:
        """Motion that is seen outweighs what could not be seen."""
        return (
            Gate("corner_shift_pct", "<=", config.max_corner_shift_pct, "camera_moves", "max_corner_shift_pct"),
            Gate("scale_pct", "<=", config.max_scale_pct, "camera_moves", "max_scale_pct"),
            Gate("jitter_pct", "<=", config.max_jitter_pct, "camera_moves", "max_jitter_pct"),
            Gate("moving_share", "<=", config.max_moving_share, "camera_moves", "max_moving_share"),
            Gate("swept_s", "<=", config.max_swept_s, "camera_moves", "max_swept_s"),
            Gate("inliers_min", ">=", config.min_inliers, "undetermined", "min_inliers"),
            Gate("cells_min", ">=", config.min_cells, "undetermined", "min_cells"),
        )

    def decide(self, measurement: Measurement, config: StaticCameraConfig) -> Verdict:
        """By the gates."""
        return judge(measurement, self.gates(config))


def best_sample(observation: Observation) -> int:
    """The sample that the others are compared with: of those that are worth it, the one with most background."""
    chosen = _apart(observation.times)
    best = _most_free([observation.grey[k] for k in chosen], [observation.people[k] for k in chosen])
    return chosen[best]


def sways(scores: Mapping[str, float]) -> bool:
    """Whether frames of a clip with these scores can be turned back, and need it. Fixed: no threshold has a say."""
    return scores.get("stabilisable") == 1.0 and any(scores[name] > still for name, still in _STILL.items())


def _most_free(grey: Sequence[Image], boxes: Sequence[Floats]) -> int:
    return int(np.argmax([free_of(g.shape, b).mean() for g, b in zip(grey, boxes, strict=True)]))


def _swept(observation: Observation) -> dict[str, float]:
    """Score of the motion between samples; none where the frames' changes were not kept."""
    times, coarse = observation.frame_times, observation.coarse
    if not len(coarse):
        return {}
    size = (observation.grey.shape[2], observation.grey.shape[1])
    zones = zones_of(times, observation.times, observation.people, size, (coarse.shape[1], coarse.shape[2]))
    found = by_camera(sweeps(coarse, zones, times), times, observation.times, observation.people, observation.grey)
    return {"swept_s": float(sum(times[stop - 1] - times[start] for start, stop in found))}


def _apart(times: Floats) -> list[int]:
    """Numbers of samples that are worth comparing: the first and the last, and no twins."""
    chosen = [0]
    for k in range(1, len(times)):
        if times[k] - times[chosen[-1]] >= _TWINS_S:
            chosen.append(k)
    if chosen[-1] != len(times) - 1:
        chosen.append(len(times) - 1)
    return chosen


def _scores(motions: dict[int, BackgroundMotion], best: int, times: Floats) -> dict[str, float]:
    """motions: by sample, from the reference, which is sample `best`, to it; times: (S,) seconds."""
    seen = {k: motion for k, motion in motions.items() if motion.trusted}
    scores = {
        "inliers_min": _usual_least([float(motion.inliers) for motion in motions.values()]),
        "cells_min": _usual_least([float(motion.cells) for motion in motions.values()]),
        "moving_share": max((motion.moving_share for motion in motions.values()), default=0.0),
        "stabilisable": 0.0,
    }
    if not seen:
        return scores
    places: dict[int, Floats] = {best: np.zeros((4, 2))} | {k: motion.corners for k, motion in seen.items()}
    scores["corner_shift_pct"] = max(motion.shift for motion in seen.values())
    scores["scale_pct"] = max(motion.scale for motion in seen.values())
    scores["jitter_pct"] = _jitter(dict(sorted(places.items())), times)
    known = len(seen) == len(motions) and scores["moving_share"] <= NO_OVERLAY
    scores["stabilisable"] = float(known and scores["corner_shift_pct"] <= LIMIT_PCT)
    return scores


def _jitter(places: dict[int, Floats], times: Floats) -> float:
    """Largest shift of a corner between samples that are at most `_NEIGHBOURS_S` apart, % of the diagonal."""
    numbers = list(places)
    largest = 0.0
    for k, j in pairwise(numbers):
        if times[j] - times[k] <= _NEIGHBOURS_S:
            largest = max(largest, float(np.linalg.norm(places[j] - places[k], axis=1).max()))
    return largest


def _usual_least(counts: list[float]) -> float:
    """The least of nine tenths of the counts; 0 where there is none."""
    return sorted(counts)[int(_FEW * len(counts))] if counts else 0.0

"""Fit of the confidence's table: a logistic regression on curves that never rise where a score gets worse.

Each score's badness is cut into ramps between a few values; every ramp, and the score's absence, may only lower the
logit. A setup weighs as the root of its clips. The two clip-wide uncertainties are fitted first, as
the errors within which two thirds of the clips lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from confidence_rows import Row, depth_by
from scipy.optimize import minimize

from share_data.camera import Floats
from share_data.pipeline.camera.pose import TELLERS
from share_data.pipeline.quality.confidence import Curves

ROOT_M, UP_DEG, PA_MPJPE_MM, TURN_DEG = 0.3, 8.0, 90.0, 45.0
"""Bounds of a record. PA-MPJPE turns a body before it compares: one upside down, or back to front, is caught by its
trunk, which must be within 45 degrees of the true one's."""
WITHIN = 0.68
TOLD_UP_DEG = 0.2  # what a recipe or a source says is taken at its word
RIDGE, FAULT_RIDGE = 1.0, 0.1
"""How much a ramp's step is held back; less where the score is of a fault that leaves nothing right and few have."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The values of a score between which its curve is straight, from good to bad. ridge: see `RIDGE`."""

    score: str
    at: tuple[float, ...]
    ridge: float = RIDGE


SHAPES = (
    Shape("depth_uncertainty_m", (0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 1.8)),
    Shape("up_uncertainty_deg", (1.0, 4.0, 8.0)),
    Shape("person_distance_m", (2.0, 4.0, 6.5, 9.0)),
    Shape("focal_default", (0.0, 1.0)),
    Shape("scale_disagreement_raw", (0.02, 0.06, 0.12, 0.25)),
    Shape("scale_log_factor", (0.0, 0.06, 0.15, 0.3)),
    Shape("keyframe_scale_spread", (0.02, 0.06, 0.15)),
    Shape("mask_iou", (0.85, 0.75, 0.65, 0.5, 0.35)),
    Shape("body_seen_share", (0.95, 0.85, 0.7, 0.5)),
    Shape("depth_residual_abs_m", (0.03, 0.08, 0.15, 0.3)),
    Shape("placement_body_loss_m", (0.08, 0.15, 0.3, 0.6)),
    Shape("placement_mean_offset_m", (0.05, 0.2, 0.5, 1.0)),
    Shape("penetration_mm", (5.0, 30.0, 80.0, 200.0)),
    Shape("floating_mm", (5.0, 30.0, 100.0, 300.0)),
    Shape("lean_deg", (6.0, 12.0, 20.0, 40.0), FAULT_RIDGE),
    Shape("upside_down", (0.0, 0.2, 1.0), FAULT_RIDGE),
    Shape("flips_per_s", (0.0, 0.5, 2.0), FAULT_RIDGE),
    Shape("beyond_joint_limits", (0.0, 0.1, 0.3, 1.0), FAULT_RIDGE),
    Shape("sides_mixed", (0.0, 0.1, 0.3, 1.0), FAULT_RIDGE),
    Shape("largest_beta", (1.5, 2.5, 4.0, 6.0)),
    Shape("valid_share", (1.0, 0.9, 0.7, 0.4)),
    Shape("longest_lost_s", (0.1, 0.5, 1.2)),
)
FRAME_SHAPES = (
    Shape("clip", (6.0, 3.0, 1.0, -1.0, -3.0, -6.0)),
    Shape("lost_s", (0.0, 0.2, 0.6, 1.5)),
    Shape("seen", (0.95, 0.8, 0.5, 0.2)),
)


def within(errors: Mapping[str, Any], row: Row) -> bool:
    """Whether a clip, or a frame of it, lies within all bounds. errors: the row or the frame's own."""
    placed = errors["root_m"] <= ROOT_M and errors["pa_mpjpe_mm"] <= PA_MPJPE_MM
    return bool(placed and row["up_deg"] <= UP_DEG and row["turn_deg"] <= TURN_DEG)


def good(rows: Sequence[Row]) -> Floats:
    """(N,) 1 where the clip lies within the bounds, else 0."""
    return np.array([float(within(row, row)) for row in rows])


def weights(rows: Sequence[Row]) -> Floats:
    """(N,) so that the setup with fewer clips is not drowned: each as the root of its clips, 1 on average."""
    setups = [row["setup"] for row in rows]
    shares = np.array([setups.count(setup) ** -0.5 for setup in setups])
    return np.asarray(shares / shares.mean())


def uncertainties(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Factors of depth, by what it rests on, and degrees of up, by who tells it."""
    each = weights(rows)
    factor, up = {}, {"recipe": TOLD_UP_DEG, "source": TOLD_UP_DEG}
    for kind in ("person", "map"):
        chosen = np.array([depth_by(row["scores"]) == kind for row in rows])
        ratios = [abs(row["depth_m"]) / row["scores"]["depth_uncertainty_m"] for row in rows]
        factor[kind] = round(_quantile(np.array(ratios)[chosen], each[chosen]), 3)
    for number, teller in enumerate(TELLERS[:2]):
        chosen = np.array([row["scores"]["pitch_source"] == row["scores"]["roll_source"] == number for row in rows])
        up[teller] = round(_quantile(np.array([row["up_deg"] for row in rows])[chosen], each[chosen]), 2)
    return {"depth_factor": factor, "up_deg": up}


def _quantile(values: Floats, each: Floats) -> float:
    order = np.argsort(values)
    share = np.cumsum(each[order]) / each.sum()
    return float(values[order][min(int(np.searchsorted(share, WITHIN)), len(values) - 1)])


def told(row: Row, uncertainty: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """A row's scores as a build with this table has them."""
    scores = dict(row["scores"])
    scores["depth_uncertainty_m"] = scores["depth_uncertainty_m"] * uncertainty["depth_factor"][depth_by(scores)]
    axes = [uncertainty["up_deg"][TELLERS[int(scores[f"{name}_source"])]] for name in ("pitch", "roll")]
    scores["up_uncertainty_deg"] = float(np.sqrt((axes[0] ** 2 + axes[1] ** 2) / 2))
    return scores


def fit(scores: Sequence[Mapping[str, float]], labels: Floats, each: Floats, shapes: Sequence[Shape]) -> dict[str, Any]:
    """The curves, as the table holds them. labels: (N,) 0 or 1; each: (N,) weights."""
    design = np.concatenate([_ramps(scores, shape) for shape in shapes], axis=1)
    count = design.shape[1]
    ridge = np.concatenate([np.full(len(shape.at), shape.ridge) for shape in shapes])

    def loss(x: Floats) -> tuple[float, Floats]:
        logit = x[-1] - design @ x[:-1]
        value = (each * (np.logaddexp(0, logit) - labels * logit)).sum() + (ridge * x[:-1] ** 2).sum() / 2
        slope = each * (1 / (1 + np.exp(-logit)) - labels)
        return float(value), np.append(-design.T @ slope + ridge * x[:-1], slope.sum())

    found = minimize(
        loss, np.zeros(count + 1), jac=True, method="L-BFGS-B", bounds=[(0, None)] * count + [(None, None)]
    )
    terms, start = [], 0
    for shape in shapes:
        steps = found.x[start : start + len(shape.at)]
        start += len(shape.at)
        terms.append(_term(shape, steps))
    return {"intercept": round(float(found.x[-1]), 3), "terms": terms}


def _ramps(scores: Sequence[Mapping[str, float]], shape: Shape) -> Floats:
    """(N, n): how far each score has gone from each of the values to the next, 0 to 1; last: whether it lacks."""
    values = np.array([each.get(shape.score, np.nan) for each in scores], dtype=np.float64)
    missing = np.isnan(values)
    ramps = [np.clip((values - a) / (b - a), 0, 1) for a, b in zip(shape.at, shape.at[1:], strict=False)]
    return np.stack([*(np.where(missing, 0.0, ramp) for ramp in ramps), missing.astype(np.float64)], axis=1)


def _term(shape: Shape, steps: Floats) -> dict[str, Any]:
    """steps: what each ramp takes off, and what the score's absence does."""
    logit = -np.concatenate([[0.0], np.cumsum(steps[:-1])])
    pairs = sorted(zip(shape.at, (round(float(each), 3) + 0.0 for each in logit), strict=True))
    at, values = zip(*pairs, strict=True)
    return {"score": shape.score, "at": list(at), "logit": list(values), "missing": round(-float(steps[-1]), 3) + 0.0}


def fit_table(rows: Sequence[Row]) -> dict[str, Any]:
    """The whole table from the rows of both setups."""
    uncertainty = uncertainties(rows)
    scores = [told(row, uncertainty) for row in rows]
    clip = fit(scores, good(rows), weights(rows), SHAPES)
    curves = Curves.read(clip)
    frames, labels, each = [], [], []
    for row, known, weight in zip(rows, scores, weights(rows), strict=True):
        logit = curves.logit(known)
        for frame in row["frames"]:
            frames.append({"clip": logit, "lost_s": frame["lost_s"], "seen": frame["seen"]})
            labels.append(float(within(frame, row)))
            each.append(weight / len(row["frames"]))
    frame = fit(frames, np.array(labels), np.array(each), FRAME_SHAPES)
    return {"clip": clip, "frame": frame, "uncertainty": uncertainty}

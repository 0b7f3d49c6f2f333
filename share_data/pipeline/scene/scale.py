"""Scale reconciliation: one metric scale per video, where the body's size and the point map disagree.

The silhouette fixes the person's size over depth, so the human estimator's depth carries the error of the body's size,
and the point map's depth carries the error of its metric scale. Where both show the same pixels,

    r_k = log(z_map / z_mesh) = m - b - d + e_k    m: log-scale of the map, b: of the body, d: further depth error of
                                                   the human estimator, e_k: of one keyframe.

Only m - b - d is seen; priors say how to share a disagreement: maps are mostly right and sometimes far off, so
m ~ Student-t; b as `statures` has it; d ~ normal, wider the less upright the person is; e_k ~ Student-t (one bad mask,
one occluded keyframe is ignored). The posterior of m is integrated on a grid. The scene is rescaled by the posterior
mean, and only where that makes it better with a probability of `min_certainty`: a good map is spoilt by every mistake,
a bad one is no worse for being left. The same limitation is named by SHARE (arXiv 2510.15342, floor penetration);
CHROMM takes the body's size alone for the truth.

What an estimator's body and depth are worth it says itself (`body_height_sd`, `human_depth_sd` of its class), a
geometry estimator says `map_scale_sd`; the recipe may overrule them. A measured map is never rescaled. The figures:
* body_height_sd 0.055 where nothing is said: adults differ by as much, so a body is worth no more than a mean one.
  BlazePose answers 1.70 to 1.71 m for 1.63 to 1.82. Networks that regress shapes say nothing either: what they leave of
  a stature is not known for children and tall people, and one who claims 4.5 cm and errs by 18 spoils a good map.
* human_depth_sd: a calibrated recording put BlazePose's landmarks 4 to 16 cm off at 3.2 to 3.8 m, frames pooled: 0.04,
  the worse end, where nothing is said.
* keyframe_sd 0.03: there the depth of single frames scattered by 5 to 13 cm; depth networks are assumed no worse.
* map_scale_sd 0.06, 3 degrees of freedom: SHARE's published MRPE over the distance to where the scene's optical axes
  meet is 3 to 9 % on six of RICH's eight test videos, 14 % on one and 22 % on LectureHall. A Student-t fit gives 0.09,
  an upper bound, for those errors also hold the body's size, the lateral error and the placement's.
* min_certainty 0.75: at three to one, none of the perfect maps of tests/benchmarks/scale.py is touched for a body that
  is wrong (children and tall people among them); it prints what is kept of the gain.

min_certainty, human_depth_sd where nothing is said, and the priors of `statures` were chosen among some dozens of sets
with that table and the synthetic benchmark's videos in view; figures on these two are not those of a test set. Other
draws of the benchmark's errors are: `tests/benchmarks/synthetic_seeds.py`.

What it cannot see: a wrong shared focal moves both depths alike and cancels in r. The floor is no second witness of
scale: the floor's depth under the feet over the mesh's feet, or the gap between feet and floor after placement, is
again m - b. It could only lower e_k, while the error of b stays, and it needs to know first which foot stands. So it is
left to grounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import Field

from share_data.camera import Floats
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, PooledEvidence
from share_data.pipeline.scene.statures import height_error_density, student
from share_data.strict import StrictModel

BODY_HEIGHT_SD, HUMAN_DEPTH_SD, MAP_SCALE_SD = 0.055, 0.04, 0.06
"""Of estimators that do not say: no better than the embedded ones."""
TOLD_HEIGHT_SD = 0.01
"""Of a stature that the recipe gives, `humans.height_m`: measured without shoes, or read off a passport."""
MAP_DOF, KEYFRAME_DOF = 3.0, 4.0
MAX_BLOCKS = 16  # a depth map's errors are smooth: no body holds more independent witnesses than this
GRID_STEP, GRID_MARGIN, BODY_MARGIN, KERNEL_SDS = 0.002, 1.0, 0.8, 5.0


class ScaleConfig(StrictModel):
    """How the scene's metric scale is reconciled with the body's size. Relative standard deviations: 0.02 is 2 %."""

    reconcile: bool = Field(default=True, description="Rescale the scene where the evidence is clear.")
    body_height_sd: float | None = Field(
        default=None, ge=0.005, le=0.5, description="Uncertainty of the body's size; null: as its estimator states it."
    )
    human_depth_sd: float | None = Field(
        default=None,
        ge=0,
        le=0.5,
        description="Further depth error of the human estimator, of an upright person; null: as it states it.",
    )
    map_scale_sd: float | None = Field(
        default=None,
        ge=0.005,
        le=0.5,
        description="Usual error of the point map's scale, with heavy tails; null: as its estimator states it.",
    )
    keyframe_sd: float = Field(
        default=0.03, ge=0.005, le=0.5, description="Scatter from keyframe to keyframe, body and map together."
    )
    min_certainty: float = Field(
        default=0.75, ge=0.5, le=1, description="Probability of an improvement from which on the scene is rescaled."
    )
    min_pixels: int = Field(default=100, ge=1, description="Pixels of a person below which a keyframe says nothing.")

    def settled(self, humans: Any = None, geometry: Any = None, height_told: bool = False) -> "ScaleConfig":
        """This, with what the recipe leaves open as the estimators state it, or as it is for those that do not.

        Args:
            humans: the human estimator; may have `body_height_sd` and `human_depth_sd`.
            geometry: the geometry estimator; may have `map_scale_sd`.
            height_told: whether the recipe says how tall the person is.
        """
        stated = {
            "body_height_sd": TOLD_HEIGHT_SD if height_told else getattr(humans, "body_height_sd", BODY_HEIGHT_SD),
            "human_depth_sd": getattr(humans, "human_depth_sd", HUMAN_DEPTH_SD),
            "map_scale_sd": getattr(geometry, "map_scale_sd", MAP_SCALE_SD),
        }
        return self.model_copy(update={name: sd for name, sd in stated.items() if getattr(self, name) is None})


@dataclass(frozen=True, slots=True)
class ScaleEstimate:
    """One video's scale. The body's shape is never changed.

    Attributes:
        scale: the map's depth over the true one, posterior mean of the log.
        sd: posterior standard deviation of its log.
        evidence_sigmas: by how many standard deviations body and map disagree.
        certainty: probability that rescaling by `scale` brings the map nearer to the truth.
        applied: whether the scene is to be rescaled.
        ratios: of each of the clip's own keyframes that counted, map depth over mesh depth.
        body_scale: the estimated body's size over the true one, by the same integration.
        source: whose keyframes told it, one of `SCALE_SOURCES`.
        clips: of how many clips.
    """

    scale: float
    sd: float
    evidence_sigmas: float
    certainty: float
    applied: bool
    ratios: tuple[float, ...]
    body_scale: float
    source: str = "clip"
    clips: int = 1

    @property
    def disagreement(self) -> float:
        """Log of the point map's size over the body's, before any correction; 0 where nothing was compared."""
        return float(np.median(np.log(self.ratios))) if self.ratios else 0.0

    @property
    def factor(self) -> float:
        """What scene points and human points are to be multiplied by: 1 unless applied."""
        return 1 / self.scale if self.applied else 1.0


def estimate_scale(evidence: Sequence[KeyframeEvidence], config: ScaleConfig) -> ScaleEstimate:
    """The video's map scale from its keyframes, of one clip or of several; see the module's text for the model.

    Args:
        evidence: of the keyframes, in any order.
        config: how sure body and map are held to be (see `ScaleConfig.settled`), and from when on the scene is
            rescaled.

    Returns:
        The estimate. Without a keyframe of enough pixels: scale 1 with the prior's spread, not applied.
    """
    config = config.settled()
    counted = [each for each in evidence if each.pixels >= config.min_pixels]
    ratios = np.array([each.log_ratio for each in counted])
    body, body_moment = _body_kernels(counted, config)
    limit = GRID_MARGIN + GRID_STEP * len(body) / 2 + float(np.abs(ratios).max(initial=0))
    steps = int(np.ceil(limit / GRID_STEP))
    grid = GRID_STEP * np.arange(-steps, steps + 1)
    likelihood = _likelihood(grid, ratios, np.array([_noise(each, config) for each in counted]))
    # m = x + b with x = m - b on the same grid: the integral over b is a convolution.
    seen = np.convolve(likelihood, body, mode="same")
    prior = student(grid, config.map_scale_sd or MAP_SCALE_SD, MAP_DOF)
    posterior = seen * prior
    total = posterior.sum()
    mean = float(posterior @ grid / total) if counted else 0.0
    sd = float(np.sqrt(posterior @ (grid - mean) ** 2 / total))
    body_mean = float(np.convolve(likelihood, body_moment, mode="same") @ prior / total) if counted else 0.0
    # The correction is one for the better where the truth lies beyond its half.
    certainty = float(posterior[grid * np.sign(mean) > abs(mean) / 2].sum() / total)
    # The likelihood ratio of the best scale against 1, in sigmas: |r| / sd where everything is normal.
    at_one = max(float(seen[steps]), np.finfo(np.float64).tiny)
    sigmas = float(np.sqrt(2 * np.log(max(float(seen.max()) / at_one, 1.0)))) if counted else 0.0
    applied = config.reconcile and len(counted) > 0 and certainty >= config.min_certainty
    scales = tuple(np.exp(ratios).tolist())
    return ScaleEstimate(float(np.exp(mean)), sd, sigmas, certainty, applied, scales, float(np.exp(body_mean)))


def estimate_pooled(pooled: PooledEvidence, config: ScaleConfig) -> ScaleEstimate:
    """`estimate_scale` of several clips' keyframes, for one of them: `ratios` are its own."""
    together, alone = (estimate_scale(evidence, config) for evidence in (pooled.keyframes, pooled.own))
    return replace(together, ratios=alone.ratios, source=pooled.source, clips=pooled.clips)


def _body_kernels(counted: Sequence[KeyframeEvidence], config: ScaleConfig) -> tuple[Floats, Floats]:
    """Density of b + d on a grid about 0, and the same with b as a factor."""
    b = GRID_STEP * np.arange(-round(BODY_MARGIN / GRID_STEP), round(BODY_MARGIN / GRID_STEP) + 1)
    height = float(np.median([each.height for each in counted])) if counted else 0.0
    density = height_error_density(b, height, config.body_height_sd or BODY_HEIGHT_SD) if counted else 1.0 * (b == 0)
    # A tilted body's depth hangs on the tilt: an angle's error counts for more the more of the body is foreshortened.
    upright = float(np.mean([each.upright for each in counted])) if counted else 1.0
    sd = min((config.human_depth_sd or 0.0) / upright**2, 0.5)
    half = int(np.ceil(KERNEL_SDS * sd / GRID_STEP))
    d = GRID_STEP * np.arange(-half, half + 1)
    kernel = np.exp(-((d / max(sd, GRID_STEP / 10)) ** 2) / 2)
    density = density / density.sum()
    return np.convolve(density, kernel / kernel.sum()), np.convolve(density * b, kernel / kernel.sum())


def _noise(evidence: KeyframeEvidence, config: ScaleConfig) -> float:
    """Standard deviation of one keyframe's log-ratio: a block of `min_pixels` pixels counts as one witness."""
    blocks = min(evidence.pixels / config.min_pixels, MAX_BLOCKS)
    return float(np.hypot(config.keyframe_sd, evidence.spread / np.sqrt(blocks)))


def _likelihood(grid: Floats, ratios: Floats, noise: Floats) -> Floats:
    """Of m - b - d at the points of the grid, up to a factor."""
    gap = (ratios[:, None] - grid) / noise[:, None]
    logs = -(KEYFRAME_DOF + 1) / 2 * np.log1p(gap**2 / KEYFRAME_DOF).sum(axis=0)
    return np.asarray(np.exp(logs - logs.max()))

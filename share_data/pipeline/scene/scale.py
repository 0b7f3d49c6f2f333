"""Scale reconciliation: one metric scale per video, where the body's size and the point map disagree.

The silhouette fixes the person's size over depth, so the human estimator's depth carries the error of the body's size,
and the point map's depth carries the error of its metric scale. Where both show the same pixels,

    r_k = log(z_map / z_mesh) = m - b + e_k        m: log-scale of the map, b: of the body, e_k: of one keyframe.

Only m - b is seen; priors say how to share a disagreement: bodies vary by a few per cent and never by a fifth, maps are
mostly right and sometimes far off. So m ~ Student-t (heavy-tailed), b ~ normal, e_k ~ Student-t (one bad mask, one
occluded keyframe is ignored). The posterior of m is integrated exactly on a grid. The same limitation is named by SHARE
(arXiv 2510.15342, floor penetration); CHROMM takes the body's size alone for the truth.

Where the numbers come from (none was fitted to this project's evaluation):
* body_height_sd 0.026: shapes are regressed from pixels, with some 4.5 cm of 1.72 m between subjects left unexplained.
* human_depth_sd 0.02: a calibrated recording put a person's landmarks 4 to 16 cm off at 3.2 to 3.8 m, frames pooled.
* keyframe_sd 0.03: there the depth of single frames scattered by 5 to 13 cm; depth networks are assumed no worse.
* map_scale_sd 0.06, 3 degrees of freedom: SHARE's published MRPE over the distance to where the scene's optical axes
  meet is 3 to 9 % on six of RICH's eight test videos, 14 % on one and 22 % on LectureHall. A Student-t fit gives 0.09,
  an upper bound, for those errors also hold the body's size, the lateral error and the placement's.
* min_sigmas 1.5: the smallest round value at which, drawn from these numbers, a perfect map loses less than 5 cm at
  5.5 m by being "corrected" (1.0 loses 5 to 7 cm); tests/benchmarks/scale.py prints such figures. A map off by a fifth
  is corrected to 2 or 3 % where the body's size is right: the rest is doubt about the body.

What it cannot see: a wrong shared focal moves both depths alike and cancels in r. The floor is no second witness of
scale: the floor's depth under the feet over the mesh's feet, or the gap between feet and floor after placement, is
again m - b. It could only lower e_k, from 3 to some 2 % (2 cm of sole and floor error, seen from 2 m up, are 1 %),
while the 3.3 % of b stay, and it needs to know first which foot stands. So it is left to grounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from share_data.body.render import rasterize
from share_data.camera import Floats, Intrinsics
from share_data.records import Bools
from share_data.strict import StrictModel

MAP_DOF, KEYFRAME_DOF = 3.0, 4.0
MAX_BLOCKS = 16  # a depth map's errors are smooth: no body holds more independent witnesses than this
GRID_STEP, GRID_MARGIN, KERNEL_SDS = 0.001, 1.0, 5.0


class ScaleConfig(StrictModel):
    """How the scene's metric scale is reconciled with the body's size. Relative standard deviations: 0.02 is 2 %."""

    reconcile: bool = Field(default=True, description="Rescale the scene where the evidence is clear.")
    body_height_sd: float = Field(default=0.026, ge=0.005, le=0.5, description="Uncertainty of the body's size.")
    human_depth_sd: float = Field(
        default=0.02, ge=0, le=0.5, description="Further depth error of the human estimator, shared by the video."
    )
    map_scale_sd: float = Field(
        default=0.06, ge=0.005, le=0.5, description="Usual error of the point map's scale; its tails are heavy."
    )
    keyframe_sd: float = Field(
        default=0.03, ge=0.005, le=0.5, description="Scatter from keyframe to keyframe, body and map together."
    )
    min_sigmas: float = Field(default=1.5, ge=0, le=20, description="Disagreement from which on the scene is rescaled.")
    min_pixels: int = Field(default=100, ge=1, description="Pixels of a person below which a keyframe says nothing.")


@dataclass(frozen=True, slots=True)
class KeyframeEvidence:
    """What one keyframe says of the scale.

    Attributes:
        log_ratio: median of log(map depth / mesh depth) on the person.
        spread: robust standard deviation of it over the pixels.
        pixels: how many there were; 0: the keyframe says nothing.
    """

    log_ratio: float
    spread: float
    pixels: int


@dataclass(frozen=True, slots=True)
class ScaleEstimate:
    """One video's scale. The body's shape is never changed.

    Attributes:
        scale: the map's depth over the true one, posterior mean of the log.
        sd: posterior standard deviation of its log.
        evidence_sigmas: by how many standard deviations body and map disagree.
        applied: whether the scene is to be rescaled.
        ratios: of each keyframe that counted, map depth over mesh depth.
        body_scale: the estimated body's size over the true one, by the same integration.
    """

    scale: float
    sd: float
    evidence_sigmas: float
    applied: bool
    ratios: tuple[float, ...]
    body_scale: float

    @property
    def factor(self) -> float:
        """What scene points and human points are to be multiplied by: 1 unless applied."""
        return 1 / self.scale if self.applied else 1.0


def keyframe_evidence(
    vertices: Floats,
    faces: NDArray[np.integer],
    intrinsics: Intrinsics,
    mask: Bools,
    depth: Floats,
    valid: Bools,
) -> KeyframeEvidence:
    """Compare mesh and point map on the visible surface of the person.

    Where mask, silhouette and validity meet, the inner half (by distance to the border) counts: bleeding masks, depth
    edges and limbs slightly beside their image live in the outer half.

    Args:
        vertices: (V, 3) metres, camera frame, as estimated, before placement.
        faces: (F, 3) vertex numbers.
        intrinsics: of the point map.
        mask: the person, of the map's size or of the image's.
        depth: (H, W) metres, keyframes' relative scales applied.
        valid: (H, W) bool.

    Raises:
        ValueError: depth and valid are not of the intrinsics' size.
    """
    from scipy.ndimage import distance_transform_edt

    shape = (intrinsics.height, intrinsics.width)
    if depth.shape != shape or valid.shape != shape:
        raise ValueError(f"depth and valid must be {shape}, got {depth.shape} and {valid.shape}")
    mesh = rasterize(vertices, faces, intrinsics).depth
    common = _resized(mask, shape) & valid & (depth > 0) & (mesh > 0)
    if not common.any():
        return KeyframeEvidence(0.0, 0.0, 0)
    depth_inside = distance_transform_edt(np.pad(common, 1))[1:-1, 1:-1]
    inner = depth_inside >= np.median(depth_inside[common])
    ratios = np.log(depth[inner].astype(np.float64) / mesh[inner])
    middle = float(np.median(ratios))
    return KeyframeEvidence(middle, float(1.4826 * np.median(np.abs(ratios - middle))), len(ratios))


def _resized(mask: Bools, shape: tuple[int, int]) -> Bools:
    """The mask at `shape`, by the nearest pixel centre."""
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(np.intp) for new, old in zip(shape, mask.shape, strict=True)
    )
    return np.asarray(mask[rows[:, None], columns])


def estimate_scale(evidence: Sequence[KeyframeEvidence], config: ScaleConfig) -> ScaleEstimate:
    """The video's map scale from its keyframes, of one clip or of several; see the module's text for the model.

    Args:
        evidence: of the keyframes, in any order.
        config: how sure body and map are held to be, and from when on the scene is rescaled.

    Returns:
        The estimate. Without a keyframe of enough pixels: scale 1 with the prior's spread, not applied.
    """
    counted = [each for each in evidence if each.pixels >= config.min_pixels]
    ratios = np.array([each.log_ratio for each in counted])
    noise = np.array([_noise(each, config) for each in counted])
    shared = float(np.hypot(config.body_height_sd, config.human_depth_sd))
    limit = GRID_MARGIN + KERNEL_SDS * shared + float(np.abs(ratios).max(initial=0))
    steps = int(np.ceil(limit / GRID_STEP))
    grid = GRID_STEP * np.arange(-steps, steps + 1)
    seen, body_moment = _seen(grid, ratios, noise, config)
    posterior = seen * _student(grid / config.map_scale_sd, MAP_DOF)
    total = posterior.sum()
    mean = float(posterior @ grid / total)
    sd = float(np.sqrt(posterior @ (grid - mean) ** 2 / total))
    body = float((body_moment * _student(grid / config.map_scale_sd, MAP_DOF)).sum() / total)
    # The likelihood ratio of the best scale against 1, in sigmas: |r| / sd where everything is normal.
    at_one = max(float(seen[steps]), np.finfo(np.float64).tiny)
    sigmas = float(np.sqrt(2 * np.log(max(float(seen.max()) / at_one, 1.0))))
    applied = config.reconcile and len(counted) > 0 and sigmas >= config.min_sigmas
    return ScaleEstimate(float(np.exp(mean)), sd, sigmas, applied, tuple(np.exp(ratios).tolist()), float(np.exp(body)))


def _noise(evidence: KeyframeEvidence, config: ScaleConfig) -> float:
    """Standard deviation of one keyframe's log-ratio: a block of `min_pixels` pixels counts as one witness."""
    blocks = min(evidence.pixels / config.min_pixels, MAX_BLOCKS)
    return float(np.hypot(config.keyframe_sd, evidence.spread / np.sqrt(blocks)))


def _student(x: Floats, dof: float) -> Floats:
    """Student-t density, up to a factor."""
    return np.asarray((1 + x**2 / dof) ** (-(dof + 1) / 2))


def _seen(grid: Floats, ratios: Floats, noise: Floats, config: ScaleConfig) -> tuple[Floats, Floats]:
    """On the grid of m: the likelihood with b integrated out, and the same with the body's share of b as a factor."""
    gap = (ratios[:, None] - grid) / noise[:, None]
    log_likelihood = -(KEYFRAME_DOF + 1) / 2 * np.log1p(gap**2 / KEYFRAME_DOF).sum(axis=0)
    likelihood = np.exp(log_likelihood - log_likelihood.max())
    shared = float(np.hypot(config.body_height_sd, config.human_depth_sd))
    half = int(np.ceil(KERNEL_SDS * shared / GRID_STEP))
    b = GRID_STEP * np.arange(-half, half + 1)
    density = np.exp(-((b / shared) ** 2) / 2)
    share = (config.body_height_sd / shared) ** 2
    # m = d + b with d = m - b on the same grid: both integrals over b are convolutions.
    seen = np.convolve(likelihood, density, mode="same")
    return np.asarray(seen), np.asarray(np.convolve(likelihood, density * b * share, mode="same"))

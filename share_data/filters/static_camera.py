"""Does the camera stand still? Measured on the background's own pixels, against the first frame and between neighbours.

Features outside the people are tracked (KLT, forward and backward) on locally normalised images, so that exposure
and lamps do not look like motion, and a similarity is fitted (RANSAC); its effect on the image's corners is the score.
"""

from functools import partial
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from share_data.camera import Floats
from share_data.filters.base import FilterConfig, Observation
from share_data.filters.gates import Gate, Score, judge
from share_data.filters.verdict import Verdict
from share_data.records import Measurement

# Measurement constants, in pixels of the <= 960 px grey images; changing one needs a new `version`.
_SIGMA, _FLOOR, _GAIN = 9.0, 4.0, 40.0
_FEATURES, _MIN_DISTANCE = 800, 9
_ROUND_TRIP, _RANSAC = 1.0, 1.5
_DILATION = 0.02
# Fewer inliers than this do not fix a similarity well enough for its corner shift to count.
_TRUSTED = 50


class StaticCameraConfig(FilterConfig):
    """Thresholds, in per cent: a static 1080p clip measures below 0.1, half a pixel of shake about 0.1."""

    kind: Literal["static_camera"] = "static_camera"
    max_corner_shift_pct: float = Field(0.10, gt=0, description="Shift of an image corner, % of the image diagonal.")
    max_scale_pct: float = Field(0.15, gt=0, description="Change of scale (zoom) against the first frame, %.")
    max_jitter_pct: float = Field(0.10, gt=0, description="Corner shift between consecutive frames, % of diagonal.")
    min_inliers: float = Field(50, ge=0, description="Background features that must agree in every sample.")
    min_cells: float = Field(4, ge=0, le=9, description="Cells of a 3 x 3 grid those features must cover.")


class _Motion(NamedTuple):
    """shift, scale: per cent of the diagonal and of 1; inliers, cells: counts."""

    shift: float
    scale: float
    inliers: int
    cells: int


class StaticCamera:
    """Rejects `camera_moves`, and `undetermined` where too little background is left to tell."""

    kind: ClassVar[str] = "static_camera"
    version: ClassVar[int] = 1
    Config: ClassVar[Any] = StaticCameraConfig
    scores: ClassVar[tuple[Score, ...]] = (
        Score("corner_shift_pct", "% of the diagonal", "lower", "largest shift of a corner against the first frame"),
        Score("scale_pct", "%", "lower", "largest change of scale against the first frame"),
        Score("jitter_pct", "% of the diagonal", "lower", "largest shift of a corner between consecutive frames"),
        Score("inliers_min", "features", "higher", "background features that agree, in the sample with the fewest"),
        Score("cells_min", "cells of 9", "higher", "cells of a 3 x 3 grid that those features cover"),
    )

    def measure(self, observation: Observation) -> Measurement:
        """Scores: corner_shift_pct and scale_pct (largest over the samples, against frame 0), jitter_pct (largest
        between consecutive frames), inliers_min, cells_min. Shifts of untrusted fits (< 50 inliers) are left out.
        """
        images = [_normalised(grey) for grey in observation.grey]
        free = [
            _background(grey.shape, boxes) for grey, boxes in zip(observation.grey, observation.people, strict=True)
        ]
        whole = [_motion(images, free, 0, k) for k in range(1, len(images))]
        steps = np.flatnonzero(np.diff(observation.indices) == 1).tolist()
        neighbours = [_motion(images, free, k, k + 1) for k in steps]
        scores = {
            "inliers_min": float(min((m.inliers for m in whole), default=0)),
            "cells_min": float(min((m.cells for m in whole), default=0)),
        }
        trusted = [motion for motion in whole if motion.inliers >= _TRUSTED]
        if trusted:
            scores["corner_shift_pct"] = max(motion.shift for motion in trusted)
            scores["scale_pct"] = max(motion.scale for motion in trusted)
        steady = [motion.shift for motion in neighbours if motion.inliers >= _TRUSTED]
        if steady:
            scores["jitter_pct"] = max(steady)
        return Measurement(self.kind, self.version, scores)

    def gates(self, config: StaticCameraConfig) -> tuple[Gate, ...]:
        """Motion that is seen outweighs what could not be seen."""
        return (
            Gate("corner_shift_pct", "<=", config.max_corner_shift_pct, "camera_moves", "max_corner_shift_pct"),
            Gate("scale_pct", "<=", config.max_scale_pct, "camera_moves", "max_scale_pct"),
            Gate("jitter_pct", "<=", config.max_jitter_pct, "camera_moves", "max_jitter_pct"),
            Gate("inliers_min", ">=", config.min_inliers, "undetermined", "min_inliers"),
            Gate("cells_min", ">=", config.min_cells, "undetermined", "min_cells"),
        )

    def decide(self, measurement: Measurement, config: StaticCameraConfig) -> Verdict:
        """By the gates."""
        return judge(measurement, self.gates(config))


def _normalised(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Contrast against the neighbourhood in units of its own spread: the same under any smooth change of exposure."""
    import cv2

    detail = grey.astype(np.float32)
    detail -= cv2.GaussianBlur(detail, (0, 0), _SIGMA)
    spread = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), _SIGMA)) + _FLOOR
    return np.clip(np.rint(128 + _GAIN * detail / spread), 0, 255).astype(np.uint8)


def _background(shape: tuple[int, ...], boxes: Floats) -> NDArray[np.uint8]:
    """(h, w) uint8: 255 outside the people's boxes, which are widened by 2 % of the long side; 0 inside."""
    free = np.full(shape, 255, np.uint8)
    margin = _DILATION * max(shape)
    for x1, y1, x2, y2 in boxes[:, :4]:
        top, left = max(0, int(y1 - margin)), max(0, int(x1 - margin))
        free[top : max(0, int(y2 + margin) + 1), left : max(0, int(x2 + margin) + 1)] = 0
    return free


def _motion(images: list[NDArray[np.uint8]], free: list[NDArray[np.uint8]], first: int, second: int) -> _Motion:
    """How the background moved from one sample to another."""
    import cv2

    start: Any = cv2.goodFeaturesToTrack(images[first], _FEATURES, 0.01, _MIN_DISTANCE, mask=free[first])
    if start is None:
        return _Motion(0.0, 0.0, 0, 0)
    old, new = _tracks(images[first], images[second], start, free[second])
    if len(old) < 3:
        return _Motion(0.0, 0.0, 0, 0)
    # OpenCV's RANSAC seeds its own generator: the same points give the same fit.
    matrix, inlier = cv2.estimateAffinePartial2D(old, new, method=cv2.RANSAC, ransacReprojThreshold=_RANSAC)
    if matrix is None:
        return _Motion(0.0, 0.0, 0, 0)
    kept = old[inlier.ravel() > 0]
    height, width = images[first].shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], dtype=np.float64)
    shift = np.linalg.norm(corners @ matrix.T - corners[:, :2], axis=1).max() / np.hypot(width, height)
    scale = abs(np.hypot(matrix[0, 0], matrix[1, 0]) - 1)
    cells = np.unique((kept * 3 // (width, height)).astype(int) @ [1, 3])
    return _Motion(float(100 * shift), float(100 * scale), len(kept), len(cells))


def _tracks(
    first: NDArray[np.uint8], second: NDArray[np.uint8], start: NDArray[np.float32], free: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points (n, 2) of the first image and where they are in the second: only those that track back to their start."""
    import cv2

    track: Any = partial(cv2.calcOpticalFlowPyrLK, winSize=(21, 21), maxLevel=4)
    there, found, _ = track(first, second, start, None)
    back, found_back, _ = track(second, first, there, None)
    old, new = start.reshape(-1, 2), there.reshape(-1, 2)
    returned = np.linalg.norm(back.reshape(-1, 2) - old, axis=1) < _ROUND_TRIP
    height, width = first.shape
    inside = ((new >= 0) & (new <= (width - 1, height - 1))).all(axis=1)
    x, y = np.clip(np.nan_to_num(new), 0, (width - 1, height - 1)).astype(int).T
    good = returned & inside & (found.ravel() == 1) & (found_back.ravel() == 1) & (free[y, x] > 0)
    return old[good], new[good]

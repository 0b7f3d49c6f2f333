"""Errors of a reconstructed motion against a true one: arrays in, one number per frame out, metres.

MRPE and V2V are SHARE's (arXiv 2510.15342): camera frame, no alignment whatsoever, mean and sample standard
deviation over all frames pooled. MPJPE and PA-MPJPE are the aligned errors of the pose literature.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from share_data.body.joints import PELVIS
from share_data.body.model_arrays import PARENTS
from share_data.camera import Floats
from share_data.resampling import ROUNDING_S, at_times

FOOT_VERTICES = (3216, 3387, 6617, 6787)
"""Left and right toe and heel of SMPL and of the mannequin, as in the evaluations of WHAM, GVHMR and JOSH."""
STILL = 0.3
"""Metres a second: a true foot slower than this stands (WHAM's 1 cm a frame at 30 a second)."""
STEP_S = 1 / 30
"""The frame of the published benchmarks: what is stated "per frame" is stated per 1/30 s."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Pooled values.

    Attributes:
        mean: of all of them.
        sd: sample standard deviation (ddof 1); 0 for a single value.
        count: how many there are.
    """

    mean: float
    sd: float
    count: int


def pool(errors: Sequence[Floats]) -> Spread:
    """Pool per-frame errors of several clips: every frame weighs the same, whatever its clip's length.

    >>> pool([np.array([0.1, 0.3]), np.array([0.2])]).count
    3

    Args:
        errors: arrays of (T_i,), any unit.

    Raises:
        ValueError: there is no frame at all.
    """
    values = np.concatenate([np.asarray(part, np.float64).reshape(-1) for part in errors]) if errors else np.zeros(0)
    if not len(values):
        raise ValueError("no frames to pool")
    return Spread(float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0, len(values))


def up_error_deg(found: Floats, true: Floats) -> Floats:
    """Angle between the up vectors of two cameras.

    Args:
        found: (4, 4) camera to a world with z up.
        true: (T, 4, 4), another such.

    Returns:
        (T,) degrees.
    """
    return np.asarray(np.degrees(np.arccos(np.clip(true[:, 2, :3] @ found[2, :3], -1, 1))))


def mrpe(predicted: Floats, true: Floats) -> Floats:
    """Root position error of each frame; its mean is MRPE.

    >>> mrpe(np.array([[0.0, 0.0, 3.3]]), np.array([[0.0, 0.4, 3.0]])).round(3).tolist()
    [0.5]

    Args:
        predicted: (T, 3) pelvis, metres.
        true: (T, 3), in the same frame.

    Returns:
        (T,) metres.

    Source: SHARE (arXiv 2510.15342): camera frame, no alignment.
    """
    _same_shape(predicted, true)
    return np.asarray(np.linalg.norm(_f64(predicted) - _f64(true), axis=-1))


def v2v(predicted: Floats, true: Floats) -> Floats:
    """Mean vertex distance of each frame, unaligned; its mean is V2V.

    Args:
        predicted: (T, V, 3) metres.
        true: (T, V, 3), vertices of the same body model in the same order.

    Returns:
        (T,) metres.

    Source: SHARE (arXiv 2510.15342).
    """
    _same_shape(predicted, true)
    return np.asarray(np.linalg.norm(_f64(predicted) - _f64(true), axis=-1).mean(axis=-1))


def depth_and_lateral(predicted: Floats, true: Floats) -> tuple[Floats, Floats]:
    """Root error along the ray from the camera to the true root, and across it.

    A wrong focal or scale shows up in the first, a wrong image position in the second; the squares of the two add up to
    the squared root error.

    >>> depth, lateral = depth_and_lateral(np.array([[0.4, 0.0, 3.3]]), np.array([[0.0, 0.0, 3.0]]))
    >>> depth.round(3).tolist(), lateral.round(3).tolist()
    ([0.3], [0.4])

    Args:
        predicted: (T, 3) pelvis, metres, camera frame.
        true: (T, 3).

    Returns:
        Depth (T,) metres, signed (positive = too far from the camera), and lateral (T,) metres, never negative.
    """
    _same_shape(predicted, true)
    error = _f64(predicted) - _f64(true)
    ray = _f64(true) / np.linalg.norm(_f64(true), axis=-1, keepdims=True)
    depth = np.sum(error * ray, axis=-1)
    return depth, np.asarray(np.linalg.norm(error - depth[:, None] * ray, axis=-1))


def mpjpe(predicted: Floats, true: Floats) -> Floats:
    """Mean joint error of each frame after the pelvises are laid on each other (translation only).

    Args:
        predicted: (T, J, 3) metres, joint 0 the pelvis.
        true: (T, J, 3).

    Returns:
        (T,) metres.
    """
    _same_shape(predicted, true)
    difference = _f64(predicted) - _f64(true)
    return np.asarray(np.linalg.norm(difference - difference[:, PELVIS : PELVIS + 1], axis=-1).mean(axis=-1))


def pa_mpjpe(predicted: Floats, true: Floats) -> Floats:
    """Mean joint error of each frame after the best similarity (rotation, scale, translation; no reflection).

    Args:
        predicted: (T, J, 3) metres.
        true: (T, J, 3).

    Returns:
        (T,) metres.

    Source: Umeyama, PAMI 13(4), 1991.
    """
    _same_shape(predicted, true)
    source, target = (_f64(points) - _f64(points).mean(axis=1, keepdims=True) for points in (predicted, true))
    u, singular, vt = np.linalg.svd(np.swapaxes(target, 1, 2) @ source)
    signs = np.ones_like(singular)
    signs[:, -1] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * signs[:, None, :]) @ vt
    # A body collapsed to a point cannot be scaled: leave it a point instead of dividing by zero.
    size = np.maximum((source**2).sum(axis=(1, 2)), np.finfo(np.float64).tiny)
    scale = (singular * signs).sum(axis=1) / size
    aligned = scale[:, None, None] * source @ np.swapaxes(rotation, 1, 2)
    return np.asarray(np.linalg.norm(aligned - target, axis=-1).mean(axis=-1))


def jitter(joints: Floats, times: Floats) -> Floats:
    """Acceleration jitter: mean over joints of |x(t + s) - 2 x(t) + x(t - s)|, s = 1/30 s, whatever the frame rate.

    Twice the distance of a joint from the midpoint of where it is 1/30 s before and after, positions between frames
    being interpolated. Frames farther apart (15 a second) are as far apart as they are, and the result is scaled to
    1/30 s: noise shows less there. Real motion has some too: compare it with the truth's.

    Args:
        joints: (T, J, 3) metres.
        times: (T,) seconds, rising.

    Returns:
        (C,) metres per (1/30 s)², one value a frame that has both neighbours.
    """
    if len(joints) < 3:
        return np.zeros(0)
    when = _f64(times)
    step = max(STEP_S, float(np.median(np.diff(when))))
    inner = when[(when >= when[0] + step - ROUNDING_S) & (when <= when[-1] - step + ROUNDING_S)]
    before, here, after = (at_times(_f64(joints), when, inner + shift) for shift in (-step, 0.0, step))
    return np.asarray(np.linalg.norm(before - 2 * here + after, axis=-1).mean(axis=-1) * (STEP_S / step) ** 2)


def foot_skating(predicted: Floats, true: Floats, times: Floats) -> Floats:
    """How far a foot moves in 1/30 s from one frame to the next while the true one stands (is slower than `STILL`).

    Args:
        predicted: (T, 6890, 3) metres, in a frame of reference that does not move.
        true: (T, 6890, 3); frames of NaN have no truth.
        times: (T,) seconds, rising.

    Returns:
        (C,) metres per 1/30 s, one value a pair of a frame and a foot vertex that stands in it.

    Source: WHAM's FS.
    """
    _same_shape(predicted, true)
    gaps = np.diff(_f64(times))[:, None]
    speed, true_speed = (
        np.linalg.norm(np.diff(_f64(points[:, list(FOOT_VERTICES)]), axis=0), axis=-1) / gaps
        for points in (predicted, true)
    )
    return np.asarray(speed[true_speed < STILL] * STEP_S)


def bone_length(joints: Floats) -> float:
    """Summed length of SMPL's 23 bones, mean over frames: the size of a person whatever the pose.

    Args:
        joints: (T, 24, 3) metres.

    Returns:
        Metres.
    """
    bones = _f64(joints)[:, 1:] - _f64(joints)[:, list(PARENTS[1:])]
    return float(np.linalg.norm(bones, axis=-1).sum(axis=-1).mean())


def _f64(points: Floats) -> Floats:
    return np.asarray(points, np.float64)


def _same_shape(predicted: Floats, true: Floats) -> None:
    """Refuse what numpy would silently broadcast."""
    if predicted.shape != true.shape:
        raise ValueError(f"predicted {predicted.shape} and true {true.shape} differ in shape")

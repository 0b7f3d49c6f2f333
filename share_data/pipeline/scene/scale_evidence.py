"""What a keyframe says of the scale: the point map's depth of the person over the estimated body's."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.body.render import rasterize
from share_data.camera import Floats, Intrinsics
from share_data.records import Bools

BONES = ((0, 12), (0, 12), (1, 4), (4, 7), (2, 5), (5, 8))
"""Pelvis to neck, counted twice for there are two legs, hips to knees, knees to ankles."""
LEAST_UPRIGHT = 0.1
SCALE_SOURCES = ("clip", "video", "camera")
"""Whose keyframes tell a clip's scale: its own, its video's, or those of all videos of its fixed camera."""


@dataclass(frozen=True, slots=True)
class KeyframeEvidence:
    """What one keyframe says of the scale.

    Attributes:
        log_ratio: median of log(map depth / mesh depth) on the person.
        spread: robust standard deviation of it over the pixels.
        pixels: how many there were; 0: the keyframe says nothing.
        upright: see `uprightness`.
        height: of the estimated body, metres.
    """

    log_ratio: float
    spread: float
    pixels: int
    upright: float = 1.0
    height: float = 1.70


@dataclass(frozen=True, slots=True)
class PooledEvidence:
    """What the keyframes of several clips say together, of one video or of a fixed camera's.

    Attributes:
        source: one of `SCALE_SOURCES`.
        clips: how many clips they are of.
        keyframes: theirs, in the clips' order.
        own: of the clip whose scale is asked for.
    """

    source: str
    clips: int
    keyframes: tuple[KeyframeEvidence, ...]
    own: tuple[KeyframeEvidence, ...]


def uprightness(joints: Floats) -> float:
    """How much of the length of trunk and legs the image shows, the rest being foreshortened.

    A person's size in the image tells the distance only as far as the pose is known: what points along the line of
    sight is short in the image, and how short hangs on an angle that estimators get wrong by degrees.

    Args:
        joints: (24, 3) SMPL's joints, metres, camera at the origin.

    Returns:
        In (0, 1]: 1 for somebody who stands or lies across the view, some 0.7 seated towards the camera.
    """
    joints = np.asarray(joints, dtype=np.float64)
    ray = joints.mean(axis=0) / np.linalg.norm(joints.mean(axis=0))
    bones = np.array([joints[end] - joints[start] for start, end in BONES])
    across = bones - (bones @ ray)[:, None] * ray
    shown = np.linalg.norm(across, axis=1).sum() / np.linalg.norm(bones, axis=1).sum()
    return float(np.clip(shown, LEAST_UPRIGHT, 1.0))


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

    Returns:
        Its numbers; what the body is like (`upright`, `height`) is the caller's to add.

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

"""A geometry estimator that is wrong in known ways: true depth, spoilt as a metric depth network would spoil it."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import binary_dilation, binary_erosion, maximum_filter, minimum_filter

from share_data.camera import Floats, Intrinsics
from share_data.pipeline.error_levels import Levels
from share_data.records import Bools, EstimatorInfo, PointMap

STEP = 0.04  # relative depth step that counts as an edge
INFO = EstimatorInfo("simulated", 1)


def simulate_point_maps(
    depths: Sequence[Floats],
    camera: Intrinsics,
    levels: Levels,
    focal_factor: float,
    scale: float,
    seed: Sequence[int],
) -> list[PointMap]:
    """Point maps of the keyframes of one clip.

    depths: K of (H, W) metres along z, 0 where nothing is seen; camera: the true one; focal_factor: the map's focal
    over the true one; scale: the video's metric scale error; seed: of this clip's noise. A network that takes the focal
    for longer also takes everything for farther away, by the same factor.
    """
    intrinsics = Intrinsics(camera.focal * focal_factor, camera.cx, camera.cy, camera.width, camera.height, "geometry")
    flicker = np.exp(levels.keyframe_scale * np.random.default_rng([*seed, 11]).normal(size=len(depths)))
    maps = []
    for number, depth in enumerate(depths):
        rng = np.random.default_rng([*seed, 12, number])
        flown = flying_pixels(depth, levels.edge_px, levels.edge_share, rng)
        spoilt = (flown * (focal_factor * scale * flicker[number])).astype(np.float32)
        maps.append(PointMap(spoilt, spoilt > 0, intrinsics, INFO))
    return maps


def flying_pixels(depth: Floats, width: int, share: float, rng: np.random.Generator) -> Floats:
    """Depth (H, W) in which a share of the pixels within `width` of a depth step hang between its two sides.

    What is seen of nothing (0) takes no part in it.
    """
    chosen = rng.random(depth.shape) < share
    mix = rng.random(depth.shape)
    if not (width and share):
        return depth
    size = 2 * width + 1
    near = minimum_filter(np.where(depth > 0, depth, np.inf), size)
    far = maximum_filter(depth, size)
    edge = chosen & (depth > 0) & (far > near * (1 + STEP))
    return np.where(edge, np.where(edge, near, 0) * (1 - mix) + far * mix, depth)


def bleeding_masks(masks: Sequence[Bools], levels: Levels, seed: Sequence[int]) -> list[Bools]:
    """The person's masks at the keyframes (K of (H, W)), each grown or shrunk by a whole number of pixels."""
    rng = np.random.default_rng([*seed, 13])
    # Uniform numbers first, so that the draw does not depend on the level.
    draws = rng.random(len(masks))
    choices = np.arange(-levels.mask_erode_px, levels.mask_dilate_px + 1)
    return [_grown(mask, int(choices[int(draw * len(choices))])) for mask, draw in zip(masks, draws, strict=True)]


def _grown(mask: Bools, pixels: int) -> Bools:
    if pixels == 0:
        return mask
    square = np.ones((3, 3), dtype=bool)
    change = binary_dilation if pixels > 0 else binary_erosion
    return np.asarray(change(mask, square, iterations=abs(pixels)), dtype=bool)

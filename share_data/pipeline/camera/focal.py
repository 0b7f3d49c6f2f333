"""One focal per video: recipe > source's calibration > geometry estimator > straight edges > lens > a stated default.

What sees the picture comes before the lens: what a device writes is of its lens, and a stabilised video a crop.

A focal that differs between the two estimators is a depth error of 10 to 20 %, so it is chosen once, here, and goes to
both of them and into the record. Where a human estimator used another focal all the same, `rescale_translations`
moves its person to where the shared focal sees them.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from share_data.camera import Floats, Intrinsics, project, unproject
from share_data.pipeline.camera.config import CameraConfig
from share_data.records import Clip
from share_data.video.lens import focal_px

FocalEstimate = float | Sequence[float] | None


@dataclass(frozen=True, slots=True)
class SeenFocal:
    """What a clip's pictures, or those of its camera, tell of the focal; None: nothing.

    Attributes:
        geometry: pixels, by the geometry estimator.
        edges: pixels, by straight edges, see `edge_focal`.
    """

    geometry: float | None = None
    edges: float | None = None


UNSEEN = SeenFocal()
"""Pictures that tell nothing."""


def choose_intrinsics(
    clip: Clip,
    camera: CameraConfig,
    look: Callable[[], SeenFocal],
    lens: Callable[[], float | None] = lambda: None,
) -> Intrinsics:
    """Intrinsics of the clip's upright images; `source` names who chose the focal.

    The principal point is where the middle of the stored picture lies, also in one that its container crops.
    `look` looks at the pictures, and is called only when recipe and source are silent. `lens` tells the 35 mm
    equivalent in the file (millimetres, or None) and is called only when the pictures are silent too.
    """
    chosen = _centred(clip, camera, look, lens)
    middle = clip.footage.principal_point
    return chosen if middle is None else replace(chosen, cx=middle[0], cy=middle[1])


def _centred(
    clip: Clip, camera: CameraConfig, look: Callable[[], SeenFocal], lens: Callable[[], float | None]
) -> Intrinsics:
    width, height = clip.width, clip.height
    if camera.focal_px is not None:
        return Intrinsics.centred(camera.focal_px, width, height, "recipe")
    if camera.hfov_deg is not None:
        return Intrinsics.from_hfov(camera.hfov_deg, width, height, "recipe")
    if clip.video.focal_px is not None:
        return Intrinsics.centred(clip.video.focal_px, width, height, "source")
    seen = look()
    if seen.geometry is not None:
        return Intrinsics.centred(seen.geometry, width, height, "geometry")
    if seen.edges is not None:
        return Intrinsics.centred(seen.edges, width, height, "edges")
    equivalent = lens()
    if equivalent is not None:
        return Intrinsics.centred(focal_px(equivalent, width, height), width, height, "lens")
    return Intrinsics.from_long_fov(camera.default_fov_deg, width, height, "default")


def median_focal(estimate: FocalEstimate) -> float | None:
    """The median focal in pixels over the keyframes of a video, or None where none is a positive number.

    A depth network that finds nothing valid in an image answers with a meaningless focal: those are left out.
    """
    if estimate is None:
        return None
    values = [estimate] if isinstance(estimate, int | float) else list(estimate)
    usable = [float(value) for value in values if math.isfinite(value) and value > 0]
    return float(np.median(usable)) if usable else None


def rescale_translations(transl: Floats, rest_pelvis: Floats, used: Intrinsics, shared: Intrinsics) -> Floats:
    """SMPL translations for the `shared` camera, from an estimator that assumed `used`.

    transl: (T, 3) metres, z of the pelvis > 0; rest_pelvis: (3,) metres, joint 0 of the unposed body: `transl` is not
    the pelvis, `transl + rest_pelvis` is. Returns (T, 3) of transl's dtype. The pelvis stays at its pixel, and its
    depth follows the focal, z' = z f' / f, because the person's size in the image fixes z / f. `used` may belong to a
    resized image of the same shape. Orientations are kept: for another principal point this is a first-order answer.
    """
    assumed = used.scaled(shared.width, shared.height)
    pelvis = np.asarray(transl, dtype=np.float64) + rest_pelvis
    depth = pelvis[:, 2] * shared.focal / assumed.focal
    moved = unproject(project(pelvis, assumed), depth, shared)
    return np.asarray(moved - rest_pelvis, dtype=transl.dtype)

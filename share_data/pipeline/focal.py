"""One focal per video: recipe > the source's calibration > the geometry estimator > a stated default.

A focal that differs between the two estimators is a depth error of 10 to 20 %, so it is chosen once, here, and goes to
both of them and into the record.
"""

from collections.abc import Callable

from share_data.camera import Intrinsics
from share_data.recipe import CameraConfig
from share_data.records import Clip


def choose_intrinsics(clip: Clip, camera: CameraConfig, estimate: Callable[[], float | None]) -> Intrinsics:
    """Intrinsics of the clip's upright images; `source` names who chose the focal.

    `estimate` asks the geometry estimator (pixels, or None) and is called only when recipe and source are silent.
    """
    width, height = clip.width, clip.height
    if camera.focal_px is not None:
        return Intrinsics.centred(camera.focal_px, width, height, "recipe")
    if camera.hfov_deg is not None:
        return Intrinsics.from_hfov(camera.hfov_deg, width, height, "recipe")
    if clip.video.focal_px is not None:
        return Intrinsics.centred(clip.video.focal_px, width, height, "source")
    focal = estimate()
    if focal is not None:
        return Intrinsics.centred(focal, width, height, "geometry")
    return Intrinsics.from_hfov(camera.default_hfov_deg, width, height, "default")

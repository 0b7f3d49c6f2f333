"""The exported SMPL truth of a published clip, as the clip's own camera sees it."""

import numpy as np

from share_data.body.joints import PELVIS
from share_data.camera import transform
from share_data.errors import SourceError
from share_data.sources.rich.bodies import check_truth
from share_data.sources.rich.calibration import read_calibration
from share_data.sources.rich.layout import SHAPES, RichTree, read_array, saved_array
from share_data.sources.rich.published import CLIP_FRAMES, PublishedClip
from share_data.truth import GroundTruth


def true_motion(tree: RichTree, clip: PublishedClip, downscale: int) -> GroundTruth | None:
    """Joints and vertices in the camera frame, x_cam = R x_world + t; None without exported joints.

    Without exported vertices there is no V2V: the truth then has none and says so in the name of its body. Raises
    SourceError when an array or the calibration is damaged, when frames lack truth, and when RICH's bodies contradict.
    """
    if saved_array(tree.truth, clip, "joints") is None:
        return None
    world = {}
    for part in SHAPES:
        path = saved_array(tree.truth, clip, part)
        if path is not None:
            world[part] = read_array(path, part, SourceError, gaps=True)
            lacking = int((~np.isfinite(world[part]).all(axis=(1, 2))).sum())
            if lacking:
                raise SourceError(
                    f"{path}: {lacking} of {CLIP_FRAMES} frames hold values that are not finite. Export the clip "
                    "again, or remove the file to evaluate the others."
                )
    check_truth(tree, clip, world["joints"][:, PELVIS])
    calibration = read_calibration(tree.calibration(clip))
    seen = {part: transform(points, calibration.world_to_camera).astype(np.float32) for part, points in world.items()}
    vertices = seen.get("vertices", np.empty((CLIP_FRAMES, 0, 3), np.float32))
    body = "smpl" if "vertices" in seen else "smpl without exported vertices"
    return GroundTruth(vertices, seen["joints"], body, calibration.focal / downscale)

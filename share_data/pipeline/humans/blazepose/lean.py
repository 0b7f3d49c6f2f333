"""Gives back the lean that BlazePose loses: from a camera that looks down it sees people too upright.

The network was taught by cameras at eye level. A standing person seen from 28 degrees above leans 28 degrees towards
the camera, in the axes of one that looks straight at him; the network says 17. Uncorrected, every camera comes out too
level and too low.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.pipeline.humans.blazepose.correspondence import BODY_POINTS

SEEN_DEG = (-90.0, 0.0, 2.9, 6.5, 10.8, 15.7, 20.4, 27.4, 39.7, 90.0)
TRUE_DEG = (-90.0, 0.0, 3.8, 10.0, 15.3, 23.3, 31.1, 39.7, 49.2, 90.0)
"""The landmarks' lean from ankles to shoulders, degrees towards the camera, and what was true of it, in between linear.

Medians over 600 rendered stills of 120 people, all actions, for cameras that look 12 +- 12 degrees down: the table that
`python tests/benchmarks/lean.py --clips 120 --seed 7000` prints. On other seeds it takes the lean that is missing,
median over the frames of a clip, from 4.0 degrees to 2.6. Leaning away is left as seen.
"""

_SHOULDERS, _ANKLES = ([BODY_POINTS.index(joint) for joint in pair] for pair in ((16, 17), (7, 8)))


def restored_lean(world: Floats, rays: Floats) -> Floats:
    """The targets turned about their mean, frame by frame, until they lean as people do who look like that.

    Args:
        world: (T, 23, 3) metres, camera axes.
        rays: (T, 3) unit, from the camera to the person.

    Returns:
        (T, 23, 3) metres.
    """
    upwards = world[:, _SHOULDERS].mean(axis=1) - world[:, _ANKLES].mean(axis=1)
    length = np.maximum(np.linalg.norm(upwards, axis=1), 1e-9)
    seen = np.degrees(np.arcsin(np.clip(-(upwards * rays).sum(axis=1) / length, -1, 1)))
    missing = np.radians(np.interp(seen, SEEN_DEG, TRUE_DEG) - seen)
    # About this axis a positive turn brings the shoulders nearer to the camera.
    across = np.cross(rays, upwards)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    turns = Rotation.from_rotvec(missing[:, None] * across).as_matrix()
    centre = world.mean(axis=1, keepdims=True)
    return np.asarray((world - centre) @ np.swapaxes(turns, 1, 2) + centre)

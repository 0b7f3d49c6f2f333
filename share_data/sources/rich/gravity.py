"""Where things fall in RICH, from `multicam2world/SCENE_multicam2world.json`: its scans stand upright, z up.

x_scan = c x R + t for row vectors x in the frame of the scene's camera 0; the height of the floor is not in it.
"""

import json
from pathlib import Path

import numpy as np

from share_data.camera import Calibration, Floats
from share_data.errors import SourceError

_REMEDY = "Extract RICH's multicam2world archive again, or remove the file to have gravity estimated."
_UPRIGHT_DEG = 60.0
"""RICH's cameras look at most 28 degrees down: an up vector this far from the picture's is of another axis."""


def read_gravity(path: Path, world_to_camera: Floats) -> Calibration | None:
    """What falls in the frame of a camera.

    Args:
        path: the scene's file.
        world_to_camera: (4, 4) of that camera, from the frame of camera 0.

    Returns:
        Its gravity; None where there is no such file.

    Raises:
        SourceError: the file is damaged, or its world is not z-up.
    """
    if not path.is_file():
        return None
    try:
        rotation = np.array(json.loads(path.read_bytes())["R"], dtype=np.float64)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{path}: cannot be read ({error!r}). {_REMEDY}") from error
    if rotation.shape != (3, 3) or not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3):
        raise SourceError(f"{path}: its R is not a rotation. {_REMEDY}")
    up = world_to_camera[:3, :3] @ rotation[:, 2]
    if -up[1] < np.cos(np.radians(_UPRIGHT_DEG)):
        raise SourceError(f"{path}: by its R the camera lies on its side or head, as none of RICH's does. {_REMEDY}")
    return Calibration.of(gravity=-up)

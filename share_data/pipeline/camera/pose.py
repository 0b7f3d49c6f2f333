"""How a camera is held: pitch, roll and height, each from the recipe, else from the source, else to be estimated."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from share_data.camera import Calibration, Floats
from share_data.errors import EstimationError
from share_data.pipeline.camera.config import CameraConfig

Teller = Literal["person", "scene", "source", "recipe"]
TELLERS: tuple[Teller, ...] = ("person", "scene", "source", "recipe")
"""Who says how a camera is held, the one to be believed last. Scores `pitch_source`, `roll_source` and `height_source`
are numbers in this row: from the person alone, from the scene's surfaces, from the source's calibration, the recipe's.
"""


def up_from_angles(pitch: float, roll: float) -> Floats:
    """The up vector of a camera.

    >>> up_from_angles(pitch=0.0, roll=0.0).round(3).tolist()
    [0.0, -1.0, -0.0]

    Args:
        pitch: radians by which it looks down.
        roll: radians by which it is turned about its axis; where positive, the room's up leans right in the picture.

    Returns:
        (3,) unit, camera frame.
    """
    return np.array([np.cos(pitch) * np.sin(roll), -np.cos(pitch) * np.cos(roll), -np.sin(pitch)])


def angles_from_up(up: Floats) -> tuple[float, float]:
    """The inverse of `up_from_angles`.

    >>> [round(angle, 6) for angle in angles_from_up(up_from_angles(pitch=0.1, roll=0.2))]
    [0.1, 0.2]

    Args:
        up: (3,) unit, camera frame.

    Returns:
        Pitch and roll, radians.
    """
    return float(np.arcsin(np.clip(-up[2], -1, 1))), float(np.arctan2(up[0], -up[1]))


@dataclass(frozen=True, slots=True)
class CameraPose:
    """What is known of a camera and who says so; None: not known.

    Attributes:
        pitch: radians by which it looks down.
        roll: radians, see `up_from_angles`.
        height: metres above the floor.
        pitch_source, roll_source, height_source: of each that is known.
    """

    pitch: float | None = None
    roll: float | None = None
    height: float | None = None
    pitch_source: Teller = "source"
    roll_source: Teller = "source"
    height_source: Teller = "source"

    @property
    def up(self) -> Floats | None:
        """(3,) unit, camera frame, or None where an angle is not known."""
        return None if self.pitch is None or self.roll is None else up_from_angles(self.pitch, self.roll)

    @property
    def tells_angle(self) -> bool:
        """Whether pitch or roll is known."""
        return self.pitch is not None or self.roll is not None

    def told(self) -> dict[str, Any]:
        """What it adds to the key of a result that depends on it: empty where nothing is known."""
        return asdict(self) if self.tells_angle or self.height is not None else {}

    def tellers(self, estimated: Teller) -> tuple[Teller, Teller]:
        """Who says the pitch and the roll: recipe, source, or who estimated it.

        >>> CameraPose(roll=0.1, roll_source="recipe").tellers("scene")
        ('scene', 'recipe')
        """
        pitch = estimated if self.pitch is None else self.pitch_source
        return pitch, estimated if self.roll is None else self.roll_source


UNKNOWN = CameraPose()
"""A camera of which nothing is known."""


def known_pose(camera: CameraConfig, calibration: Calibration | None) -> CameraPose:
    """The recipe's word, and the source's where the recipe is silent.

    Args:
        camera: the recipe's.
        calibration: the source's, of the clip's video.

    Raises:
        EstimationError: the calibration is none of a camera above a floor.
    """
    angles = [None if degrees is None else math.radians(degrees) for degrees in (camera.pitch_deg, camera.roll_deg)]
    recipe = [*angles, camera.height_m]
    source = _calibrated(calibration)
    pitch, roll, height = (theirs if mine is None else mine for mine, theirs in zip(recipe, source, strict=True))
    by_pitch, by_roll, by_height = (_teller(mine) for mine in recipe)
    return CameraPose(pitch, roll, height, by_pitch, by_roll, by_height)


def _teller(recipes: float | None) -> Teller:
    return "source" if recipes is None else "recipe"


def _calibrated(calibration: Calibration | None) -> tuple[float | None, float | None, float | None]:
    """Pitch, roll and height of a calibration: `T_world_cam` holds gravity too, and goes before it."""
    if calibration is None:
        return None, None, None
    if calibration.T_world_cam is not None:
        matrix = np.array(calibration.T_world_cam, dtype=np.float64)
        rotation = matrix[:3, :3]
        rigid = matrix.shape == (4, 4) and np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3)
        if not (rigid and np.linalg.det(rotation) > 0 and matrix[2, 3] > 0):
            raise EstimationError(
                "the source's T_world_cam is no rigid transform to a z-up world with the camera above the floor z = 0. "
                "Correct its calibration, or leave it out."
            )
        return *angles_from_up(rotation[2] / np.linalg.norm(rotation[2])), float(matrix[2, 3])
    if calibration.gravity is None:
        return None, None, None
    gravity = np.array(calibration.gravity, dtype=np.float64)
    size = float(np.linalg.norm(gravity))
    if gravity.shape != (3,) or not np.isfinite(size) or size < 1e-9:
        raise EstimationError(f"the source's gravity is no direction: {gravity.tolist()}. Correct its calibration.")
    return *angles_from_up(-gravity / size), None

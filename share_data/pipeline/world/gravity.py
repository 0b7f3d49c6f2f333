"""Where up is and where the ground lies, told by a person's joints alone.

Monocular estimators know a person's direction to a pixel but the depth only to 5-13 cm a frame, so each height is
trusted according to how much of that depth error it inherits. Walking to and fro in depth measures the camera's pitch;
standing still measures nothing, and the priors decide: people stand upright on average, cameras are mounted level.
"""

from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.records import Bools

# Distance from each of SMPL's 24 joints to the skin below it, metres: makes lying and kneeling comparable to standing.
# The keyframes' meshes correct what remains (see `skin_gap`).
FLESH_M = np.array(
    [
        [0.10, 0.08, 0.08, 0.11, 0.06, 0.06, 0.11, 0.08, 0.08, 0.11, 0.03, 0.03],
        [0.07, 0.07, 0.07, 0.10, 0.06, 0.06, 0.04, 0.04, 0.03, 0.03, 0.02, 0.02],
    ]
).ravel()
PELVIS, ANKLES, NECK = 0, (7, 8), 12

MIN_FRAMES = 5
CORRELATED_S = 1 / 3  # neighbouring frames share their error: those of so many seconds count as one observation
DEPTH_SD_M, PIXEL_SD_M = 0.08, 0.015
BENT_DEPTH_SD_M = 0.3  # a seated or crouching body is foreshortened: its apparent size tells its depth far worse
MIN_FALL = 0.05
CAMERA_PITCH_DEG, CAMERA_PITCH_SD_DEG = 8.0, 15.0
CAMERA_ROLL_SD_DEG = 1.5
BODY_PITCH_SD_DEG, BODY_ROLL_SD_DEG = 5.0, 5.0
MAX_LEG_BEND_DEG, MAX_LEAN_DEG = 30.0, 60.0


@dataclass(frozen=True, slots=True)
class Plane:
    """Points x with normal . x + offset = 0, camera frame.

    Attributes:
        normal: (3,) unit, up.
        offset: metres; the camera's height above the plane.
    """

    normal: Floats
    offset: float

    def heights(self, points: Floats) -> Floats:
        """Signed distance above the plane.

        Args:
            points: (..., 3) metres, camera frame.

        Returns:
            (...,) metres.
        """
        return np.asarray(points @ self.normal + self.offset)

    def ahead(self) -> Floats:
        """(3,) unit: the viewing direction along the plane; the image's up where the camera looks straight down."""
        view, image_up = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])
        axis = view if abs(self.normal[2]) < 0.999 else image_up
        return np.asarray(_unit(axis - (axis @ self.normal) * self.normal))


def up_from_angles(pitch: float, roll: float) -> Floats:
    """The up vector of a camera.

    >>> up_from_angles(pitch=0.0, roll=0.0).round(3).tolist()
    [0.0, -1.0, -0.0]

    Args:
        pitch: radians by which it looks down.
        roll: radians by which it is turned about its axis.

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


def standing_direction(joints: Floats) -> Floats | None:
    """Mean direction from ankles to neck over the frames with stretched legs.

    Frames in which that direction is more than 60 degrees from the image's up are lying.

    Args:
        joints: (T, 24, 3) metres, camera frame.

    Returns:
        (3,) unit, or None if there are fewer than 5 such frames.
    """
    ankles = joints[:, ANKLES].mean(axis=1)
    whole = _unit(joints[:, NECK] - ankles)
    upright = -whole[:, 1] > np.cos(np.radians(MAX_LEAN_DEG))
    chosen = whole[_stretched(joints) & upright]
    return _unit(chosen.mean(axis=0)) if len(chosen) >= MIN_FRAMES else None


def _stretched(joints: Floats) -> Bools:
    """(T,) bool: the legs go on from the trunk, as in standing, walking and lying flat."""
    legs = _unit(joints[:, PELVIS] - joints[:, ANKLES].mean(axis=1))
    trunk = _unit(joints[:, NECK] - joints[:, PELVIS])
    return np.asarray((legs * trunk).sum(axis=1) > np.cos(np.radians(MAX_LEG_BEND_DEG)))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def skin_gap(vertices: Floats, joints: Floats, normal: Floats) -> float:
    """How far the lowest skin lies above the lowest joint less its flesh, mean over bodies.

    Args:
        vertices: (K, V, 3) metres.
        joints: (K, 24, 3) metres, of the same bodies.
        normal: (3,) unit, up.

    Returns:
        Metres.
    """
    lowest_skin = (vertices @ normal).min(axis=1)
    return float((lowest_skin - (joints @ normal - FLESH_M).min(axis=1)).mean())


class _Evidence:
    """Residuals of pitch, roll and height: two lowest body parts a frame, and the priors."""

    def __init__(
        self, joints: Floats, times: Floats, prior: tuple[float, float], prior_sd: tuple[float, float]
    ) -> None:
        self.joints, self.prior, self.prior_sd = joints, np.array(prior), np.array(prior_sd)
        correlated = CORRELATED_S / float(np.median(np.diff(times)))
        self.share = np.sqrt(1 / (2 * np.clip(correlated, 1, len(joints))))
        self.pose_sd = np.repeat(np.where(_stretched(joints), DEPTH_SD_M, BENT_DEPTH_SD_M), 2)
        self.choose(up_from_angles(*prior))

    def choose(self, up: Floats) -> None:
        """Fix which two body parts of each frame are taken to be lowest."""
        low = np.argsort(self.joints @ up - FLESH_M, axis=1, kind="stable")[:, :2]
        self.points = np.take_along_axis(self.joints, low[..., None], axis=1).reshape(-1, 3)
        self.flesh = FLESH_M[low].ravel()
        self.rays = self.points / np.maximum(self.points[:, 2:], 0.1)
        self.depth_sd = np.hypot(self.pose_sd, PIXEL_SD_M / self._fall(up))

    def _fall(self, up: Floats) -> Floats:
        """How much a ray descends a metre of depth; a ray along the ground still says something about height."""
        return np.asarray(np.maximum(-(self.rays @ up), MIN_FALL))

    def residuals(self, angles_height: Floats, width: float) -> Floats:
        """One-sided robust: a foot above the ground may be in the air, a foot below it is a mistake.

        Measured in depth along the viewing ray, where the errors lie: measured in height, the plane would tilt into
        the rays to make them small.
        """
        up = up_from_angles(*angles_height[:2])
        heights = self.points @ up + angles_height[2] - self.flesh
        z = heights / self._fall(up) / (width * self.depth_sd)
        above = z / np.sqrt(1 + (z / 2) ** 2)  # Geman-McClure: what is far above says nothing
        below = -np.sqrt(np.where(z < -1.5, np.abs(-3 * z - 2.25), z**2))  # Huber
        contact = np.where(z > 0, above, below) * self.share
        return np.concatenate([contact, (angles_height[:2] - self.prior) / self.prior_sd])


def _prior(joints: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """Pitch and roll with standard deviations, radians: a level camera and, where there is one, a standing person."""
    camera_sd = np.radians([CAMERA_PITCH_SD_DEG, CAMERA_ROLL_SD_DEG])
    mean, weight = np.radians([CAMERA_PITCH_DEG, 0.0]), 1 / camera_sd**2
    standing = standing_direction(joints)
    if standing is not None:
        body_weight = 1 / np.radians([BODY_PITCH_SD_DEG, BODY_ROLL_SD_DEG]) ** 2
        mean = (mean * weight + np.array(angles_from_up(standing)) * body_weight) / (weight + body_weight)
        weight = weight + body_weight
    sd = 1 / np.sqrt(weight)
    return (float(mean[0]), float(mean[1])), (float(sd[0]), float(sd[1]))


def fit_ground(joints: Floats, valid: Bools, times: Floats) -> Plane:
    """The plane under a person's lowest body parts, robust to feet in the air.

    It lies under the joints by the flesh of `FLESH_M`. Maximum a posteriori over pitch, roll and height, from a coarse
    to a fine notion of contact.

    Args:
        joints: (T, 24, 3) metres, camera frame.
        valid: (T,) frames to use.
        times: (T,) seconds, rising.

    Raises:
        EstimationError: fewer than 5 frames are valid, or the ground would lie above the camera.
    """
    from scipy.optimize import least_squares

    seen = np.asarray(joints, dtype=np.float64)[np.asarray(valid, dtype=bool)]
    if len(seen) < MIN_FRAMES:
        raise EstimationError(
            f"the ground needs the person in at least {MIN_FRAMES} frames, seen in {len(seen)}. Use another clip."
        )
    prior, prior_sd = _prior(seen)
    evidence = _Evidence(seen, np.asarray(times)[np.asarray(valid, dtype=bool)], prior, prior_sd)
    lowest = (seen @ up_from_angles(*prior) - FLESH_M).min(axis=1)
    solution = np.array([*prior, -float(np.percentile(lowest, 30))])
    for width in (6.0, 3.0, 1.5, 1.0):
        solution = least_squares(evidence.residuals, solution, args=(width,), x_scale=(0.1, 0.1, 1.0)).x
        evidence.choose(up_from_angles(solution[0], solution[1]))
    if solution[2] <= 0:
        raise EstimationError(
            "the person's feet lie above the camera's height everywhere, which no level ground explains. "
            "Use another clip, or an estimator of depth."
        )
    return Plane(up_from_angles(solution[0], solution[1]), float(solution[2]))

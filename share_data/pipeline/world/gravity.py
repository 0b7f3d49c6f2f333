"""Where up is and where the ground lies, told by a person's joints, straight edges and, where there is one, the room.

Monocular estimators know a person's direction to a pixel but the depth only to 5-13 cm a frame, so each height is
trusted according to how much of that depth error it inherits. Walking to and fro in depth measures the camera's pitch;
standing still measures nothing, and posture, room and priors decide: people are upright, walls plumb, floors level, and
cameras held nearly so, but now and then far from it. What of it is known is kept and the rest fitted to it.
"""

from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.pipeline.camera.pose import UNKNOWN, CameraPose, angles_from_up, up_from_angles
from share_data.pipeline.world.edges import NO_EDGES, Edges
from share_data.pipeline.world.posture import Posture, stretched, unit
from share_data.pipeline.world.structure import NOTHING, Structure
from share_data.records import Bools

# Distance from each of SMPL's 24 joints to the skin below it, metres: makes lying and kneeling comparable to standing.
# The keyframes' meshes correct what remains (see `skin_gap`).
FLESH_M = np.array(
    [
        [0.10, 0.08, 0.08, 0.11, 0.06, 0.06, 0.11, 0.08, 0.08, 0.11, 0.03, 0.03],
        [0.07, 0.07, 0.07, 0.10, 0.06, 0.06, 0.04, 0.04, 0.03, 0.03, 0.02, 0.02],
    ]
).ravel()

MIN_FRAMES = 5
CORRELATED_S = 1 / 3  # neighbouring frames share their error: those of so many seconds count as one observation
DEPTH_SD_M, PIXEL_SD_M = 0.08, 0.015
BENT_DEPTH_SD_M = 0.3  # a seated or crouching body is foreshortened: its apparent size tells its depth far worse
MIN_FALL = 0.05
# Student's t: most cameras are held level and look a little down, and some are not held so at all.
CAMERA_PITCH_DEG, CAMERA_PITCH_SD_DEG, CAMERA_PITCH_FREEDOM = 8.0, 20.0, 3.0
CAMERA_ROLL_SD_DEG, CAMERA_ROLL_FREEDOM = 5.0, 2.0
PITCHES_DEG, MAX_ROLL_DEG = (-60.0, 88.0), 50.0  # of the guesses to start from
SAME_GUESS_DEG, SAME_EDGES_DEG, FOLLOWED = 6.0, 1.0, 3

Room = tuple[Structure, Edges]


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
        return np.asarray(unit(axis - (axis @ self.normal) * self.normal))


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
    """Residuals of pitch, roll and height: two lowest body parts a frame, posture, room and how cameras are held."""

    def __init__(self, joints: Floats, times: Floats, room: Room, up: Floats) -> None:
        self.joints, self.room, self.posture = joints, room, Posture.of(joints)
        correlated = CORRELATED_S / float(np.median(np.diff(times)))
        self.share = np.sqrt(1 / (2 * np.clip(correlated, 1, len(joints))))
        self.pose_sd = np.repeat(np.where(stretched(joints), DEPTH_SD_M, BENT_DEPTH_SD_M), 2)
        self.choose(up)

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
        """All of them; half their squares' sum is the -log posterior. width: of what counts as contact, in sigmas."""
        pitch, roll, height = angles_height
        up = up_from_angles(pitch, roll)
        held = [
            _student((np.degrees(pitch) - CAMERA_PITCH_DEG) / CAMERA_PITCH_SD_DEG, CAMERA_PITCH_FREEDOM),
            _student(np.degrees(roll) / CAMERA_ROLL_SD_DEG, CAMERA_ROLL_FREEDOM),
        ]
        said = [teller.residuals(up) for teller in (self.posture, *self.room)]
        return np.concatenate([self._contact(up, height, width), *said, held])

    def _contact(self, up: Floats, height: float, width: float) -> Floats:
        """One-sided robust: a foot above the ground may be in the air, a foot below it is a mistake.

        Measured in depth along the viewing ray, where the errors lie: measured in height, the plane would tilt into
        the rays to make them small.
        """
        heights = self.points @ up + height - self.flesh
        z = heights / self._fall(up) / (width * self.depth_sd)
        above = z / np.sqrt(1 + (z / 2) ** 2)  # Geman-McClure: what is far above says nothing
        below = -np.sqrt(np.where(z < -1.5, np.abs(-3 * z - 2.25), z**2))  # Huber
        return np.asarray(np.where(z > 0, above, below) * self.share)


def _student(z: float, freedom: float) -> float:
    """The residual whose half square is the -log density of Student's t, up to a constant."""
    return float(np.copysign(np.sqrt((freedom + 1) * np.log1p(z * z / freedom)), z))


def fit_ground(
    joints: Floats,
    valid: Bools,
    times: Floats,
    structure: Structure = NOTHING,
    pose: CameraPose = UNKNOWN,
    edges: Edges = NO_EDGES,
) -> Plane:
    """The plane under a person's lowest body parts, robust to feet in the air.

    It lies under the joints by the flesh of `FLESH_M`. Maximum a posteriori over pitch, roll and height, from a coarse
    to a fine notion of contact, and from several guesses: what is up for a person on his feet is ahead
    for one who lies.

    Args:
        joints: (T, 24, 3) metres, camera frame.
        valid: (T,) frames to use.
        times: (T,) seconds, rising.
        structure: of the room.
        pose: what is known of the camera, kept as it is.
        edges: of the picture.

    Raises:
        EstimationError: fewer than 5 frames are valid, or the ground would lie above the camera.
    """
    seen = np.asarray(joints, dtype=np.float64)[np.asarray(valid, dtype=bool)]
    if len(seen) < MIN_FRAMES:
        raise EstimationError(
            f"the ground needs the person in at least {MIN_FRAMES} frames, seen in {len(seen)}. Use another clip."
        )
    when = np.asarray(times)[np.asarray(valid, dtype=bool)]
    room = (structure, edges)
    begun = [
        _follow(_Evidence(seen, when, room, up), _start(seen, up, pose), pose, (6.0,))
        for up in _guesses(seen, room, pose)
    ]
    begun.sort(key=lambda each: each[0])
    ended = [_follow(evidence, solution, pose, (3.0, 1.5, 1.0)) for _, evidence, solution in begun[:FOLLOWED]]
    below = [each for each in ended if each[2][2] > 0]
    if not below:
        raise EstimationError(
            "the person's feet lie above the camera's height everywhere, which no level ground explains. "
            "Use another clip, or an estimator of depth."
        )
    _, _, solution = min(below, key=lambda each: each[0])
    return Plane(up_from_angles(solution[0], solution[1]), float(solution[2]))


def _guesses(joints: Floats, room: Room, pose: CameraPose) -> list[Floats]:
    """Ups to start from, each as far from the others as makes it another guess: those of edges are sharp."""
    level = up_from_angles(np.radians(CAMERA_PITCH_DEG), 0.0)
    structure, edges = room
    rough = [(up, SAME_GUESS_DEG) for up in (level, *Posture.of(joints).guesses(), *structure.guesses())]
    found: list[Floats] = []
    for up, apart in (*rough, *((up, SAME_EDGES_DEG) for up in edges.guesses())):
        pitch, roll = angles_from_up(up)
        pitch, roll = (have if given is None else given for have, given in ((pitch, pose.pitch), (roll, pose.roll)))
        possible = PITCHES_DEG[0] < np.degrees(pitch) < PITCHES_DEG[1] and abs(np.degrees(roll)) < MAX_ROLL_DEG
        guess = up_from_angles(pitch, roll)
        if (possible or pose.up is not None) and all(guess @ other < np.cos(np.radians(apart)) for other in found):
            found.append(guess)
    return found


def _start(joints: Floats, up: Floats, pose: CameraPose) -> Floats:
    lowest = (joints @ up - FLESH_M).min(axis=1)
    height = -float(np.percentile(lowest, 30)) if pose.height is None else pose.height
    return np.array([*angles_from_up(up), height])


def _follow(
    evidence: _Evidence, start: Floats, pose: CameraPose, widths: tuple[float, ...]
) -> tuple[float, _Evidence, Floats]:
    """The -log posterior, the evidence and the solution that a start leads to."""
    from scipy.optimize import least_squares

    free = [given is None for given in (pose.pitch, pose.roll, pose.height)]
    solution, cost = start.copy(), 0.0

    for width in widths:

        def residuals(some: Floats, width: float = width) -> Floats:
            whole = solution.copy()
            whole[free] = some
            return evidence.residuals(whole, width)

        if any(free):
            scale = np.array([0.1, 0.1, 1.0])[free]
            found = least_squares(residuals, solution[free], x_scale=scale, max_nfev=20)
            solution[free] = found.x
        cost = float((evidence.residuals(solution, width) ** 2).sum() / 2)
        evidence.choose(up_from_angles(solution[0], solution[1]))
    return cost, evidence, solution

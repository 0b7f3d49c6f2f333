"""How a camera turned between two pictures, and by how much one is larger: four numbers, told by points that both show.

A camera that turns about its lens moves every pixel by the homography K R K^-1, whatever stands in the room (Hartley
and Zisserman, Multiple View Geometry, 2nd edition, section 8.4.2). A similarity is not enough: of a sway of 1 % of the
diagonal it leaves a third in the corners of a lens of 60 degrees. How strongly corners run ahead depends on the focal,
which is fitted with the turns, once a clip; where it is long, a turn is a shift, as of a tripod that slides aside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.records import Bools

_CUTS = (8.0, 4.0, 2.0, 1.0, 1.0, 1.0)
"""Pixels of the small pictures beyond which a point counts for nothing, step by step of the fit (Tukey's biweight)."""
_AGREE = 0.9
"""Pixels by which a point may be off that agrees."""
_FLAT, _WIDE = 0.05, 2.4
"""Range of the long side over the focal: fields of view of 3 to 100 degrees."""
_TOLERANCE = 0.02


class Pairs(NamedTuple):
    """Places of the same things in the reference and in a frame. old, new: (n, 2) as `Frame.normal` gives them."""

    old: Floats
    new: Floats


@dataclass(frozen=True, slots=True)
class Frame:
    """The upright picture, and how many of its pixels one of the small pictures is. Normal coordinates count from the
    middle, in long sides."""

    width: int
    height: int
    small: tuple[int, int]

    @property
    def long_side(self) -> int:
        """Pixels."""
        return max(self.width, self.height)

    @property
    def pixel(self) -> float:
        """A pixel of the small pictures, in long sides."""
        return 1 / max(self.small)

    def normal(self, points: Floats) -> Floats:
        """(n, 2) places in a small picture, as OpenCV counts (the first pixel's middle is 0), in normal coordinates."""
        full = (np.asarray(points, np.float64) + 0.5) * (self.width / self.small[0], self.height / self.small[1])
        return np.asarray((full - (self.width / 2, self.height / 2)) / self.long_side)

    def pixels(self, matrix: Floats) -> Floats:
        """(3, 3) a homography of normal coordinates as one of the picture's pixels, the first one's middle at 0.5."""
        to = np.array([[self.long_side, 0, self.width / 2], [0, self.long_side, self.height / 2], [0, 0, 1.0]])
        made = to @ matrix @ np.linalg.inv(to)
        return np.asarray(made / made[2, 2])


def homography(turn: Floats, bend: float) -> Floats:
    """(3, 3) from the reference's normal coordinates to a frame's.

    Args:
        turn: (4,) radians about x, y and z (camera axes), and the logarithm of the scale.
        bend: the long side over the focal.
    """
    lens = np.diag([bend, bend, 1.0])
    made = np.diag([np.exp(turn[3]) / bend] * 2 + [1.0]) @ Rotation.from_rotvec(turn[:3]).as_matrix() @ lens
    return np.asarray(made)


def applied(matrix: Floats, points: Floats) -> Floats:
    """Where (n, 2) points go by a (3, 3) homography."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:])


def turn_of(pairs: Pairs, bend: float, pixel: float) -> tuple[Floats, Bools]:
    """The turn (4,) most points agree on, see `homography`, and which do, (n,) bool.

    Gauss-Newton with the derivatives at no turn, which hold for the few degrees that are asked about, reweighted.
    """
    old, new = pairs
    x, y = (bend * old).T
    ones, none = np.ones_like(x), np.zeros_like(x)
    across = np.stack([-x * y, ones + x * x, -y, x], axis=1) / bend
    down = np.stack([-ones - y * y, x * y, x, y], axis=1) / bend
    design = np.concatenate([across, down])
    shift = np.median(new - old, axis=0) * bend
    turn = np.array([-shift[1], shift[0], 0.0, 0.0])
    off = none
    for cut in _CUTS:
        rest = new - applied(homography(turn, bend), old)
        off = np.linalg.norm(rest, axis=1) / pixel
        weight = np.sqrt(np.clip(1 - (off / cut) ** 2, 0, None) ** 2)
        both = np.tile(weight, 2)[:, None]
        turn = turn + np.linalg.lstsq(design * both, rest.T.ravel() * both[:, 0], rcond=None)[0]
    off = np.linalg.norm(new - applied(homography(turn, bend), old), axis=1) / pixel
    return turn, off < _AGREE


def bend_of(frames: Sequence[Pairs], pixel: float) -> float:
    """The long side over the focal with which turns explain these frames best, each against the reference."""

    def unexplained(bend: float) -> float:
        total = 0.0
        for pairs in frames:
            turn, _ = turn_of(pairs, bend, pixel)
            off = np.linalg.norm(pairs.new - applied(homography(turn, bend), pairs.old), axis=1) / pixel
            total += float((1 - np.clip(1 - (off / 2) ** 2, 0, None) ** 3).sum())
        return total

    found = minimize_scalar(unexplained, bounds=(_FLAT, _WIDE), method="bounded", options={"xatol": _TOLERANCE})
    return float(found.x)

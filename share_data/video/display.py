"""How a stored picture becomes the one that is shown: cropped, then turned or mirrored by one of the eight ways.

Phones turn, front cameras and "flip" in photo editors mirror. An angle cannot tell: four of the eight are reflections.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_EXACT_DEGREES = 1.0
"""Matrices are 16.16 fixed point, and some writers round: nearer than this to a right angle is a right angle."""


@dataclass(frozen=True, slots=True)
class Display:
    """What makes a stored picture upright: first mirrored left to right, then `turns` right angles counter-clockwise.

    askew: degrees by which the file's matrix differs from that; it is one of the eight where this is 0.
    """

    turns: int = 0
    mirrored: bool = False
    askew: float = 0.0

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height change places."""
        return self.turns % 2 == 1

    def apply(self, picture: NDArray[Any]) -> NDArray[Any]:
        """The upright view of a stored (height, width, ...) picture; no pixel is changed."""
        picture = picture[:, ::-1] if self.mirrored else picture
        return np.rot90(picture, self.turns) if self.turns else picture

    def point(self, x: float, y: float, width: float, height: float) -> tuple[float, float]:
        """Where the point (x, y) of a stored `width` x `height` picture lies in the upright one, pixels."""
        x = width - x if self.mirrored else x
        for _ in range(self.turns):
            x, y, width, height = y, width - x, height, width
        return x, y

    @property
    def words(self) -> str:
        """For records: `as stored`, `turned 90`, `mirrored`, `mirrored, turned 270`, degrees counter-clockwise."""
        parts = ["mirrored"] * self.mirrored + [f"turned {90 * self.turns}"] * (self.turns > 0)
        return ", ".join(parts) or "as stored"


class Crop(NamedTuple):
    """Stored pixels that are left out at each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def apply(self, picture: NDArray[Any]) -> NDArray[Any]:
        """The part of a stored (height, width, ...) picture that is shown."""
        height, width = picture.shape[:2]
        return picture[self.top : height - self.bottom, self.left : width - self.right]

    def fits(self, width: int, height: int) -> bool:
        """Whether anything of a picture of this size is left."""
        return min(self) >= 0 and self.left + self.right < width and self.top + self.bottom < height


UPRIGHT, WHOLE = Display(), Crop()


@dataclass(slots=True)
class DisplayReader:
    """How the frames of one stream are made upright: by their display matrix, as they stand where they have none.

    The matrix is read where the angle it makes changes, for reading keeps a frame in memory: PyAV's side data and
    their frame refer to each other.
    """

    _angle: int | None = None
    _display: Display = UPRIGHT

    def of(self, frame: VideoFrame) -> Display:
        """Of this frame, the next of the stream."""
        if frame.rotation != self._angle:
            self._angle = frame.rotation
            matrix: Any = frame.side_data.get("DISPLAYMATRIX")
            self._display = UPRIGHT if matrix is None else _read(bytes(matrix))
        return self._display


def _read(matrix: bytes) -> Display:
    """Of nine int32, row by row: (x, y) of the stored picture goes to (a x + c y, b x + d y), x right, y down."""
    a, b, _, c, d, *_ = np.frombuffer(matrix, np.int32)[:9].tolist()
    mirrored = a * d - b * c < 0
    if mirrored:  # What is left once the picture has been mirrored left to right is a rotation.
        a, b = -a, -b
    # Both axes say the angle; they agree unless the matrix shears.
    clockwise = math.degrees(math.atan2(b - c, a + d))
    quarter = round(clockwise / 90)
    askew = abs(clockwise - 90 * quarter)
    return Display(-quarter % 4, mirrored, 0.0 if askew < _EXACT_DEGREES else round(askew, 1))

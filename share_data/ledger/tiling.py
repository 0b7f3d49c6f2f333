"""The proof that every frame of every video is in exactly one row: kept, rejected with a reason, or failed."""

from collections import defaultdict
from hashlib import sha256


class Tiling:
    """Told of videos and of their pieces in any order; keeps two numbers a video, however many pieces it has.

    Pieces [start, stop) cover frames [0, n) once exactly where each border but 0 and n is the start of one piece and
    the stop of one: from 0 there is then one way on, always ahead, to n, and none is left over.
    """

    def __init__(self) -> None:
        self._frames: dict[str, int] = {}
        self._open: defaultdict[str, int] = defaultdict(int)

    def video(self, unit: str, frames: int) -> None:
        """A video of which so many frames decode; 0 where that is not known, and nothing is proven of it."""
        if frames > 0:
            self._frames[unit] = frames

    def piece(self, video: str, start: int, stop: int) -> None:
        """Frames [start, stop) of a video have a row."""
        self._open[video] += _weight(start) - _weight(stop)
        if not start < stop:
            self._open[video] += _weight(-1)

    def problems(self) -> list[str]:
        """A sentence for each video of which frames have no row, or two."""
        return [
            f"video {unit!r}: its {frames} frames are not each in exactly one clip or piece"
            for unit, frames in sorted(self._frames.items())
            if self._open[unit] != _weight(0) - _weight(frames)
        ]


def _weight(border: int) -> int:
    """A number for a border such that no other borders add up to the same by chance."""
    return int.from_bytes(sha256(b"%d" % border).digest()[:16], "big")

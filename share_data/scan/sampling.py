"""Which frames of a video are looked at more closely, decided as they come.

People are looked for in a shot's first and last frame and every half second between; every other of these is a border,
at which a window may begin: there the main person's mask is taken too, the frame before is sampled, which a window that
ends there ends on, and one a tenth of a second later, for between frames so far apart a camera's shake shows at any
frame rate. Samples lie closer where clips are to be very short.
"""

from dataclasses import dataclass
from typing import NamedTuple

_STEP_S = 0.5
_SHARE = 20
"""A clip of full length has so many samples at least."""
_AFTER_S = 0.1
_ROUNDING_S = 1e-3
"""Files round their timestamps, mostly to a millisecond."""


class Wanted(NamedTuple):
    """What of a frame is wanted. before: the frame before it too, as an image alone; may_wait: people need not be
    looked for in it where those before and after tell who is there."""

    image: bool = False
    people: bool = False
    mask: bool = False
    before: bool = False
    may_wait: bool = False


NOTHING, IMAGE, PEOPLE = Wanted(), Wanted(True), Wanted(True, True)
BETWEEN = Wanted(True, True, may_wait=True)
END, BORDER = Wanted(True, True, True), Wanted(True, True, True, True)


def step_of(max_seconds: float) -> float:
    """Seconds from one sample to the next, for clips of this length at most."""
    return min(_STEP_S, max_seconds / _SHARE)


@dataclass(slots=True)
class Grid:
    """Of one pass. step: see `step_of`."""

    step: float
    _begin: float = 0.0
    _count: int = 0
    _after: float | None = None

    def begins(self, time: float) -> Wanted:
        """A shot begins at this time, seconds."""
        self._begin, self._count, self._after = time, 0, self._later(time)
        return END

    def next(self, time: float) -> Wanted:
        """What is wanted of the next frame of the shot."""
        if time >= self._begin + (self._count + 1) * self.step - _ROUNDING_S:
            self._count = int((time - self._begin + _ROUNDING_S) / self.step)
            if self._count % 2:
                return BETWEEN
            self._after = self._later(time)
            return BORDER
        if self._after is not None and time >= self._after - _ROUNDING_S:
            self._after = None
            return IMAGE
        return NOTHING

    def _later(self, time: float) -> float | None:
        return time + _AFTER_S if self.step > 2 * _AFTER_S else None

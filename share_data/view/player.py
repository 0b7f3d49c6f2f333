"""Playing a clip at its own pace: its frames have true times, and need not be evenly spaced."""

import threading
from collections.abc import Callable
from time import monotonic

import numpy as np

from share_data.camera import Floats

_TICK_S = 1 / 60


class Player:
    """Goes through the frames of a clip while it plays, and begins again at its end.

    Args:
        times: (T,) seconds from the first frame.
        show: told the number of each frame when it is due, from a thread of the player's own.
    """

    def __init__(self, times: Floats, show: Callable[[int], None]) -> None:
        self._times, self._show = times, show
        self._lock = threading.Lock()
        self._gone, self._playing = threading.Event(), threading.Event()
        self._at, self.speed = 0.0, 1.0
        threading.Thread(target=self._run, daemon=True).start()

    def seek(self, frame: int) -> None:
        """Go on from a frame."""
        with self._lock:
            self._at = float(self._times[frame])

    def toggle(self) -> None:
        """Play, or pause."""
        self._playing.clear() if self._playing.is_set() else self._playing.set()

    def close(self) -> None:
        """No more is shown."""
        self._gone.set()

    def _run(self) -> None:
        last = monotonic()
        while not self._gone.wait(_TICK_S):
            now = monotonic()
            step, last = now - last, now
            if self._playing.is_set():
                self._show(self._advance(step))

    def _advance(self, step: float) -> int:
        with self._lock:
            self._at += step * self.speed
            if self._at > self._times[-1]:
                self._at = 0.0
            return max(int(np.searchsorted(self._times, self._at, side="right")) - 1, 0)

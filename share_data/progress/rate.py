"""How fast units end, over the last minutes."""

from collections import deque

WINDOW_S = 300.0
FEW = 5
"""Fewer units than this in the window say little: the last so many are looked at instead, however long ago."""
_BUCKET_S = 10.0


class Rate:
    """Counts ends. since: when work began, in seconds of the clock that `add` and `per_minute` are told."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.total = 0
        self._buckets: deque[list[int]] = deque()
        self._last: deque[float] = deque(maxlen=FEW + 1)

    def add(self, now: float) -> None:
        """One unit has ended."""
        self.total += 1
        self._last.append(now)
        bucket = int(now // _BUCKET_S)
        if self._buckets and self._buckets[-1][0] >= bucket:  # A clock that was set back adds to the latest.
            self._buckets[-1][1] += 1
            return
        self._buckets.append([bucket, 1])
        while self._buckets[0][0] < self._first(now):
            self._buckets.popleft()

    @property
    def latest(self) -> float:
        """When the latest unit ended, or when work began."""
        return self._last[-1] if self._last else self.since

    def per_minute(self, now: float) -> float:
        """Units per minute: of the window, or of the last few where the window holds less. It falls in a stall."""
        first = self._first(now)
        count = sum(number for bucket, number in self._buckets if bucket >= first)
        begun = max(self.since, first * _BUCKET_S)
        if count < FEW:
            count = min(self.total, FEW)
            begun = self._last[0] if self.total > FEW else self.since
        return 60 * count / max(now - begun, 1.0)

    def seconds_for(self, left: int, now: float) -> float | None:
        """How long `left` units will take at this rate; None where that is not known, or nothing is left."""
        pace = self.per_minute(now)
        return 60 * left / pace if left > 0 and pace else None

    def _first(self, now: float) -> int:
        """The oldest bucket of the window."""
        return int(now // _BUCKET_S) + 1 - int(WINDOW_S // _BUCKET_S)

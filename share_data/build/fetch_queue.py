"""Videos to be fetched, source by source: a site that must be asked gently takes no more workers than it may have."""

from collections import Counter, deque
from collections.abc import Mapping


class FetchQueue:
    """Numbers of videos. limits: of a source's label, how many of its videos are fetched at a time; others: any number.

    Sources with a limit come first, for they take longest.
    """

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = limits
        self._waiting: dict[str, deque[int]] = {}
        self._under_way: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many wait, whether or not they may be begun now."""
        return sum(map(len, self._waiting.values()))

    def add(self, source: str, number: int) -> None:
        """Put a video at the end of its source's queue."""
        self._waiting.setdefault(source, deque()).append(number)

    def next(self) -> int | None:
        """A video to fetch now, or None: none waits, or those that wait have to wait."""
        for source in sorted(self._waiting, key=lambda source: source not in self._limits):
            limit = self._limits.get(source)
            if self._waiting[source] and (limit is None or self._under_way[source] < limit):
                self._under_way[source] += 1
                return self._waiting[source].popleft()
        return None

    def ended(self, source: str) -> None:
        """A video that `next` gave out is not being fetched any more."""
        self._under_way[source] -= 1

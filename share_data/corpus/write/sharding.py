"""Which candidate goes into which shard: by position in hash order, settled once, whoever of them fails later."""

from array import array
from collections.abc import Callable, Iterator, Mapping

from share_data.corpus.layout import hash_order


class Sharding:
    """The frozen candidates, so many a shard, and how many of each shard have yet to end.

    candidates: key → number of a clip; pending: whether a clip has yet to end.
    """

    def __init__(self, candidates: Mapping[str, int], size: int, pending: Callable[[int], bool]) -> None:
        self._size = size
        self._order = array("q", (candidates[key] for key in hash_order(candidates)))
        self._places = array("q", bytes(8 * (max(self._order, default=-1) + 1)))
        self._left = array("q", bytes(8 * -(-len(self._order) // size)))
        for place, clip in enumerate(self._order):
            self._places[clip] = place
            self._left[place // size] += pending(clip)

    def __len__(self) -> int:
        """How many shards there are, empty ones included."""
        return len(self._left)

    @property
    def candidates(self) -> int:
        """How many clips there are."""
        return len(self._order)

    def place(self, clip: int) -> int:
        """A candidate's position in the corpus, were none to fail."""
        return self._places[clip]

    def candidates_of(self, shard: int) -> list[int]:
        """A shard's candidates, in order."""
        return list(self._order[shard * self._size : (shard + 1) * self._size])

    def complete(self) -> Iterator[int]:
        """Shards of which no candidate has yet to end."""
        return (shard for shard, left in enumerate(self._left) if not left)

    def ended(self, clip: int) -> int | None:
        """A candidate has ended; returns its shard when it was the last one of it."""
        shard = self._places[clip] // self._size
        self._left[shard] -= 1
        return None if self._left[shard] else shard

    def reopened(self, clip: int) -> None:
        """A candidate that had ended has to be computed again."""
        self._left[self._places[clip] // self._size] += 1

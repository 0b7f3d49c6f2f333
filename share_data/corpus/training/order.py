"""In which order an epoch goes over its samples, and which of them a rank is given. Nothing here knows of workers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from share_data.store.draws import Numbers, hashed, shuffled


def global_order(count: int, seed: int, epoch: int) -> Numbers:
    """All samples, each once, every order as likely as any other.

    Args:
        count: of samples.
        seed: of the training.
        epoch: from 0.

    Returns:
        (count,) numbers of samples.
    """
    return shuffled(hashed(seed, epoch), count)


def shard_order(shards: Numbers, seed: int, epoch: int, buffer: int) -> Numbers:
    """All samples, each once: shard after shard in a drawn order, mixed within stretches of `buffer` samples.

    Args:
        shards: (N,) number of each sample's shard.
        seed: of the training.
        epoch: from 0.
        buffer: samples that are mixed with each other.

    Returns:
        (N,) numbers of samples.
    """
    turn = np.empty(int(shards.max(initial=-1)) + 1, np.int64)
    turn[shuffled(hashed(seed, epoch, 1), len(turn))] = np.arange(len(turn))
    by_shard = np.argsort(turn[shards], kind="stable")
    stretches = np.arange(len(shards)) // buffer
    return np.asarray(by_shard[np.lexsort((shuffled(hashed(seed, epoch, 2), len(shards)), stretches))], np.int64)


@dataclass(frozen=True, slots=True)
class Share:
    """Which batches of an epoch's order one rank is given.

    The order is cut into steps of `batch_size` * `ranks` samples; rank r takes every `ranks`-th sample of a step, from
    the r-th on. After any step the samples that all ranks together have seen are the beginning of the order, so a state
    is one number, and another number of ranks or another batch size goes on exactly there.

    Attributes:
        batch_size: samples a batch.
        rank: of this process.
        ranks: how many there are.
        drop_last: leave out the last step where it does not fill every rank's batch: then all ranks have as many
            batches. Otherwise every sample is given to exactly one rank, and a rank may have one batch less.
    """

    batch_size: int
    rank: int = 0
    ranks: int = 1
    drop_last: bool = False

    @property
    def step(self) -> int:
        """Samples that all ranks together take at a time."""
        return self.batch_size * self.ranks

    def batches(self, order: Numbers, consumed: int = 0) -> Iterator[Numbers]:
        """This rank's batches of what is left of an epoch.

        Args:
            order: (N,) the epoch's.
            consumed: samples at its beginning that have been seen.

        Yields:
            (B,) numbers of samples, 1 <= B <= `batch_size`.
        """
        for first in range(consumed, len(order), self.step):
            step = order[first : first + self.step]
            mine = step[self.rank :: self.ranks]
            if self.drop_last and len(step) < self.step:
                return
            if len(mine):
                yield mine

    def count(self, samples: int) -> int:
        """How many batches of `samples` samples this rank is given."""
        whole, rest = divmod(samples, self.step)
        return whole + int(not self.drop_last and rest > self.rank)

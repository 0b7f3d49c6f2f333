"""Where a training is: which epoch, how much of it was seen, and so which samples are next. Nothing is read here."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from share_data.corpus.training.order import Share
from share_data.corpus.training.reader import Pick, SampleReader
from share_data.errors import CorpusError
from share_data.store.draws import Numbers, hashed

Order = Callable[[int, int], Numbers]
"""The numbers of all samples in an epoch's order, by the training's seed and the epoch."""
_STATE_FORMAT = 1


class Epochs:
    """One rank's batches of picks, epoch after epoch, and the state that goes on in the middle of one.

    Iterating gives what is left of the epoch and counts nothing: batches that are read ahead were not seen yet.

    Args:
        order: of an epoch; None for the corpus' own.
        count: samples of all ranks in an epoch.
        share: which of them this rank is given.
        seed: of the order, and of what is drawn of every sample.

    Attributes:
        epoch: that the next batch is of.
    """

    def __init__(self, order: Order | None, count: int, share: Share, seed: int) -> None:
        self._order, self._count, self._share, self._seed = order, count, share, seed
        self.epoch, self._consumed = 0, 0

    def __len__(self) -> int:
        """Batches of a whole epoch."""
        return self._share.count(self._count)

    def __iter__(self) -> Iterator[list[Pick]]:
        seed, epoch = self._seed, self.epoch
        order = np.arange(self._count) if self._order is None else self._order(seed, epoch)
        for batch in self._share.batches(order, self._consumed):
            yield [(int(number), hashed(seed, epoch, int(number))) for number in batch]

    @property
    def over(self) -> bool:
        """Whether no batch is left of this epoch."""
        return not self._share.count(max(self._count - self._consumed, 0))

    def step(self) -> None:
        """All ranks have seen another batch."""
        self._consumed += self._share.step

    def turn(self) -> None:
        """Begin the next epoch."""
        self.epoch, self._consumed = self.epoch + 1, 0

    def state_dict(self, samples: str) -> dict[str, Any]:
        """Plain numbers and texts. samples: what tells these samples from others, see `fingerprint`."""
        consumed = min(self._consumed, self._count)
        return {
            "format": _STATE_FORMAT,
            "epoch": self.epoch,
            "consumed": consumed,
            "seed": self._seed,
            "samples": samples,
        }

    def load_state_dict(self, state: Mapping[str, Any], samples: str, place: str) -> None:
        """Go on from a state, with the next iteration.

        Args:
            state: from `state_dict`.
            samples: what tells these samples from others.
            place: the corpus', for the error.

        Raises:
            CorpusError: the state is of other samples.
        """
        if state.get("format") != _STATE_FORMAT or state["samples"] != samples:
            raise CorpusError(
                f"{place}: the state is that of other samples. Open the same corpus with the same split, condition, "
                "window, stride, rate and kind of order as the training that saved it."
            )
        self.epoch, self._consumed, self._seed = state["epoch"], state["consumed"], state["seed"]


def fingerprint(reader: SampleReader, order: str) -> str:
    """What tells samples from those of another corpus, split, condition, window, rate or kind of order."""
    options, rows = reader.options, reader.rows
    digest = hashlib.sha256(repr((options.window, options.stride, options.fps, options.invalid)).encode())
    digest.update(repr((order, rows.shards, len(reader.windows))).encode())
    for column in (rows.number, rows.shard, rows.safetensors_offset, rows.n_frames):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()

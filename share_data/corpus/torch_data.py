"""A corpus as torch datasets, and a loader that goes on where it was. `corpus.open_corpus` imports this file."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.distributed
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from share_data.corpus.torch_batches import Batch, Sample, collated, read_batch
from share_data.corpus.training.order import Share, global_order, shard_order
from share_data.corpus.training.reader import Pick, SampleReader
from share_data.errors import CorpusError
from share_data.store.draws import Numbers, hashed

_STATE_FORMAT = 1


class CorpusDataset(Dataset[Sample]):
    """Samples by number: `len`, `dataset[3]`, and `collate` for a DataLoader. Safe to pickle and to fork.

    Where a window begins and which points are read is drawn from torch's random numbers; a `Loader` draws it by its
    seed, the epoch and the sample, the same on any number of workers and ranks.

    Args:
        reader: of the samples.
    """

    def __init__(self, reader: SampleReader) -> None:
        self.reader = reader

    def __len__(self) -> int:
        return len(self.reader.windows)

    def __getitem__(self, which: int | Pick) -> Sample:
        """A sample.

        Args:
            which: its number, or that and 64 random bits.

        Raises:
            IndexError: there is none of this number.
            CorpusError: its record is not there, or damaged; names shard and record.
        """
        sample: Sample = read_batch(self.reader, [self._pick(which)])[0]
        return sample

    def __getitems__(self, numbers: Sequence[int | Pick]) -> Batch:
        """Several samples at once, as a DataLoader asks for them: in the memory of the batch they will be."""
        return read_batch(self.reader, [self._pick(which) for which in numbers])

    def _pick(self, which: int | Pick) -> Pick:
        if isinstance(which, tuple):
            return which
        return range(len(self))[which], int(torch.randint(2**62, ()).item())

    def order(self, seed: int, epoch: int) -> Numbers:
        """(S,) numbers of all samples in an epoch's order; any order is as likely as any other."""
        return global_order(len(self), seed, epoch)

    @staticmethod
    def collate(samples: Sequence[Sample]) -> Sample:
        """A batch, for a DataLoader's `collate_fn`: (B, ...) tensors, lists of texts; shorter samples are padded."""
        return collated(samples)


class CorpusStream(IterableDataset[Sample]):
    """The same samples shard after shard, in a drawn order, mixed within a buffer: for corpora far away.

    Iterating gives this rank's and this worker's part of an epoch, each sample once whatever the number of shards, and
    then the next epoch's.

    Args:
        reader: of the samples.
        seed: of the training.
        buffer: samples that are mixed with each other.
    """

    def __init__(self, reader: SampleReader, seed: int = 0, buffer: int = 1024) -> None:
        self.reader, self.seed, self.epoch, self._buffer = reader, seed, 0, buffer
        self._consumed = 0

    def __len__(self) -> int:
        """Samples of this rank in an epoch."""
        rank, ranks = rank_and_ranks()
        return len(range(rank, len(self.reader.windows), ranks))

    def __iter__(self) -> Iterator[Sample]:
        rank, ranks = rank_and_ranks()
        worker = get_worker_info()
        place, places = (0, 1) if worker is None else (worker.id, worker.num_workers)
        mine = self.order(self.seed, self.epoch)[self._consumed :][rank::ranks][place::places]
        for number in mine:
            sample: Sample = read_batch(self.reader, [(int(number), hashed(self.seed, self.epoch, int(number)))])[0]
            self._consumed += ranks * places
            yield sample
        self.epoch, self._consumed = self.epoch + 1, 0

    def order(self, seed: int, epoch: int) -> Numbers:
        """(S,) numbers of all samples in an epoch's order."""
        shards = self.reader.rows.shard[self.reader.windows.rows_of()].astype(np.int64)
        return shard_order(shards, seed, epoch, self._buffer)

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch, from 0, with the next iteration. Workers that are kept between epochs count by themselves."""
        self.epoch, self._consumed = epoch, 0

    @staticmethod
    def collate(samples: Sequence[Sample]) -> Sample:
        """See `CorpusDataset.collate`."""
        return collated(samples)


class Loader:
    """Batches of a dataset, in an order that depends on seed and epoch alone, and a state that goes on in the middle.

    All ranks together go through one order: after any step, what has been seen is its beginning. So `state_dict` is the
    same on all ranks, and may be loaded with another batch size and other numbers of ranks and workers: the batches
    that follow hold the samples that follow, each once.

        loader = Loader(open_corpus("out/demo", window=64, fps=30), batch_size=16, workers=2)
        for epoch in range(loader.epoch, 10):
            for batch in loader: ...

    Args:
        dataset: from `open_corpus`, of either kind.
        batch_size: samples of one rank's batch.
        workers: processes that read ahead; 0 reads in this one.
        seed: of the order, of where windows begin, and of which points are read.
        shuffle: False gives the samples in corpus order.
        drop_last: leave out what does not fill all ranks' batches, so that all have as many.
        rank, ranks: of this process; by default those of torch.distributed.
        options: further arguments of `torch.utils.data.DataLoader`, such as `pin_memory`.

    Attributes:
        epoch: that the next batch is of.

    Raises:
        CorpusError: there are fewer samples than a first batch takes.
    """

    def __init__(
        self,
        dataset: CorpusDataset | CorpusStream,
        batch_size: int,
        workers: int = 0,
        seed: int = 0,
        shuffle: bool = True,
        drop_last: bool = False,
        rank: int | None = None,
        ranks: int | None = None,
        **options: Any,
    ) -> None:
        here = rank_and_ranks()
        self._share = Share(batch_size, here[0] if rank is None else rank, ranks or here[1], drop_last)
        self._seed, self._shuffle, self._order = seed, shuffle, dataset.order
        self.dataset = dataset if isinstance(dataset, CorpusDataset) else CorpusDataset(dataset.reader)
        self.epoch, self._consumed = 0, 0
        if not len(self):
            raise CorpusError(
                f"{dataset.reader.storage.place}: {len(self.dataset)} samples do not fill a batch of {batch_size} for "
                f"each of {self._share.ranks} ranks. Take smaller batches, or drop_last=False."
            )
        kept = {"persistent_workers": True} if workers else {}
        self._batches: DataLoader[Sample] = DataLoader(
            self.dataset,
            batch_sampler=_Picks(self),
            num_workers=workers,
            collate_fn=collated,
            **{**kept, **options},
        )

    def __len__(self) -> int:
        """Batches of an epoch for this rank."""
        return self._share.count(len(self.dataset))

    def __iter__(self) -> Iterator[Sample]:
        """What is left of this epoch; or the next one, where nothing is."""
        # Some loops stop at the last batch instead of asking for one more.
        if not self._share.count(max(len(self.dataset) - self._consumed, 0)):
            self.epoch, self._consumed = self.epoch + 1, 0
        for batch in self._batches:
            self._consumed += self._share.step
            yield batch
        self.epoch, self._consumed = self.epoch + 1, 0

    def picks(self) -> Iterator[list[Pick]]:
        """What is left of this epoch for this rank, a batch at a time."""
        order = self._order(self._seed, self.epoch) if self._shuffle else np.arange(len(self.dataset))
        for batch in self._share.batches(order, self._consumed):
            yield [(int(number), hashed(self._seed, self.epoch, int(number))) for number in batch]

    def state_dict(self) -> dict[str, Any]:
        """Where the training is: the batch that was given last counts as seen. Plain numbers and texts."""
        return {
            "format": _STATE_FORMAT,
            "epoch": self.epoch,
            "consumed": min(self._consumed, len(self.dataset)),
            "seed": self._seed,
            "samples": _fingerprint(self.dataset.reader, self._order),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, with the next iteration.

        Args:
            state: of a loader over the same samples; batch size, ranks and workers may be others.

        Raises:
            CorpusError: it is of other samples: another corpus, split, condition, window or rate.
        """
        if state.get("format") != _STATE_FORMAT or state["samples"] != _fingerprint(self.dataset.reader, self._order):
            raise CorpusError(
                f"{self.dataset.reader.storage.place}: the state is that of other samples. Open the same corpus with "
                "the same split, condition, window, stride, rate and kind of order as the training that saved it."
            )
        self.epoch, self._consumed, self._seed = state["epoch"], state["consumed"], state["seed"]


class _Picks:
    """The loader's batches as a batch sampler."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __iter__(self) -> Iterator[list[Pick]]:
        return self._loader.picks()

    def __len__(self) -> int:
        return len(self._loader)


def rank_and_ranks() -> tuple[int, int]:
    """This process's rank, and how many there are: those of torch.distributed where it is in use, else 0 and 1."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


def _fingerprint(reader: SampleReader, order: Any) -> str:
    options, rows = reader.options, reader.rows
    digest = hashlib.sha256(repr((options.window, options.stride, options.fps, options.invalid)).encode())
    digest.update(repr((type(order.__self__).__name__, rows.shards, len(reader.windows))).encode())
    for column in (rows.number, rows.shard, rows.safetensors_offset, rows.n_frames):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()

"""A corpus as torch datasets, and a loader that goes on where it was. `corpus.open_corpus` imports this file."""

import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.distributed
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from share_data.corpus.torch_batches import Batch, Sample, collated, read_batch
from share_data.corpus.training.epochs import Epochs, fingerprint
from share_data.corpus.training.order import Share, global_order, shard_order
from share_data.corpus.training.reader import Pick, SampleReader
from share_data.errors import CorpusError
from share_data.store.draws import Numbers, hashed


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
        share = Share(batch_size, here[0] if rank is None else rank, ranks or here[1], drop_last)
        self.dataset = dataset if isinstance(dataset, CorpusDataset) else CorpusDataset(dataset.reader)
        self._kind = type(dataset).__name__
        self._epochs = Epochs(dataset.order if shuffle else None, len(self.dataset), share, seed)
        if not len(self):
            raise CorpusError(
                f"{dataset.reader.storage.place}: {len(self.dataset)} samples do not fill a batch of {batch_size} for "
                f"each of {share.ranks} ranks. Take smaller batches, or drop_last=False."
            )
        kept = {"persistent_workers": True} if workers else {}
        self._batches: DataLoader[Sample] = DataLoader(
            self.dataset,
            batch_sampler=self._epochs,
            num_workers=workers,
            collate_fn=collated,
            **{**kept, **options},
        )
        # Workers are told to end through queues. Those of an iterator that is found in a circle of references, as a
        # trainer's are, are closed before it can tell them, and it waits 5 s for each. So it is held from here.
        self._running: list[Iterator[Sample]] = []
        weakref.finalize(self, self._running.clear)

    def __len__(self) -> int:
        """Batches of an epoch for this rank."""
        return len(self._epochs)

    @property
    def epoch(self) -> int:
        """That the next batch is of."""
        return self._epochs.epoch

    def __iter__(self) -> Iterator[Sample]:
        """What is left of this epoch; or the next one, where nothing is."""
        # Some loops stop at the last batch instead of asking for one more.
        if self._epochs.over:
            self._epochs.turn()
        self._running.clear()
        self._running.append(iter(self._batches))
        for batch in self._running[0]:
            self._epochs.step()
            yield batch
        self._epochs.turn()

    def state_dict(self) -> dict[str, Any]:
        """Where the training is: the batch that was given last counts as seen. Plain numbers and texts."""
        return self._epochs.state_dict(fingerprint(self.dataset.reader, self._kind))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, with the next iteration.

        Args:
            state: of a loader over the same samples; batch size, ranks and workers may be others.

        Raises:
            CorpusError: it is of other samples: another corpus, split, condition, window or rate.
        """
        reader = self.dataset.reader
        self._epochs.load_state_dict(state, fingerprint(reader, self._kind), reader.storage.place)


def rank_and_ranks() -> tuple[int, int]:
    """This process's rank, and how many there are: those of torch.distributed where it is in use, else 0 and 1."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1

"""Epochs over a corpus: each sample once, in an order that workers, ranks and batch sizes leave as it is."""

import gc
import json
import os
import pickle
import signal
import time
import weakref
from itertools import islice
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from fork_server import fork_server
from torch.utils.data import DataLoader
from training_corpora import training_corpus

from share_data.corpus import open_corpus
from share_data.corpus.torch_data import Loader
from share_data.errors import CorpusError

COUNT = 23


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("training") / "corpus"
    training_corpus(place, COUNT)
    return place


def batches_of(loader: Loader, stop: int | None) -> list[list[tuple[int, float]]]:
    """Record and first position of every sample: what was drawn of it is part of the order."""
    batches = islice(loader, stop)
    return [list(zip(batch["record"].tolist(), batch["transl"][:, 0, 0].tolist(), strict=True)) for batch in batches]


def sequence(
    dataset: Any, size: int, ranks: int = 1, workers: int = 0, state: Any = None, stop: int | None = None
) -> tuple[list[tuple[int, float]], dict[str, Any]]:
    """The samples that all ranks see, in the order of the epoch, and the state after `stop` steps."""
    loaders = [Loader(dataset, size, workers, seed=5, rank=rank, ranks=ranks) for rank in range(ranks)]
    for loader in loaders:
        if state is not None:
            loader.load_state_dict(state)
    found = [batches_of(loader, stop) for loader in loaders]
    samples = []
    for step in range(max(map(len, found))):
        batches = [batches[step] for batches in found if step < len(batches)]
        samples += [batch[place] for place in range(size) for batch in batches if place < len(batch)]
    return samples, loaders[0].state_dict()


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_drawn_of_a_sample_is_the_same_after_a_stop(corpus: Path, stream: bool) -> None:
    """Where a training may stop, and with how many ranks it goes on: `training/test_epochs.py`."""
    dataset = open_corpus(corpus, window=4, stream=stream, scene_points=8)
    whole, _ = sequence(dataset, 4)
    assert sorted(record for record, _ in whole) == list(range(COUNT))
    before, state = sequence(dataset, 2, ranks=3, stop=2)
    after, _ = sequence(dataset, 5, state=json.loads(json.dumps(state)))
    assert before + after == whole


@pytest.mark.parametrize(("stream", "workers", "ranks", "least"), [(False, 2, 1, 13), (True, 1, 3, 4)])
def test_a_reader_that_is_killed_goes_on_in_the_same_order(
    corpus: Path, tmp_path: Path, stream: bool, workers: int, ranks: int, least: int
) -> None:
    """By SIGKILL, at whatever sample it is: what it gave and what follows are the epoch that nobody stopped."""
    dataset = open_corpus(corpus, window=4, stream=stream, scene_points=8)
    whole, _ = sequence(dataset, 4)
    told = tmp_path / "told"
    child = os.fork()
    if child == 0:
        _read_on(Loader(dataset, 2, workers, seed=5), told)
    while not told.exists() or len(json.loads(told.read_bytes())[0]) < least:
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    before, state = json.loads(told.read_bytes())
    before = [tuple(each) for each in before]
    after, _ = sequence(dataset, 3, ranks, 3 - workers, state)
    assert before + after == whole and 0 < len(before) < COUNT


def _read_on(loader: Loader, told: Path) -> NoReturn:
    """Say what was seen after every batch, as a training writes its checkpoint; never comes to an end."""
    try:
        seen: list[tuple[int, float]] = []
        for batch in loader:
            seen += zip(batch["record"].tolist(), batch["transl"][:, 0, 0].tolist(), strict=True)
            told.with_suffix(".new").write_text(json.dumps((seen, loader.state_dict())))
            told.with_suffix(".new").replace(told)
            time.sleep(0.01)
            if len(seen) + 2 >= COUNT:
                time.sleep(60)
    finally:
        os._exit(1)


@pytest.mark.parametrize("stream", [False, True])
def test_workers_change_nothing(corpus: Path, stream: bool) -> None:
    dataset = open_corpus(corpus, window=4, stream=stream, scene_points=8)
    whole, _ = sequence(dataset, 4)
    before, state = sequence(dataset, 3, ranks=1, workers=2, stop=3)
    after, _ = sequence(dataset, 4, ranks=1, workers=1, state=state)
    assert before + after == whole


@pytest.mark.parametrize("how", ["a whole epoch", "in its middle", "in a circle of references"])
def test_workers_end_by_themselves_when_nobody_needs_the_loader(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """torch waits 5 s for each of them, then kills it."""
    ended: list[int | None] = []
    join = BaseProcess.join

    def noted(process: BaseProcess, timeout: float | None = None) -> None:
        join(process, timeout)
        ended.append(process.exitcode)

    monkeypatch.setattr(BaseProcess, "join", noted)
    holder = SimpleNamespace(loader=Loader(open_corpus(corpus, window=4), 2, workers=2))
    batches = iter(holder.loader)
    for _ in range(3) if how == "in its middle" else batches:
        next(batches, None)
    if how == "in a circle of references":
        holder.itself, holder.batches = holder, batches
    loader = weakref.ref(holder.loader)
    del batches, holder
    if how == "in a circle of references":
        assert loader() is not None and ended == []
        gc.collect()
    assert loader() is None and ended == [0, 0]


def test_epochs_differ_and_each_holds_every_sample(corpus: Path) -> None:
    loader = Loader(open_corpus(corpus, window=4), batch_size=5, workers=2)
    epochs = [[record for batch in loader for record in batch["record"].tolist()] for _ in range(3)]
    assert all(sorted(epoch) == list(range(COUNT)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    assert len(loader) == 5 and loader.epoch == 3


def test_a_state_at_the_end_begins_the_next_epoch(corpus: Path) -> None:
    dataset = open_corpus(corpus, window=4)
    first, second = Loader(dataset, 5), Loader(dataset, 5)
    for _ in first:
        state = first.state_dict()
    second.load_state_dict(state)
    assert [b["record"].tolist() for b in second] == [b["record"].tolist() for b in first]
    assert second.epoch == first.epoch == 2


def test_a_loop_that_stops_at_the_last_batch_begins_the_next_epoch(corpus: Path) -> None:
    loader = Loader(open_corpus(corpus, window=4), 5, drop_last=True)
    epochs = [[batch["record"].tolist() for batch in islice(loader, len(loader))] for _ in range(2)]
    assert [len(epoch) for epoch in epochs] == [4, 4] and epochs[0] != epochs[1]


def test_a_batch_that_is_never_full_is_an_error(corpus: Path) -> None:
    with pytest.raises(CorpusError, match="23 samples do not fill a batch of 12 for each of 2 ranks"):
        Loader(open_corpus(corpus, window=4), 12, drop_last=True, ranks=2, rank=0)


def test_a_state_of_other_samples_is_refused(corpus: Path) -> None:
    state = Loader(open_corpus(corpus, window=4), 5).state_dict()
    with pytest.raises(CorpusError, match="other samples"):
        Loader(open_corpus(corpus, window=5), 5).load_state_dict(state)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("stream", [False, True])
def test_a_plain_data_loader_gives_every_sample_once(corpus: Path, workers: int, stream: bool) -> None:
    dataset = open_corpus(corpus, window=4, stream=stream)
    loader = DataLoader(dataset, batch_size=4, num_workers=workers, collate_fn=dataset.collate)
    found = [record for batch in loader for record in batch["record"].tolist()]
    assert sorted(found) == list(range(COUNT))


def test_datasets_are_pickled_to_processes_that_were_not_forked(corpus: Path) -> None:
    dataset = open_corpus(corpus, window=4, where="confidence >= 0.5")
    assert len(pickle.dumps(dataset)) < 10_000
    loader = Loader(dataset, 4, workers=1, multiprocessing_context=fork_server())
    assert sorted(record for batch in loader for record in batch["record"].tolist()) == sorted(
        int(number) for number in dataset.reader.rows.number
    )

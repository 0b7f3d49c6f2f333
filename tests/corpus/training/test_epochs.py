"""A training that is killed and goes on sees the samples it would have seen: the order of ids, without reading one."""

import json
import random

import numpy as np
import pytest

from share_data.corpus.training.epochs import Epochs, Order
from share_data.corpus.training.order import Share, global_order, shard_order
from share_data.corpus.training.reader import Pick
from share_data.errors import CorpusError

COUNT = 97
SHARDS = np.repeat(np.arange(7), 14)[:COUNT]


def mapped(seed: int, epoch: int) -> np.ndarray:
    return global_order(COUNT, seed, epoch)


def streamed(seed: int, epoch: int) -> np.ndarray:
    return shard_order(SHARDS, seed, epoch, 20)


def all_ranks(order: Order | None, size: int, ranks: int) -> list[Epochs]:
    return [Epochs(order, COUNT, Share(size, rank, ranks), seed=5) for rank in range(ranks)]


def steps(ranks: list[Epochs]) -> list[list[Pick]]:
    """What all ranks together see of the rest of their epoch, step by step, in the epoch's order."""
    batches = [list(epochs) for epochs in ranks]
    found = []
    for step in range(max(map(len, batches))):
        mine = [rank[step] if step < len(rank) else [] for rank in batches]
        dealt = [each[place] for place in range(len(mine[0])) for each in mine if place < len(each)]
        found.append(dealt)
    return found


@pytest.mark.parametrize("order", [mapped, streamed, None])
@pytest.mark.parametrize("seed", range(50))
def test_killed_at_any_sample_the_rest_of_the_order_follows(order: Order | None, seed: int) -> None:
    """Killed up to three times in an epoch, each time going on with other batches and another number of ranks."""
    draw = random.Random(seed)
    whole = [pick for step in steps(all_ranks(order, 4, 1)) for pick in step]
    assert sorted(number for number, _ in whole) == list(range(COUNT))
    seen: list[Pick] = []
    state = None
    for life in range(4):
        ranks = all_ranks(order, draw.randint(1, 9), draw.choice((1, 3)))
        if state is not None:
            for epochs in ranks:
                epochs.load_state_dict(json.loads(state), "these", "here")
        ahead = steps(ranks)
        done = len(ahead) if life == 3 else draw.randint(0, len(ahead))
        seen += [pick for step in ahead[:done] for pick in step]
        for epochs in ranks:
            for _ in range(done):
                epochs.step()
        states = {json.dumps(epochs.state_dict("these")) for epochs in ranks}
        [state] = states
    assert seen == whole
    assert all(epochs.over for epochs in ranks)


def test_the_next_epoch_is_another_order_of_the_same() -> None:
    epochs = Epochs(mapped, COUNT, Share(10), seed=5)
    first = [pick for batch in epochs for pick in batch]
    epochs.turn()
    second = [pick for batch in epochs for pick in batch]
    assert epochs.epoch == 1 and first != second
    assert {number for number, _ in first} == {number for number, _ in second}
    assert not {draw for _, draw in first} & {draw for _, draw in second}


def test_a_state_of_other_samples_is_refused() -> None:
    epochs = Epochs(mapped, COUNT, Share(10), seed=5)
    with pytest.raises(CorpusError, match=r"^here: the state is that of other samples"):
        epochs.load_state_dict(epochs.state_dict("these"), "those", "here")

"""Epochs: every sample once over all ranks, in one order that no number of ranks or batch size changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from share_data.corpus.training.order import Share, global_order, shard_order
from share_data.store.draws import below, hashed, shuffled, text_seed


@given(st.integers(1, 300), st.integers(0, 9), st.integers(0, 5))
def test_an_order_holds_every_sample_once(count: int, seed: int, epoch: int) -> None:
    order = global_order(count, seed, epoch)
    assert sorted(order.tolist()) == list(range(count))
    assert order.tolist() == global_order(count, seed, epoch).tolist()


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    orders = {tuple(global_order(50, seed, epoch).tolist()) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16


def test_every_place_is_as_likely_for_a_sample() -> None:
    first = np.bincount([global_order(8, 0, epoch)[0] for epoch in range(4000)], minlength=8)
    assert (np.abs(first - 500) < 5 * np.sqrt(500)).all()


def test_draws_are_what_they_were() -> None:
    """A training that goes on under another version must draw the same."""
    assert hashed(1, 2, 3) == 15020427595393229491
    assert shuffled(7, 6).tolist() == [1, 5, 0, 4, 3, 2]
    assert text_seed("a") == 14598278634844962250
    assert all(0 <= below(5, seed) < 5 for seed in range(100))


@given(st.lists(st.integers(0, 6), min_size=1, max_size=80), st.integers(1, 40), st.integers(0, 3))
def test_a_stream_goes_shard_after_shard_within_its_buffer(shards: list[int], buffer: int, epoch: int) -> None:
    order = shard_order(np.array(sorted(shards)), 5, epoch, buffer)
    assert sorted(order.tolist()) == list(range(len(shards)))
    # Shards that are more than a buffer apart never mix: a stretch of the order touches few shards.
    unmixed = shard_order(np.array(sorted(shards)), 5, epoch, 1)
    for first in range(0, len(shards), buffer):
        assert set(order[first : first + buffer]) == set(unmixed[first : first + buffer])
    visited = np.array(sorted(shards))[unmixed]
    assert (np.diff(visited) != 0).sum() == len(set(shards)) - 1


@given(
    st.integers(1, 60),
    st.integers(1, 7),
    st.integers(1, 4),
    st.integers(1, 7),
    st.integers(1, 4),
    st.integers(0, 12),
)
def test_another_number_of_ranks_goes_on_in_the_same_order(
    count: int, size: int, ranks: int, other_size: int, other_ranks: int, steps: int
) -> None:
    order = global_order(count, 1, 0)

    def seen(size: int, ranks: int, consumed: int, steps: int | None) -> list[int]:
        shares = [list(Share(size, rank, ranks).batches(order, consumed))[:steps] for rank in range(ranks)]
        return sorted(int(each) for batches in shares for batch in batches for each in batch)

    before = seen(size, ranks, 0, steps)
    consumed = min(steps * size * ranks, count)
    assert before == sorted(order[:consumed].tolist())
    assert seen(other_size, other_ranks, consumed, None) == sorted(order[consumed:].tolist())


@given(st.integers(1, 60), st.integers(1, 7), st.integers(1, 4), st.booleans())
def test_the_number_of_batches_is_known(count: int, size: int, ranks: int, drop_last: bool) -> None:
    shares = [Share(size, rank, ranks, drop_last) for rank in range(ranks)]
    found = [list(share.batches(np.arange(count))) for share in shares]
    assert [len(batches) for batches in found] == [share.count(count) for share in shares]
    if drop_last:
        assert {len(batches) for batches in found} == {count // (size * ranks)}
        assert all(len(batch) == size for batches in found for batch in batches)


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_a_step_is_dealt_out_evenly(rank: int) -> None:
    [batch] = Share(4, rank, 3).batches(np.arange(10))
    assert batch.tolist() == list(range(rank, 10, 3))

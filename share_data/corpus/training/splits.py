"""Train, validation and test parts of a corpus that share no video, and stay what they are when the corpus grows."""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from share_data.camera import Floats
from share_data.errors import CorpusError
from share_data.store.arrow_arrays import Texts, column, numbers

Codes = NDArray[np.int64]


def sides(shared: Sequence[Codes], named: Texts, fractions: Mapping[str, float]) -> Codes:
    """The part of every record: by a hash, so that new records move no old one.

    Records that share a value of any column of `shared` are of one part, and so are those they share a value with. The
    hash is that of the least name among them: only a new record that ties two groups together can move one of them.

    Args:
        shared: (N,) numbers of what no two parts may have in common, such as a file's SHA-256.
        named: (N,) texts that are hashed, one a record.
        fractions: part to its share of all; they add up to 1.

    Returns:
        (N,) numbers of parts, in the order of `fractions`.
    """
    groups = _groups(shared)
    order = numbers(pc.sort_indices(named.values), np.uint64).astype(np.int64)
    turn = np.empty(len(order), np.int64)
    turn[order] = np.arange(len(order))
    least = np.full(int(groups.max(initial=-1)) + 1, len(order), np.int64)
    np.minimum.at(least, groups, turn[named.codes])
    reached = np.cumsum(list(fractions.values()))
    found = np.searchsorted(reached, _places(named.values.take(column(order[least]))), side="right")
    return np.asarray(np.minimum(found, len(reached) - 1)[groups], np.int64)


def _places(names: Any) -> Floats:
    """(N,) of Arrow texts: the first 64 bits of their SHA-256, as a share of all that there can be."""
    whole = pc.cast(names, pa.large_binary())
    _, offsets, content = whole.buffers()
    ends, data = np.frombuffer(offsets, np.int64)[: len(whole) + 1].tolist(), memoryview(content or b"")
    digests = b"".join(hashlib.sha256(data[start:end]).digest() for start, end in pairwise(ends))
    return np.frombuffer(digests, ">u8")[::4].astype(np.float64) / 2**64


def checked_fractions(fractions: Mapping[str, float]) -> Mapping[str, float]:
    """The fractions, once they are shares of one whole. Raises CorpusError."""
    if not fractions or min(fractions.values()) < 0 or abs(sum(fractions.values()) - 1) > 1e-6:
        raise CorpusError(f"fractions={dict(fractions)}: give each split its share, 0 to 1, that add up to 1.")
    return fractions


def _groups(codes: Sequence[Codes]) -> Codes:
    """(N,) numbers of the connected groups of rows, 0, 1, ..."""
    rows = len(codes[0])
    links = []
    for each in codes:
        representative = np.full(int(each.max(initial=-1)) + 1, -1, np.int64)
        representative[each[::-1]] = np.arange(rows)[::-1]
        links.append(representative[each])
    start = np.tile(np.arange(rows), len(links))
    ends = np.concatenate(links)
    graph = coo_matrix((np.ones(len(ends), np.int8), (start, ends)), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)

"""Train, validation and test parts of a corpus that share no video, and stay what they are when the corpus grows."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from share_data.errors import CorpusError

Codes = NDArray[np.int64]


def sides(shared: Sequence[Any], named: Any, fractions: Mapping[str, float]) -> NDArray[np.object_]:
    """The part of every record: by a hash, so that new records move no old one.

    Records that share a value of any column of `shared` are of one part, and so are those they share a value with. The
    hash is that of the least name among them: only a new record that ties two groups together can move one of them.

    Args:
        shared: (N,) Arrow columns of text: what no two parts may have in common, such as a file's SHA-256.
        named: (N,) Arrow column of text whose values are hashed.
        fractions: part to its share of all; they add up to 1.

    Returns:
        (N,) names of parts.
    """
    groups = _groups([_codes(column) for column in shared])
    names = np.asarray(pc.cast(_whole(named), pa.large_string()).to_numpy(zero_copy_only=False), object)
    least: dict[int, str] = {}
    for group, name in set(zip(groups.tolist(), names.tolist(), strict=True)):
        least[group] = min(name, least.get(group, name))
    of_group = np.empty(len(least), object)
    for group, name in least.items():
        of_group[group] = _side(name, fractions)
    return of_group[groups]


def _side(name: str, fractions: Mapping[str, float]) -> str:
    place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64
    reached = 0.0
    for side, share in fractions.items():
        reached += share
        if place < reached:
            return side
    return list(fractions)[-1]


def checked_fractions(fractions: Mapping[str, float]) -> Mapping[str, float]:
    """The fractions, once they are shares of one whole. Raises CorpusError."""
    if not fractions or min(fractions.values()) < 0 or abs(sum(fractions.values()) - 1) > 1e-6:
        raise CorpusError(f"fractions={dict(fractions)}: give each split its share, 0 to 1, that add up to 1.")
    return fractions


def _groups(codes: Sequence[Codes]) -> Codes:
    """(N,) numbers of the connected groups of rows, 0, 1, ..."""
    rows = len(codes[0])
    links = []
    for column in codes:
        representative = np.full(int(column.max(initial=-1)) + 1, -1, np.int64)
        representative[column[::-1]] = np.arange(rows)[::-1]
        links.append(representative[column])
    start = np.tile(np.arange(rows), len(links))
    ends = np.concatenate(links)
    graph = coo_matrix((np.ones(len(ends), np.int8), (start, ends)), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _codes(column: Any) -> Codes:
    return np.asarray(_whole(pc.dictionary_encode(column)).indices.to_numpy(zero_copy_only=False), np.int64)


def _whole(column: Any) -> Any:
    combined = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined

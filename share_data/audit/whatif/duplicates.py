"""Which of the clips that other thresholds keep are there once more: the build's own choice, replayed over a table."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from share_data.audit.whatif.table import Measurements
from share_data.filters.duplicates import rank, stand_ins
from share_data.ledger.clip_entry import RECONSTRUCTION, column
from share_data.records import Bools, Ints

CONFIDENCE = column(RECONSTRUCTION, "confidence")


def links_of(table: Measurements) -> dict[int, list[int]]:
    """Row to the rows of the same footage; rows that have none are not in it."""
    found = table.lists("duplicates")
    lengths = np.asarray(found.value_lengths().to_numpy(zero_copy_only=False))
    rows = np.flatnonzero(lengths > 0)
    if not len(rows):
        return {}
    units = found.take(pa.array(rows)).to_pylist()
    place = dict(zip(table.names(rows), rows.tolist(), strict=True))
    others = ([place[unit] for unit in each if unit in place] for each in units)
    return dict(zip(rows.tolist(), others, strict=True))


def groups_of(links: Mapping[int, list[int]]) -> list[list[int]]:
    """The connected groups of rows."""
    rows = np.array(sorted(links), np.int64)
    at = {row: number for number, row in enumerate(rows.tolist())}
    ends = [(at[a], at[b]) for a, others in links.items() for b in others if b in at]
    if not ends:
        return [[row] for row in rows.tolist()]
    start, stop = np.array(ends).T
    graph = coo_matrix((np.ones(len(ends)), (start, stop)), shape=(len(rows), len(rows)))
    codes = connected_components(graph, directed=False)[1]
    order = np.argsort(codes, kind="stable")
    return [rows[part].tolist() for part in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)]


def ranked(table: Measurements, rows: list[int]) -> list[int]:
    """Rows in the order in which a build prefers them."""
    good, _ = table.said()
    confidence, seconds = table.numbers(CONFIDENCE), table.numbers("seconds")
    names = dict(zip(rows, table.names(np.array(rows, np.int64)), strict=True))

    def place(row: int) -> tuple[bool, float, float, str]:
        known = [None if np.isnan(each[row]) else float(each[row]) for each in (confidence, seconds)]
        return rank("good" if good[row] else "", known[0], known[1], names[row])

    return sorted(rows, key=place)


def superseded(table: Measurements, kept: Bools, unknown: Bools) -> tuple[Ints, Ints]:
    """(rows that go because a better one of the same footage stays, rows of which that cannot be told).

    kept: (N,) what is kept otherwise; unknown: (N,) what is not reconstructed yet: whoever shares footage with such a
    clip may have to give way to it.
    """
    links = links_of(table)
    good, _ = table.said()
    gone: list[int] = []
    open_: list[int] = []
    for group in groups_of(links):
        mine = [row for row in group if kept[row]]
        if any(unknown[row] for row in group):
            open_ += mine
        elif len(mine) > 1:
            gone += stand_ins(ranked(table, mine), links, {row for row in mine if good[row]})
    return np.array(sorted(gone), np.int64), np.array(sorted(open_), np.int64)

"""The records of a split that a condition is true for."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from share_data.corpus.layout import FOOTAGE
from share_data.corpus.storage import Storage
from share_data.corpus.training.options import Choice
from share_data.corpus.training.rows import IndexColumns, Rows
from share_data.corpus.training.splits import checked_fractions, sides
from share_data.corpus.where import chosen_rows
from share_data.errors import CorpusError

_IDENTITY = ("video_sha256", "source", "video_id")


def selected(storage: Storage, choice: Choice) -> Rows:
    """The records to train on, in corpus order.

    Args:
        storage: of the corpus.
        choice: which.

    Raises:
        CorpusError: there are none; the message says which part of the choice leaves none.
    """
    index = IndexColumns(storage)
    rows = index.rows()
    if choice.where is not None:
        kept = np.zeros(len(rows), bool)
        kept[chosen_rows(index, choice.where)] = True
        if not kept.any():
            raise CorpusError(f"{storage.place}: where={choice.where!r} is true for none of {len(rows)} records.")
        if choice.split is not None:
            kept &= _in_split(index, choice, storage.place, kept)
        return rows.taken(kept)
    return (
        rows if choice.split is None else rows.taken(_in_split(index, choice, storage.place, np.ones(len(rows), bool)))
    )


def _in_split(index: IndexColumns, choice: Choice, place: str, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which records are of the split; splits are made of all records, whatever the condition leaves of them."""
    if choice.label is not None:
        of = _label(index, choice.label, place)
        known = sorted(set(filter(None, pc.unique(of).to_pylist())))
        found = np.asarray(pc.fill_null(pc.equal(of, choice.split), False).to_numpy(zero_copy_only=False), bool)
    else:
        fractions = checked_fractions(choice.fractions)
        known = list(fractions)
        found = _sides(index, choice, place) == choice.split
    if choice.split not in known:
        raise CorpusError(f"split={choice.split!r}: there is none. There are {', '.join(known)}.")
    if not (found & kept).any():
        raise CorpusError(
            f"{place}: split={choice.split!r} by {choice.split_by} holds none of the {int(kept.sum())} records. A "
            "small corpus has empty splits: give other fractions, or no split."
        )
    return found


def _sides(index: IndexColumns, choice: Choice, place: str) -> NDArray[np.object_]:
    index.load(_IDENTITY)
    sha256 = index["video_sha256"]
    video = pc.binary_join_element_wise(index["source"], index["video_id"], "/")
    shared = [sha256, video]
    if FOOTAGE in index.column_names:  # Corpora of earlier versions do not say which records show the same.
        footage = index[FOOTAGE]
        shared += [footage] * (pa.types.is_string(footage.type) and not footage.null_count)
    named = sha256
    if choice.split_by != "video":
        label = _label(index, choice.split_by, place)
        lacking = label.null_count
        if lacking:
            raise CorpusError(f"{place}: {lacking} records have no label {choice.split_by!r}: split by video instead.")
        named = pc.binary_join_element_wise(index["source"], label, "/")
        shared.append(named)
    return sides(shared, named, choice.fractions)


def _label(index: IndexColumns, name: str, place: str) -> pa.Array:
    label = index.label(name)
    if label.null_count == len(label):
        raise CorpusError(f"{place}: no record has a label {name!r} to split by. Split by video instead.")
    return label

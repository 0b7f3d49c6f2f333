"""The records of a split that a condition is true for."""

import numpy as np
from numpy.typing import NDArray

from share_data.corpus.layout import FOOTAGE
from share_data.corpus.storage import Storage
from share_data.corpus.training.options import Choice
from share_data.corpus.training.rows import IndexColumns, Rows
from share_data.corpus.training.splits import checked_fractions, sides
from share_data.corpus.where import chosen_rows
from share_data.errors import CorpusError
from share_data.store.arrow_arrays import Texts


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
        known, found = list(filter(None, of.counts())), of.equal(choice.split or "")
    else:
        known = list(checked_fractions(choice.fractions))
        found = _sides(index, choice, place) == (known.index(choice.split) if choice.split in known else -1)
    if choice.split not in known:
        raise CorpusError(f"split={choice.split!r}: there is none. There are {', '.join(known)}.")
    if not (found & kept).any():
        raise CorpusError(
            f"{place}: split={choice.split!r} by {choice.split_by} holds none of the {int(kept.sum())} records. A "
            "small corpus has empty splits: give other fractions, or no split."
        )
    return found


def _sides(index: IndexColumns, choice: Choice, place: str) -> NDArray[np.int64]:
    sha256, source, video_id = index.texts("video_sha256", "source", "video_id")
    shared, named = [sha256, source.with_each(video_id, "/")], sha256
    if FOOTAGE in index.column_names:  # Corpora of earlier versions do not say which records show the same.
        shared += index.texts(FOOTAGE)
    if any((texts.codes < 0).any() for texts in shared):
        raise CorpusError(f"{place}: the index does not say of every record which video it is of. Build it anew.")
    if choice.split_by != "video":
        label = _label(index, choice.split_by, place)
        lacking = int((label.codes < 0).sum())
        if lacking:
            raise CorpusError(f"{place}: {lacking} records have no label {choice.split_by!r}: split by video instead.")
        named = source.with_each(label, "/")
        shared.append(named)
    return sides([texts.codes for texts in shared], named, choice.fractions)


def _label(index: IndexColumns, name: str, place: str) -> Texts:
    label = index.label(name)
    if (label.codes < 0).all():
        raise CorpusError(f"{place}: no record has a label {name!r} to split by. Split by video instead.")
    return label

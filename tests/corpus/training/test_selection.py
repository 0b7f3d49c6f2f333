"""Which records a training takes: splits that share no video and stay when the corpus grows, conditions, and errors."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from training_corpora import training_corpus

from share_data.corpus.layout import FOOTAGE, INDEX
from share_data.corpus.opening import open_storage
from share_data.corpus.read import Corpus
from share_data.corpus.training.options import FRACTIONS, Choice
from share_data.corpus.training.selection import selected
from share_data.corpus.training.splits import checked_fractions, sides
from share_data.errors import CorpusError
from share_data.store.arrow_arrays import Texts

HALVES = {"train": 0.5, "test": 0.5}


def rows(place: Path, **choice: object) -> set[int]:
    return set(selected(open_storage(place), Choice(**choice)).number.tolist())  # type: ignore[arg-type]


def parts(shared: Sequence[Sequence[str]], named: Sequence[str], fractions: Mapping[str, float]) -> NDArray[np.object_]:
    """Name of every record's part."""
    columns = [Texts.of(pa.array(texts, pa.string())).codes for texts in shared]
    return np.array(list(fractions), object)[sides(columns, Texts.of(pa.array(named, pa.string())), fractions)]


def plainly(shared: Sequence[Sequence[str]], named: Sequence[str], fractions: Mapping[str, float]) -> list[str]:
    """The same by loops over records."""
    groups = list(range(len(named)))
    for _ in named:
        for column in shared:
            groups = [min(g for g, each in zip(groups, column, strict=True) if each == mine) for mine in column]
    found = []
    for group in groups:
        least = min(name for name, other in zip(named, groups, strict=True) if other == group)
        place = int.from_bytes(hashlib.sha256(least.encode()).digest()[:8], "big") / 2**64
        reached = np.cumsum(list(fractions.values()))
        found.append(
            next((part for part, end in zip(fractions, reached, strict=True) if place < end), [*fractions][-1])
        )
    return found


videos = st.sampled_from(["", "a", "b", "c", "ä", "日本", "video-17"])


@settings(deadline=None)
@given(st.lists(st.tuples(videos, videos, videos), min_size=1, max_size=12), st.sampled_from([FRACTIONS, HALVES]))
def test_parts_are_those_that_loops_over_records_find(
    records: list[tuple[str, str, str]], fractions: Mapping[str, float]
) -> None:
    first, second, named = zip(*records, strict=True)
    shared = [first, second, named]
    assert parts(shared, named, fractions).tolist() == plainly(shared, named, fractions)


def test_parts_are_what_they_were() -> None:
    """A training that goes on under another version must find the same split."""
    names = [f"video {number}" for number in range(12)]
    assert "".join(part[1] for part in parts([names], names, FRACTIONS)) == "rrrrarrarrrr"


def test_parts_are_as_large_as_they_should_be() -> None:
    names = [f"video {number}" for number in range(5000)]
    found = parts([names], names, FRACTIONS)
    for side, share in FRACTIONS.items():
        assert abs((found == side).mean() - share) < 0.02


def test_a_growing_corpus_moves_no_record() -> None:
    names = [f"video {number}" for number in range(400)]
    before = parts([names[:100]], names[:100], FRACTIONS)
    after = parts([names], names, FRACTIONS)
    assert (after[:100] == before).all()


def test_what_shares_anything_is_on_one_side() -> None:
    rng = np.random.default_rng(0)
    files, videos = ([f"{kind}{each}" for each in rng.integers(0, 300, 200)] for kind in ("file", "video"))
    found = parts([files, videos], files, HALVES)
    assert set(found) == {"train", "test"}
    for column in (files, videos):
        for name in set(column):
            assert len({side for side, each in zip(found, column, strict=True) if each == name}) == 1


@pytest.mark.parametrize("fractions", [{}, {"a": 0.5}, {"a": 1.5, "b": -0.5}])
def test_fractions_are_shares_of_one_whole(fractions: dict[str, float]) -> None:
    with pytest.raises(CorpusError, match="add up to 1"):
        checked_fractions(fractions)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("corpus") / "c"
    training_corpus(
        place, 20, subject=lambda n: f"p{n % 6:02d}", split=lambda n: "val" if n % 4 == 0 else "train",
        split_xsub=lambda n: "test" if n < 7 else "train",
    )  # fmt: skip
    return place


@pytest.mark.parametrize("by", ["video", "subject"])
def test_splits_are_a_partition(corpus: Path, by: str) -> None:
    found = [rows(corpus, split=side, split_by=by, fractions=HALVES) for side in HALVES]
    assert sorted(found[0] | found[1]) == list(range(20)) and not found[0] & found[1]


def test_subjects_are_on_one_side(corpus: Path) -> None:
    subjects = [record.metadata["labels"]["subject"] for record in Corpus(corpus)]
    found = [
        {subjects[row] for row in rows(corpus, split=side, split_by="subject", fractions=HALVES)} for side in HALVES
    ]
    assert not found[0] & found[1]


@pytest.mark.parametrize("by", ["video", "subject"])
def test_copies_of_one_footage_are_on_one_side(tmp_path: Path, by: str) -> None:
    training_corpus(tmp_path / "c", 12, subject=lambda number: f"p{number:02d}")
    index = pq.read_table(tmp_path / "c" / INDEX)
    before = [rows(tmp_path / "c", split=side, split_by=by, fractions=HALVES) for side in HALVES]
    pairs = [f"footage {number // 2}" for number in range(12)]
    column = index.schema.get_field_index(FOOTAGE)
    pq.write_table(index.set_column(column, FOOTAGE, pa.array(pairs)), tmp_path / "c" / INDEX)
    found = [rows(tmp_path / "c", split=side, split_by=by, fractions=HALVES) for side in HALVES]
    assert found[0] | found[1] == set(range(12)) and found != before
    assert all((number ^ 1) in side for side in found for number in side)


@pytest.mark.parametrize(("by", "split", "count"), [("source", "val", 5), ("split_xsub", "test", 7)])
def test_a_source_has_splits_of_its_own(corpus: Path, by: str, split: str, count: int) -> None:
    assert len(rows(corpus, split=split, split_by=by)) == count


def test_a_condition_and_a_split_hold_together(corpus: Path) -> None:
    both = rows(corpus, split="train", fractions=HALVES, where="confidence >= 0.5 and redistributable")
    assert both == rows(corpus, split="train", fractions=HALVES) & rows(corpus, where="confidence >= 0.5")
    assert both


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"where": "confidence > 7"}, "true for none of 20 records"),
        ({"split": "dev"}, "split='dev': there is none. There are train, val, test"),
        ({"split": "dev", "split_by": "source"}, "There are train, val"),
        ({"split": "train", "split_by": "camera"}, "no record has a label 'camera'"),
        ({"split": "val", "fractions": {"train": 1.0, "val": 0.0}}, "holds none of the 20 records"),
        ({"split_by": "weather"}, "give one of video, subject, camera, source"),
    ],
)
def test_what_leaves_nothing_is_an_error(corpus: Path, choice: dict, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        rows(corpus, **choice)

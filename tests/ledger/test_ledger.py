"""The ledger accounts for every unit once, and says so only when it is true."""

from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_records import make_clip, make_entries

from share_data.errors import CorpusError
from share_data.ledger.conservation import FunnelRow, totals_of
from share_data.ledger.ledger import Entry, read_ledger, write_ledger
from share_data.store.hashing import file_sha256
from share_data.text import without_places


def problems(entries: Iterable[Entry]) -> list[str]:
    return totals_of(entries).problems()


def columns(entry: Entry) -> tuple[object, ...]:
    """What the ledger keeps of an entry; of a clip's there is more, which its measurements hold."""
    return tuple(getattr(entry, each.name) for each in fields(Entry))


ENTRIES = make_entries([make_clip(number) for number in range(3)])


def test_complete_books_have_no_problems() -> None:
    assert problems(ENTRIES) == []
    assert problems([]) == []


@given(st.integers(0, len(ENTRIES) - 1))
def test_no_entry_can_be_lost_or_doubled_unnoticed(number: int) -> None:
    assert problems(ENTRIES[:number] + ENTRIES[number + 1 :])
    assert any("more than one outcome" in problem for problem in problems([*ENTRIES, ENTRIES[number]]))


@pytest.mark.parametrize(
    ("stray", "problem"),
    [
        (Entry("clip", "c", "made-up/gone", "kept"), "video 'made-up/gone' has 1 clip(s) but no outcome"),
        (Entry("clip", "c", "made-up/broken", "kept"), "video 'made-up/broken' has 1 clip(s) but is failed"),
        (Entry("video", "gone/v", "gone", "kept"), "belongs to source 'gone', which has no outcome"),
        (Entry("source", "other", "made-up", "kept"), "has a parent"),
        (Entry("video", "made-up/more", "made-up", "kept"), "listed 5 units but 6 have an outcome"),
    ],
)
def test_a_unit_without_its_place_is_named(stray: Entry, problem: str) -> None:
    assert any(problem in text for text in problems([*ENTRIES, stray]))


def test_every_frame_of_a_kept_video_is_in_one_row() -> None:
    source, video = Entry("source", "s", "", "kept", 1), Entry("video", "s/v", "s", "kept", 3, frames=90, seconds=3.0)
    pieces = [
        Entry("clip", "a", "s/v", "kept", begin=0, frames=30, seconds=1.0),
        Entry(
            "clip",
            "b",
            "s/v",
            "rejected",
            stage="static_camera",
            reason="camera_moves",
            begin=30,
            frames=50,
            seconds=1.7,
        ),
        Entry("clip", "c", "s/v", "rejected", stage="mine", reason="too_short", begin=80, frames=10, seconds=0.3),
    ]
    assert problems([source, video, *pieces]) == []
    moved = replace(pieces[2], begin=79)
    assert problems([source, video, *pieces[:2], moved]) == [
        "video 's/v': its 90 frames are not each in exactly one clip or piece"
    ]


def test_records_are_the_kept_clips_and_nothing_else() -> None:
    kept = [entry.unit for entry in ENTRIES if entry.level == "clip"]
    assert totals_of(ENTRIES).record_problems(kept) == []
    assert totals_of(ENTRIES).record_problems(kept[1:]) == ["1 clip(s) are kept but have no record"]
    assert totals_of(ENTRIES).record_problems([*kept, kept[0]]) == [f"record {kept[0]} is there twice"]
    assert totals_of(ENTRIES).record_problems([*kept, "stray"]) == ["record stray is not a kept clip"]


def test_the_funnel_counts_every_unit_under_its_reason() -> None:
    books = totals_of(ENTRIES)
    rows = books.funnel()
    assert sum(row.count for row in rows) == len(ENTRIES)
    assert rows == [
        FunnelRow("source", "kept", "", "", 1),
        FunnelRow("video", "kept", "", "", 3),
        FunnelRow("video", "rejected", "clips", "too_short", 1),
        FunnelRow("video", "failed", "video", "ValueError", 1),
        FunnelRow("clip", "kept", "", "", 3),
    ]
    assert books.counts()["video"] == {"kept": 3, "rejected": 1, "failed": 1, "opted_out": 0, "total": 5}


def test_the_file_holds_every_entry_and_does_not_depend_on_their_order(tmp_path: Path) -> None:
    hostile = Entry("video", "made-up/\udce9\x00,\n\"'", "made-up", "failed", message="é\udcff")
    entries = [*ENTRIES, hostile]
    write_ledger(entries, tmp_path / "a.parquet")
    write_ledger(entries[::-1], tmp_path / "b.parquet")
    assert file_sha256(tmp_path / "a.parquet") == file_sha256(tmp_path / "b.parquet")
    back = list(read_ledger(tmp_path / "a.parquet"))
    assert len(back) == len(entries)
    assert {columns(each) for each in ENTRIES} <= {columns(each) for each in back}
    assert any(entry.unit.startswith("made-up/\\udce9\x00") for entry in back)


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.parquet"
    for content in (b"", b"PAR1" * 10):
        path.write_bytes(content)
        with pytest.raises(CorpusError, match=r"ledger\.parquet"):
            list(read_ledger(path))
    write_ledger([replace(ENTRIES[0], status="lost")], path)  # type: ignore[arg-type]
    with pytest.raises(CorpusError, match="status 'lost'"):
        list(read_ledger(path))


def test_a_failure_is_told_without_the_folders_of_this_machine() -> None:
    error = ValueError(
        "'/home/some one/a b.mp4': no frames; /data/x/y.mp4: moov, at 0x7f3a5c00d0e0 https://x.org/a/b 3/4"
    )
    entry = Entry.failed("video", "s/v", "s", "video", error)
    assert entry.error_class == "ValueError"
    assert entry.message == "'a b.mp4': no frames; y.mp4: moov, at 0x https://x.org/a/b 3/4"
    assert without_places("x" * 5000) == "x" * 2000

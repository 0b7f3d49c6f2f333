"""The journal holds every event that was written, whatever cut the writer off."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.engine.journal import Journal, journal_lines
from share_data.errors import CorpusError, DiskFullError

EVENTS = st.lists(st.dictionaries(st.text("abce", max_size=3), st.text(max_size=20) | st.integers()), max_size=8)


def read(path: Path) -> list[dict[str, Any]]:
    return [event for _, event in journal_lines(path)]


@settings(max_examples=30, deadline=None)
@given(EVENTS, EVENTS, st.integers(1, 30))
def test_whatever_a_crash_cuts_off_the_lines_before_it_are_whole(
    tmp_path_factory: pytest.TempPathFactory, first: list[Any], second: list[Any], cut: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    journal = Journal(path)
    journal.append(*first)
    kept = path.stat().st_size
    journal.append({"e": "x" * 30})
    journal.close()
    os.truncate(path, path.stat().st_size - cut)
    assert read(path) == first, "a torn last line is passed over"
    journal = Journal(path)
    assert journal.size == kept
    offsets = journal.append(*second)
    assert [journal.read(offset) for offset in offsets] == second
    assert read(path) == [*first, *second]
    journal.close()


def test_a_long_line_is_read_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    event = {"clips": [[k, k + 30] for k in range(5000)]}
    journal.append({"before": 1})
    (offset,) = journal.append(event)
    journal.append({"after": 1})
    assert journal.read(offset) == event


def test_a_line_that_is_no_event_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"e":"begin"}\nrubbish\n')
    with pytest.raises(CorpusError, match=r"journal\.jsonl: damaged at byte 14 .* Move this file away"):
        read(path)


def test_events_are_on_disk_before_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    journal.append({"e": "one"}, {"e": "two"})
    assert synced == [journal.size] and journal.size == len(b'{"e":"one"}\n{"e":"two"}\n')


def test_a_full_disk_leaves_whole_lines_and_the_ballast_makes_room_for_the_last_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append({"e": "begin"})
    real = os.pwrite

    def full(descriptor: int, data: Any, position: int) -> int:
        if (tmp_path / "journal.ballast").exists() or len(data) > 100:
            real(descriptor, bytes(data)[:5], position)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, position)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(DiskFullError):
        journal.append({"e": "long", "text": "x" * 200})
    assert not (tmp_path / "journal.ballast").exists(), "given up"
    journal.append({"e": "end"})
    assert read(tmp_path / "journal.jsonl") == [{"e": "begin"}, {"e": "end"}]

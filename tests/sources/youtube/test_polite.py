"""Requests spaced out and downloads bounded, over all processes of a machine."""

import os
import tempfile
from pathlib import Path

import pytest

from share_data.errors import SourceError
from share_data.sources.youtube.polite import Politeness, lock_folder


@pytest.fixture(autouse=True)
def _locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_two_sources_wait_for_one_another() -> None:
    slept: list[float] = []
    Politeness(1000.0, 1, slept.append).pace()
    assert slept == []
    Politeness(1000.0, 1, slept.append).pace()
    (first,) = slept
    assert 900 < first <= 1000
    Politeness(2000.0, 1, slept.append).pace()
    assert 1900 < slept[1] <= 2000


def test_no_gap_leaves_no_trace() -> None:
    Politeness(0.0, 1, pytest.fail).pace()
    assert not list(lock_folder().iterdir())


@pytest.mark.parametrize("kept", [b"", b"nonsense", b"inf", b"99999999999.5"])
def test_a_clock_that_jumps_delays_nobody_for_long(kept: bytes) -> None:
    (lock_folder() / "last-request").write_bytes(kept)
    slept: list[float] = []
    Politeness(5.0, 1, slept.append).pace()
    assert sum(slept) <= 5.0


def test_a_place_is_free_again_after_its_download_even_a_failed_one() -> None:
    polite = Politeness(0.0, 1, pytest.fail)
    with pytest.raises(ValueError, match="broken"), polite.place():
        raise ValueError("broken")
    with polite.place():
        pass


def test_who_finds_no_place_waits() -> None:
    class Waited(Exception):
        pass

    def wait(_: float) -> None:
        raise Waited

    polite = Politeness(0.0, 2, wait)
    with polite.place(), polite.place(), pytest.raises(Waited), polite.place():
        pass
    with polite.place(), polite.place():
        pass


def test_locks_in_somebody_elses_folder_are_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = os.getuid() + 1
    (tmp_path / f"share-data-youtube-{other}").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: other)
    with pytest.raises(SourceError, match=rf"share-data-youtube-{other}, which is no folder of yours.*set TMPDIR"):
        Politeness(1.0, 1).pace()


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"share-data-youtube-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="no folder of yours"):
        lock_folder()


def test_locks_are_not_followed_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("1")
    (lock_folder() / "last-request").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic links"):
        Politeness(1.0, 1).pace()
    assert (tmp_path / "precious").read_text() == "1"

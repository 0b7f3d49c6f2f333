"""What `doctor` says about fetching from YouTube."""

import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from youtube_stub import config_of
from yt_dlp.globals import supported_js_runtimes
from yt_dlp.utils._jsruntime import DenoJsRuntime, NodeJsRuntime

from share_data.needs import Need
from share_data.sources.youtube import needs as youtube_needs
from share_data.sources.youtube.source import YouTubeSource

RELEASED = date(2026, 10, 26)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    versions = {"yt-dlp": "2026.10.26", "yt-dlp-ejs": "0.8.0"}
    monkeypatch.setattr(youtube_needs, "_version", versions.get)
    monkeypatch.setattr(youtube_needs, "_wanted_solver", lambda: "0.8.1")
    return versions


def needs(**fields: str) -> dict[str, Need]:
    config = config_of({"videos": ["video000000"], **fields})
    return {need.name: need for need in YouTubeSource.needs(config)}


def runtime(folder: Path, name: str, says: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)


def test_everything_that_is_named_is_asked_after(installed: dict[str, str], tmp_path: Path) -> None:
    csv = tmp_path / "list.csv"
    csv.write_text("id\n")
    found = needs(csv=str(csv), cookies="missing.txt")
    assert list(found) == ["yt-dlp", "yt-dlp-ejs", "JavaScript runtime", "csv", "cookies"]
    assert (found["csv"].met, found["cookies"].met) == (True, False)
    assert "missing.txt" in found["cookies"].detail
    assert all(bool(need.remedy) != need.met for name, need in found.items() if name != "yt-dlp")


def test_an_old_release_is_met_but_said_to_be_old(installed: dict[str, str]) -> None:
    assert youtube_needs._package(RELEASED + timedelta(90)) == Need("yt-dlp", True, "2026.10.26, 90 days old")
    old = youtube_needs._package(RELEASED + timedelta(91))
    assert (old.met, old.remedy) == (True, "pip install -U yt-dlp yt-dlp-ejs")
    assert "91 days old" in old.detail
    installed["yt-dlp"] = "2026.10.26.232946.dev0"
    assert "1 days old" in youtube_needs._package(RELEASED + timedelta(1)).detail
    installed["yt-dlp"] = "unknown"
    assert youtube_needs._package(RELEASED) == Need("yt-dlp", True, "unknown")
    del installed["yt-dlp"]
    assert not youtube_needs._package(RELEASED).met


def test_the_solver_must_be_of_the_minor_version_that_yt_dlp_takes(installed: dict[str, str]) -> None:
    assert needs()["yt-dlp-ejs"].met
    installed["yt-dlp-ejs"] = "0.9.0"
    assert needs()["yt-dlp-ejs"] == Need(
        "yt-dlp-ejs", False, "0.9.0, but this yt-dlp takes 0.8.1", youtube_needs.UPDATE
    )
    del installed["yt-dlp-ejs"]
    assert not needs()["yt-dlp-ejs"].met


def test_a_runtime_must_be_one_that_yt_dlp_accepts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    none = needs()["JavaScript runtime"]
    assert not none.met
    assert "deno 2.3.0, node 22.0.0, bun" in none.detail
    runtime(tmp_path, "node", "v20.20.2")
    assert "node 20.20.2 is too old" in needs()["JavaScript runtime"].detail
    runtime(tmp_path, "deno", "deno 2.5.1 (stable)")
    assert needs()["JavaScript runtime"] == Need("JavaScript runtime", True, "deno 2.5.1")


def test_the_lowest_versions_are_yt_dlps_own() -> None:
    assert supported_js_runtimes.value["deno"] is DenoJsRuntime
    assert NodeJsRuntime.MIN_SUPPORTED_VERSION == (22, 0, 0)


def test_without_yt_dlp_nothing_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    monkeypatch.setattr(youtube_needs, "_version", lambda _: None)
    assert not any(need.met for need in needs().values())

"""Ctrl-C once, Ctrl-C twice, SIGTERM: through a real build in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import chaos
import light
import pytest
from places import SUPPORT

from share_data.engine.interrupt import Stop


def begun(root: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A build of slow clips, of which one is being reconstructed."""
    light.make_videos(root, 6, seconds=4)
    process = chaos.start(root, *arguments)
    journal = root / "out" / ".share-data" / "journal.jsonl"
    chaos.wait_for(lambda: journal.exists() and '"sent","job"' in reconstructions(journal))
    return process


def reconstructions(journal: Path) -> str:
    return "".join(line for line in journal.read_text().splitlines() if '"step":"reconstruct"' in line)


def ends(root: Path) -> list[str]:
    lines = (root / "out" / ".share-data" / "journal.jsonl").read_text().splitlines()
    return [json.loads(line).get("how") for line in lines if '"e":"end"' in line]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_finishes_what_is_under_way(tmp_path: Path, how: signal.Signals) -> None:
    process = begun(tmp_path)
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert ends(tmp_path) == ["InterruptedBuild"]
    journal = reconstructions(tmp_path / "out" / ".share-data" / "journal.jsonl")
    assert journal.count('"e":"sent"') == journal.count('"e":"done"') >= 1


def test_the_second_one_does_not(tmp_path: Path) -> None:
    process = begun(tmp_path)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    before = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert time.monotonic() - before < 3, "the clip takes longer than that"
    assert ends(tmp_path) == ["KeyboardInterrupt"]


@pytest.mark.xdist_group("ray")
def test_ctrl_c_in_a_terminal_reaches_the_whole_group_and_no_actor_dies_of_it(tmp_path: Path) -> None:
    try:
        process = begun(tmp_path, "--engine", "ray", "--set", "engine.workers=2")
        for pid in [process.pid, *chaos.actors(tmp_path)]:
            os.kill(pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130, errors
        journal = (tmp_path / "out" / ".share-data" / "journal.jsonl").read_text()
        assert '"e":"failed"' not in journal
        assert journal.count('"e":"sent"') == journal.count('"e":"done"')
    finally:
        chaos.sweep(tmp_path)


def test_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Stop().listening(print):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_the_second_of_two_builds_says_who_holds_the_first(tmp_path: Path) -> None:
    process = begun(tmp_path)
    second = subprocess.run(
        [sys.executable, str(SUPPORT / "light.py"), str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    process.kill()
    process.communicate()
    assert second.returncode == 1
    assert f"another build is writing here: process {process.pid} on " in second.stderr
    assert "light.py" in second.stderr and "since 2" in second.stderr

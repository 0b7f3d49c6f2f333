"""One SIGTERM or Ctrl-C ends a build in seconds, whatever blocks; the second one at once; no clip is charged for it."""

import ctypes
import hashlib
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chaos
import forked
import light
import pytest

from share_data.build import build as building
from share_data.engine import interrupt
from share_data.engine.journal import journal_lines

PATIENCE_S = 30
"""What blocks below blocks for good; a build that ends within this has been ended."""


def hash_for_good(*_: Any) -> None:
    data = bytes(1 << 20)
    while True:
        hashlib.sha256(data)


def wait_for_an_answer(*_: Any) -> None:
    ours, _theirs = socket.socketpair()
    ours.recv(1)


def sleep_whatever_happens(*_: Any) -> None:
    while True:
        try:
            time.sleep(1)
        except BaseException:  # as some libraries do
            continue


def in_native_code(*_: Any) -> None:
    """No signal gets out of a mutex that is taken twice."""
    mutex, library = ctypes.create_string_buffer(256), ctypes.CDLL(None)
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)


BLOCKS: dict[str, tuple[str, Callable[..., None]]] = {
    "a fetch that nobody answers": ("mine", wait_for_an_answer),
    "a hash": ("mine", hash_for_good),
    "a clip that sleeps": ("reconstruct", lambda *_: time.sleep(3600)),
    "a library that swallows it": ("measure", sleep_whatever_happens),
    "a native call": ("reconstruct", in_native_code),
    "a listing": ("list", wait_for_an_answer),
    "a publishing": ("publish", wait_for_an_answer),
}


def blocked(root: Path, step: str, block: Callable[..., None], patch: pytest.MonkeyPatch) -> forked.Fork:
    """A build that has got as far as what blocks. It has less patience than others: there are many of them here."""
    patch.setattr(interrupt, "GRACE_S", 0.5)
    patch.setattr(interrupt, "LAST_S", 1.5)
    light.make_videos(root, 2)
    mark = root / "blocked"

    def begin(*arguments: Any, **_: Any) -> None:
        mark.touch()
        block(*arguments)

    names = {"list": "list_sources", "publish": "publish"}
    patch.setattr(building if step in names else light.LightStages, names.get(step, step), begin)
    build = forked.start(root)
    chaos.wait_for(mark.exists)
    time.sleep(0.1)
    return build


def test_all_of_it_takes_less_than_ten_seconds() -> None:
    assert interrupt.GRACE_S + interrupt.LAST_S + interrupt.RECORD_S < 10


HOW = [(what, signal.SIGTERM) for what in BLOCKS] + [(what, signal.SIGINT) for what in ("a hash", "a native call")]


@pytest.mark.parametrize(("what", "how"), HOW)
def test_one_signal_ends_a_build(
    tmp_path: Path, what: str, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        build = blocked(tmp_path, *BLOCKS[what], patch)
    build.signal(how)
    code, told = build.end(PATIENCE_S)
    assert code == 130 and "Traceback" not in told, f"exit {code}\n{told}"
    assert "Resume with:" in told or BLOCKS[what][1] not in (in_native_code, sleep_whatever_happens)
    require_nobody_is_charged(tmp_path)


@pytest.mark.parametrize("what", ["a clip that sleeps", "a native call"])
def test_the_second_one_ends_it_at_once(tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        build = blocked(tmp_path, *BLOCKS[what], patch)
    build.signal(signal.SIGTERM)
    time.sleep(0.2)
    build.signal(signal.SIGTERM)
    code, told = build.end(PATIENCE_S)
    assert code == 130, f"exit {code}\n{told}"
    require_nobody_is_charged(tmp_path)


def require_nobody_is_charged(root: Path) -> None:
    """The next build goes on, to the end, and holds the interruption against no clip."""
    assert forked.build(root) == (0, "")
    lines = journal_lines(root / "out" / ".share-data" / "journal.jsonl")
    assert [event for _, event in lines if event["e"] == "failed"] == []

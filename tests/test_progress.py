"""What a build prints while it runs."""

import io

from rich.console import Console

from share_data.progress import TerminalWatcher


def watched(terminal: bool) -> str:
    out = io.StringIO()
    with TerminalWatcher(Console(file=out, force_terminal=terminal, width=100)) as watcher:
        watcher.begin("measure", 2)
        watcher.advance("measure", "clip_[red]1", "kept")
        watcher.advance("measure", "clip_2", "rejected: masks_overlap")
        watcher.note("source x: failed")
    return out.getvalue()


def test_without_a_terminal_every_unit_is_a_plain_line() -> None:
    lines = watched(terminal=False).splitlines()
    assert lines[:3] == ["measure: 2 to do", "measure: clip_[red]1: kept", "measure: clip_2: rejected: masks_overlap"]
    assert lines[3] == "source x: failed"


def test_on_a_terminal_only_what_was_not_kept_gets_a_line() -> None:
    text = watched(terminal=True)
    assert "measure: clip_2: rejected: masks_overlap" in text
    assert "clip_[red]1: kept" not in text
    assert "2/2" in text

"""What a verb prints is whole where nobody can make the window wider."""

import pytest
from rich.table import Table

from share_data.verbs.printing import counted, show

CELLS = [f"{number}.574 [0.442, 0.713]" for number in range(7)]


def test_a_wide_table_that_goes_to_a_file_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    table = Table(*CELLS)
    table.add_row(*CELLS)
    show(table)
    out = capsys.readouterr().out
    assert all(out.count(cell) == 2 for cell in CELLS) and "…" not in out


def test_what_is_done_is_counted_on_stderr_unless_only_the_result_is_wanted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for quiet in (False, True):
        told = counted("clips", quiet)
        for done in range(1, 151):
            told(done, 150)
        assert capsys.readouterr() == ("", "" if quiet else "100 of 150 clips\n150 of 150 clips\n")

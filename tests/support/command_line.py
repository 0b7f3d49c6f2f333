"""The command as a user calls it, and what a user is shown."""

import io
import sys

import pytest
from rich.console import Console

from share_data.audit.report import Report, render_report
from share_data.cli import main


def called(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Exit code of the installed command."""
    monkeypatch.setattr(sys, "argv", ["share-data", *arguments])
    with pytest.raises(SystemExit) as leaving:
        main()
    return int(leaving.value.code or 0)


def shown(report: Report) -> str:
    """A report as text."""
    console = Console(width=140, file=io.StringIO())
    console.print(render_report(report))
    return console.file.getvalue()

"""The command: its verbs, see `share_data.verbs`, and how errors become one message and an exit code."""

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from share_data import __version__
from share_data.errors import RecipeError, ShareDataError
from share_data.machine import machine_fault, missing_folder
from share_data.text import plain_line, plain_lines
from share_data.verbs import (
    audit,
    build,
    cite,
    diff,
    doctor,
    evaluate,
    export,
    inspect,
    listing,
    merge,
    plan,
    publish,
    render,
    report,
    stats,
    status,
    validate,
    view,
)

app = typer.Typer(
    name="share-data",
    help="Turn ordinary videos into a training corpus of people moving in metric 3-D scenes.",
    epilog="Example: share-data build recipes/demo.yaml, then share-data report out/demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Options before the verb."""
    Path.cwd()  # a deleted working folder is told before the verb, whose paths it may hide


app.command(epilog=build.EXAMPLE)(build.build)
app.command(epilog=plan.EXAMPLE)(plan.plan)
app.command(epilog=validate.EXAMPLE)(validate.validate)
app.command(epilog=status.EXAMPLE)(status.status)
app.command(epilog=report.EXAMPLE)(report.report)
app.command(epilog=audit.EXAMPLE)(audit.audit)
app.command(epilog=diff.EXAMPLE)(diff.diff)
app.command(name="list", epilog=listing.EXAMPLE)(listing.list_corpus)
app.command(epilog=inspect.EXAMPLE)(inspect.inspect)
app.command(epilog=view.EXAMPLE)(view.view)
app.command(epilog=render.EXAMPLE)(render.render)
app.command(epilog=evaluate.EXAMPLE)(evaluate.evaluate)
app.command(epilog=export.EXAMPLE)(export.export)
app.command(epilog=merge.EXAMPLE)(merge.merge)
app.command(epilog=publish.EXAMPLE)(publish.publish)
app.command(epilog=cite.EXAMPLE)(cite.cite)
app.command(epilog=stats.EXAMPLE)(stats.stats)
app.command(epilog=doctor.EXAMPLE)(doctor.doctor)


def main() -> None:
    """Entry point: errors become one message and an exit code, never a traceback."""
    _speak_utf8()
    try:
        app()
    except Exception as error:
        message = explained(error)
        if message is None:
            raise
        sys.stderr.write(f"error: {plain_lines(message)}\n")
        sys.exit(2 if isinstance(error, RecipeError) else 1)


def explained(error: Exception) -> str | None:
    """The one message of an error that is the input's, the user's or the machine's; None for a mistake of ours."""
    if isinstance(error, ShareDataError):
        return str(error)
    fault = machine_fault(error) or missing_folder(error)
    if fault is not None:
        return str(fault)
    if isinstance(error, OSError):
        return f"{plain_line(error.filename or 'the system')}: {error.strerror or error}"
    return None


def _speak_utf8() -> None:
    """Files are named, read and told in UTF-8 whatever the locale, here and in the processes that are started here."""
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.execve(sys.executable, sys.orig_argv, os.environ | {"PYTHONUTF8": "1"})
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

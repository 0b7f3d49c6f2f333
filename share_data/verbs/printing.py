"""Results on stdout: one JSON document, or something to look at."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from share_data.progress.terminal import PlainConsole
from share_data.text import plain_json, plain_lines

FILE_WIDTH = 200
"""Columns where output goes to a file or pipe: what is cut there cannot be had by a wider window."""


def emit(data: Any) -> None:
    """Print `data` as one JSON document."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    sys.stdout.write(plain_json(text) + "\n")


def show(renderable: Any) -> None:
    """Print a table or a text, in which nothing is obeyed and nothing is markup."""
    console = PlainConsole()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = FILE_WIDTH
    console.print(renderable)


def say(text: object, err: bool = False) -> None:
    """Print a message, which may hold outside text, on stdout or stderr."""
    (sys.stderr if err else sys.stdout).write(f"{plain_lines(text)}\n")


def counted(what: str, quiet: bool) -> Callable[[int, int], None]:
    """A function that is told how many of how many are done, and says so on stderr now and then; never if `quiet`.

    Args:
        what: what is counted, in the plural.
        quiet: whether nothing but the result is wanted.
    """

    def told(done: int, of: int) -> None:
        if not quiet and (done % 100 == 0 or done == of):
            say(f"{done} of {of} {what}", err=True)

    return told

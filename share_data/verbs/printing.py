"""Results on stdout: one JSON document, or something to look at."""

import json
import sys
from typing import Any

from share_data.progress.terminal import PlainConsole
from share_data.text import plain_json, plain_lines


def emit(data: Any) -> None:
    """Print `data` as one JSON document."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    sys.stdout.write(plain_json(text) + "\n")


def show(renderable: Any) -> None:
    """Print a table or a text, in which nothing is obeyed and nothing is markup."""
    PlainConsole().print(renderable)


def say(text: object, err: bool = False) -> None:
    """Print a message, which may hold outside text, on stdout or stderr."""
    (sys.stderr if err else sys.stdout).write(f"{plain_lines(text)}\n")

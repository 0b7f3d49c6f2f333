"""Results on stdout: one JSON document, or something to look at."""

import sys
from typing import Any

from rich.console import Console


def emit(data: Any) -> None:
    """Print `data` as one JSON document."""
    from share_data.store.hashing import canonical_json

    sys.stdout.write(canonical_json(data).decode() + "\n")


def show(renderable: Any) -> None:
    """Print a table or a text."""
    Console().print(renderable)

"""Folders outside a corpus: `SHARE_DATA_HOME` for downloads and models, `SHARE_DATA_CACHE` for stored stage results."""

import os
from contextlib import suppress
from pathlib import Path


def data_home() -> Path:
    """Where fetched videos and models lie; default ~/.share-data."""
    return Path(os.environ.get("SHARE_DATA_HOME") or Path.home() / ".share-data")


def cache_root() -> Path:
    """Where the stage store lies; default ~/.cache/share-data. Safe to delete: everything in it is recomputed."""
    return Path(os.environ.get("SHARE_DATA_CACHE") or Path.home() / ".cache" / "share-data")


def place_of(text: str) -> Path:
    """The absolute path that a user means, `~` expanded where that is somebody. Links stay: a venv's Python is one."""
    path = Path(text)
    with suppress(RuntimeError):
        path = path.expanduser()
    return path.absolute()

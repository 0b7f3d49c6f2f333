"""A folder for a Ray of our own. Its sockets lie in there, and the path of a socket may have a hundred bytes or so."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from share_data.errors import EngineError

SOCKET_BYTES = 103 if sys.platform == "darwin" else 107
"""The longest path of a socket that the system takes."""
_PREFIX = "sd-"
_LONGEST_BELOW = f"/{_PREFIX}12345678/session_2026-01-31_23-59-59_123456_4194304/sockets/plasma_store"
MOST_BYTES = SOCKET_BYTES - len(_LONGEST_BELOW)
"""The longest path that a folder may have in which the folder is made."""
SHORT = (Path("/tmp"), Path("/var/tmp"))
_PATIENCE_S = 5.0


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new folder, for this user alone, whose path is short enough for Ray; gone afterwards.

    It lies in TMPDIR, or, where that is too long a path (batch systems set such ones), in /tmp or /var/tmp. Raises
    EngineError naming TMPDIR when it can be made in none of them.
    """
    folder = _made()
    try:
        yield folder
    finally:
        _remove(folder)


def _made() -> Path:
    given = Path(tempfile.gettempdir()).absolute()
    length = len(os.fsencode(given))
    refused = [f"{given}: {length} bytes"] if length > MOST_BYTES else []
    for base in (*([] if refused else [given]), *SHORT):
        try:
            return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))  # Mode 0700, and never one that was there.
        except OSError as error:
            refused.append(f"{base}: {error.strerror}")
    raise EngineError(
        f"Ray needs a folder whose path has at most {MOST_BYTES} bytes, and there is none ({'; '.join(refused)}). "
        "Set TMPDIR to a short one that you may write to, or use --engine inline."
    )


def _remove(folder: Path) -> None:
    """Processes of Ray that are just ending may still write there."""
    give_up = time.monotonic() + _PATIENCE_S
    while folder.exists() and time.monotonic() < give_up:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(0.05)

"""A build's workspace: journal, lock, staged files. One build at a time holds it, until it ends, however that is."""

import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from share_data.errors import CorpusError, ShareDataError
from share_data.store.atomic import collect_temporary, disk_full_named
from share_data.store.outside import open_regular, parse_json, strangers

JOURNAL = "journal.jsonl"
_LOCK = "lock"
_TRIES, _PAUSE_S = 5, 0.05
_YEAR_3000 = 3.25e10


@contextmanager
def claimed(workspace: Path, place: str) -> Iterator[None]:
    """Hold `workspace` for this process alone. place: the corpus, for messages. Raises CorpusError when it is held."""
    for path, kind in strangers(workspace):
        raise CorpusError(
            f"{path}: is {kind}, and a build writes to folders and files of its own alone. Remove it, or choose "
            "another --output."
        )
    require_writable(workspace)
    descriptor = open_regular(workspace / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
    try:
        if not _taken(descriptor):
            raise CorpusError(
                f"{place}: another build is writing here: {describe(holder(workspace))}. Wait for it, or choose "
                "another --output."
            )
        with disk_full_named(workspace / _LOCK):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(_self()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Take the lock. More than one try: `holder` has it for a moment when somebody asks for the status."""
    for attempt in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if attempt + 1 < _TRIES:
                time.sleep(_PAUSE_S)
    return False


def holder(workspace: Path) -> dict[str, Any] | None:
    """Who holds the workspace now: host, pid, command, since (seconds since 1970). None when nobody does."""
    try:
        descriptor = open_regular(workspace / _LOCK, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    finally:
        os.close(descriptor)
    return None


def describe(who: dict[str, Any] | None) -> str:
    """A holder in a few words."""
    if not who:
        return "it has just begun"
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(who.get("since", 0))))
    return f"process {who.get('pid')} on {who.get('host')} since {since} ({who.get('command')})"


def collect(workspace: Path) -> int:
    """Remove temporary files that killed writers left in the workspace; returns how many."""
    return sum(collect_temporary(folder) for folder in (workspace, *_folders(workspace)))


def require_writable(folder: Path) -> None:
    """Make sure files can be made in `folder`. Raises ShareDataError with the remedy."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ShareDataError(
            f"{folder}: cannot be written to ({error.strerror}). Make it a writable folder, or choose another one: "
            "--output for the corpus, SHARE_DATA_CACHE and SHARE_DATA_HOME for results and videos kept aside."
        ) from error


def _folders(workspace: Path) -> Iterator[Path]:
    return (Path(folder) for folder, _, _ in os.walk(workspace))


def _self() -> dict[str, Any]:
    command = " ".join(Path(part).name if number == 0 else part for number, part in enumerate(sys.argv))
    return {"host": socket.gethostname(), "pid": os.getpid(), "since": time.time(), "command": command}


def _read(descriptor: int) -> dict[str, Any]:
    """What the lock says of its holder; empty where that is not what a build writes."""
    try:
        content = parse_json(os.pread(descriptor, 1 << 16, 0))
    except ValueError:
        return {}
    kinds = {"host": str, "pid": int, "since": float, "command": str}
    told = isinstance(content, dict) and all(type(content.get(name)) is kind for name, kind in kinds.items())
    return content if told and 0 <= content["since"] < _YEAR_3000 else {}

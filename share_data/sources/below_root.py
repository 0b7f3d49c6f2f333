"""Files below the root of a source: named by a relative `file:` uri, so that no place on a machine enters a record."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from share_data.errors import SourceError
from share_data.records import Video
from share_data.text import file_text


def uri_of(path: str) -> str:
    """The uri of a file by its path below the root, whatever bytes that holds."""
    return f"file:{quote(os.fsencode(path))}"


def path_of(video: Video) -> str:
    """Inverse of `uri_of`."""
    return os.fsdecode(unquote_to_bytes(video.uri.removeprefix("file:")))


def unreadable(root: Path) -> Iterator[tuple[str, str]]:
    """(path below the root, cause) of every folder below that cannot be listed; the root's own path is empty.

    Hidden folders are passed over, linked ones are not entered.
    """
    errors: list[OSError] = []
    for _, below, _ in os.walk(root, onerror=errors.append):
        below[:] = [name for name in below if not name.startswith(".")]
    for error in errors:
        inside = os.path.relpath(error.filename or root, root)
        yield "" if inside == "." else Path(inside).as_posix(), error.strerror or str(error)


def cannot_read(cause: str) -> str:
    """What is wrong with a folder that cannot be listed, and what to do."""
    return f"the folder cannot be read ({cause}): allow it with chmod u+rx, or move it away"


def file_below(root: Path, given: str, video: Video, remedy: str) -> Path:
    """The video's file. given: the root as the recipe has it. Raises SourceError unless it is a file below `root`."""
    name = path_of(video)
    path = root / name
    if Path(name).is_absolute() or ".." in Path(name).parts or not path.is_file():
        raise SourceError(
            f"{video.unit}: {file_text(name)} is no file below root {given!r} (any more). Check the file or link, "
            f"or {remedy}."
        )
    return path

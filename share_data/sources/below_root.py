"""Files below the root of a source: named by a relative `file:` uri, so that no place on a machine enters a record."""

import os
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from share_data.errors import SourceError
from share_data.records import Video
from share_data.text import storable


def uri_of(path: str) -> str:
    """The uri of a file by its path below the root, whatever bytes that holds."""
    return f"file:{quote(os.fsencode(path))}"


def path_of(video: Video) -> str:
    """Inverse of `uri_of`."""
    return os.fsdecode(unquote_to_bytes(video.uri.removeprefix("file:")))


def file_below(root: Path, given: str, video: Video, remedy: str) -> Path:
    """The video's file. given: the root as the recipe has it. Raises SourceError unless it is a file below `root`."""
    name = path_of(video)
    path = root / name
    if Path(name).is_absolute() or ".." in Path(name).parts or not path.is_file():
        raise SourceError(
            f"{video.unit}: {storable(name)} is no file below root {given!r} (any more). Check the file or link, "
            f"or {remedy}."
        )
    return path

"""Opening a corpus by its place, whichever kind of storage that is."""

from pathlib import Path
from typing import TYPE_CHECKING

from share_data.corpus.storage import LocalStorage, Storage, place_of

if TYPE_CHECKING:
    from share_data.corpus.manifest import Manifest

# What a folder of records can do without, pydantic and the object stores, is imported where it is needed.


def open_storage(place: Path | str) -> Storage:
    """The files of the corpus in a folder or below a URL. Nothing is read yet.

    Args:
        place: a folder, or the URL of an object store.

    Returns:
        Read access to them, the same for both.

    Raises:
        CorpusError: the URL can be none of a corpus.
        MissingDependencyError: it needs a package that is not installed.
    """
    where = place if isinstance(place, Path) else place_of(place)
    if isinstance(where, Path):
        return LocalStorage(where)
    from share_data.corpus.remote import RemoteStorage

    return RemoteStorage(where)


def read_manifest(corpus: Path | str) -> "Manifest":
    """The manifest of the corpus in a folder or below a URL.

    Args:
        corpus: its folder or URL.

    Returns:
        What the corpus consists of, with a checksum for every file.

    Raises:
        CorpusError: it is missing or not a manifest; a folder without one is not a finished corpus.
    """
    from share_data.corpus.manifest import manifest_of

    return manifest_of(open_storage(corpus))

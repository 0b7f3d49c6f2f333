"""Opening a corpus by its place, whichever kind of storage that is."""

from pathlib import Path
from typing import TYPE_CHECKING

from share_data.corpus.storage import LocalStorage, Storage, place_of

if TYPE_CHECKING:
    from share_data.corpus.manifest import Manifest

# What a folder of records can do without, pydantic and the object stores, is imported where it is needed.


def open_storage(place: Path | str) -> Storage:
    """The corpus in a folder or below a URL; nothing is read yet. Raises CorpusError for a URL that can be none."""
    where = place if isinstance(place, Path) else place_of(place)
    if isinstance(where, Path):
        return LocalStorage(where)
    from share_data.corpus.remote import RemoteStorage

    return RemoteStorage(where)


def read_manifest(corpus: Path | str) -> "Manifest":
    """The manifest of the corpus in a folder or below a URL. Raises CorpusError, see `manifest_of`."""
    from share_data.corpus.manifest import manifest_of

    return manifest_of(open_storage(corpus))

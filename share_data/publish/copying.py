"""Records that are written to another corpus as the bytes they are, once it is certain that they are whole."""

from collections.abc import Iterable, Mapping
from typing import Any

from share_data.corpus.manifest import FileEntry
from share_data.corpus.read import read_stored
from share_data.corpus.storage import Storage
from share_data.corpus.write.shards import Member, Sample
from share_data.errors import CorpusError
from share_data.store.hashing import bytes_sha256, file_sha256


def require_whole(storage: Storage, entries: Iterable[FileEntry]) -> None:
    """Make sure that files are what the manifest says, byte by byte: damage must not be copied with the rest.

    Args:
        storage: of the corpus.
        entries: of its files.

    Raises:
        CorpusError: one is not; the message names it.
    """
    for entry in entries:
        with storage.local(entry.path) as files:
            if file_sha256(files.folder / entry.path) != entry.sha256:
                raise damaged(storage, entry.path)


def damaged(storage: Storage, path: str) -> CorpusError:
    """The error for a file that is not what the manifest says."""
    return CorpusError(
        f"{storage.place}/{path}: is damaged: its SHA-256 is not the manifest's. Build or fetch the corpus again; "
        "nothing was made of it."
    )


def copied(storage: Storage, row: Mapping[str, Any]) -> Member:
    """The record of an index row, to be written again byte for byte.

    Args:
        storage: of the corpus that holds it.
        row: of that corpus' index.

    Returns:
        A member whose `load` raises CorpusError where the record cannot be read, or is not what the index says.
    """

    def load() -> Sample:
        """Read it now, not before it is to be written."""
        record, stored = read_stored(storage, row)
        if bytes_sha256(stored[-1]) != row["safetensors_sha256"]:
            raise CorpusError(
                f"{storage.place}/{row['shard']}: record {row['key']} is damaged: the SHA-256 of its arrays is not the "
                "index's. Run `share-data validate`, and build or fetch the corpus again."
            )
        return Sample(record.metadata, record.arrays, record.preview, stored)

    return Member(row["key"], load)

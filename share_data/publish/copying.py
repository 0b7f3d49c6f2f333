"""Records that are written to another corpus as the bytes they are, once it is certain that they are whole."""

from collections.abc import Mapping
from typing import Any

from share_data.corpus.read import read_stored
from share_data.corpus.storage import Storage
from share_data.corpus.write.shards import Member, Sample
from share_data.errors import CorpusError
from share_data.store.hashing import bytes_sha256


def copied(storage: Storage, row: Mapping[str, Any]) -> Member:
    """The record of an index row, to be written again byte for byte.

    Args:
        storage: of the corpus that holds it.
        row: of that corpus' index.

    Returns:
        A member whose `load` raises CorpusError where the record cannot be read, or is not what the index says.
    """

    def load() -> Sample:
        record, stored = read_stored(storage, row)
        if bytes_sha256(stored[-1]) != row["safetensors_sha256"]:
            raise CorpusError(
                f"{storage.place}/{row['shard']}: record {row['key']} is damaged: the SHA-256 of its arrays is not the "
                "index's. Run `share-data validate`, and build or fetch the corpus again."
            )
        return Sample(record.metadata, record.arrays, record.preview, stored)

    return Member(row["key"], load)

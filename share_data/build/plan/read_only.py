"""A build gone through without doing it: a journal that forgets what is appended, a store that cannot be changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from share_data.build.catalogue import Spill
from share_data.engine.journal import JournalReader
from share_data.store.store import Artifact, DamagedArtifactError, Store, decode

_BEYOND = 1 << 60
"""Where no line of a file is."""


class ReadOnlyJournal(JournalReader):
    """A journal to go on from in mind only: new events go into a temporary file in the folder `scratch`."""

    def __init__(self, path: Path, scratch: Path) -> None:
        super().__init__(path)
        self._made = Spill(scratch)

    def append(self, *events: Mapping[str, Any], durable: bool = True) -> list[int]:
        """Keep events as long as this object lives; returns where each can be read again."""
        return [_BEYOND + self._made.append(dict(event)) for event in events]

    def read(self, offset: int) -> dict[str, Any]:
        """The event kept at `offset`, of the file or appended since."""
        if offset < _BEYOND:
            return super().read(offset)
        event: dict[str, Any] = self._made[offset - _BEYOND]
        return event

    def sync(self) -> None:
        """Nothing here outlives this object."""

    def close(self) -> None:
        """Forget everything."""
        super().close()
        self._made.close()


class ReadOnlyStore(Store):
    """A stage store to look into: a damaged file counts as absent, and stays where it is."""

    def get(self, stage: str, key: str) -> Artifact | None:
        """The stored artifact, or None."""
        try:
            return decode(self.path(stage, key).read_bytes())
        except (FileNotFoundError, DamagedArtifactError):
            return None

    def put(self, stage: str, key: str, artifact: Artifact) -> None:
        """Never: raises PermissionError."""
        raise PermissionError(f"{stage}: this store is only looked into")

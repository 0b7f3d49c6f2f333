"""Where a corpus is published. Data first, what describes it next, the manifest last; then what is not of it goes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from share_data.corpus.manifest import FileEntry, Manifest

REPORTS = ("report.html", "report.json")
"""What `share-data report` may have written there of an earlier publication: pictures of clips that are gone now."""


class Place(Protocol):
    """A target. Every method raises CorpusError, MissingDependencyError or DiskFullError with cause and remedy."""

    name: str

    def before(self) -> Manifest | None:
        """The manifest of the publication that is there, None where there is none.

        Raises:
            CorpusError: what is there was not published, and is in the way.
        """
        ...

    def name_of(self, entry: FileEntry) -> str:
        """What a data file is called there."""
        ...

    def holds(self, entry: FileEntry) -> bool:
        """Whether the content of this file is there, of an earlier publication or of one that was cut."""
        ...

    def put(self, entry: FileEntry, file: Path) -> None:
        """Bring a file there; nobody sees it yet who goes by the manifest.

        Args:
            entry: of the manifest to come.
            file: with that content, on this machine; it stays.
        """
        ...

    def manifest_bytes(self, manifest: Manifest) -> bytes:
        """The content of manifest.json there."""
        ...

    def finish(self, manifest: Manifest, beside: Mapping[str, bytes]) -> int:
        """Make what was put the publication.

        Args:
            manifest: of it; all its files were put or held.
            beside: the small files that go with it, by name.

        Returns:
            How many files of the publication before were removed.
        """
        ...

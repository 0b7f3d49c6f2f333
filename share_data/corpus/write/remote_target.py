"""A corpus in an object store. Objects are named by their content, and the manifest, put last, is the commit.

Up to that one request the old corpus is whole, after it the new one. One build at a time may write to a URL; the lock
in the workspace sees to that on one machine.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from share_data.corpus.layout import MANIFEST, RECORD_FOLDER, SHARD_FOLDER, STATE_FOLDER, is_object_name, object_name
from share_data.corpus.manifest import FileEntry, Manifest, manifest_bytes, parse_manifest
from share_data.corpus.objects import Objects
from share_data.errors import CorpusError

_PROBE = f"{STATE_FOLDER}/writable"


class RemoteTarget:
    """Objects below a URL, see `Target`. workspace: local folder of the build. All methods raise as `Objects` does."""

    def __init__(self, url: str, workspace: Path) -> None:
        self.workspace = workspace
        self._objects = Objects(url)

    def check(self) -> None:
        """Make sure that objects can be written, and that no manifest of another origin is in the way.

        Other objects are never in the way: nothing of theirs has a name that a build gives.
        """
        self._stored_manifest()
        self._objects.write(_PROBE, b"")
        self._objects.remove([_PROBE])

    def published(self) -> Manifest | None:
        """The manifest that is there, as that of a folder would be. Raises CorpusError when it is none of a corpus."""
        manifest = self._stored_manifest()
        return None if manifest is None else manifest.without_objects()

    def deliver(self, staged: Path, entry: FileEntry) -> None:
        """Upload a staged file and remove it here. What an earlier try has brought there is not sent again."""
        name = object_name(entry.path, entry.sha256)
        if self._objects.size(name) != entry.bytes:
            self._objects.upload(staged, name)
        staged.unlink()

    def holds(self, staged: Path, entry: FileEntry) -> bool:
        """Whether the file is staged or delivered; by its size, `validate` looks at its bytes."""
        if staged.is_file() and staged.stat().st_size == entry.bytes:
            return True
        name = object_name(entry.path, entry.sha256)
        return self._at_first.get(name) == entry.bytes or self._objects.size(name) == entry.bytes

    def publish(self, manifest: Manifest, staged: Mapping[str, Path]) -> None:
        """Upload what is still staged, put the manifest, then remove the objects of a build that it does not list."""
        before = self._stored_manifest()
        for entry in manifest.files:
            if entry.path in staged:
                self.deliver(staged[entry.path], entry)
        listed = manifest.with_objects()
        found = self._all()
        self._require_whole(listed, found)
        self._objects.write(MANIFEST, manifest_bytes(listed))
        replaced = {entry.object or entry.path for entry in before.files} if before else set()
        kept = {entry.object for entry in listed.files}
        self._objects.remove(sorted(n for n in found if n not in kept and (n in replaced or is_object_name(n))))

    def whole(self, manifest: Manifest) -> bool:
        """Whether every object is there, by its size; one listing answers for all."""
        found = self._all()
        return all(found.get(str(entry.object)) == entry.bytes for entry in manifest.with_objects().files)

    @cached_property
    def _at_first(self) -> dict[str, int]:
        """Objects as they were when the build first asked: one request a thousand instead of one each."""
        return self._all()

    def _all(self) -> dict[str, int]:
        """Name to bytes of all objects that could be part of a corpus here."""
        of_shards, of_records = (self._objects.listing(folder) for folder in (SHARD_FOLDER, RECORD_FOLDER))
        return self._objects.listing() | of_shards | of_records

    def _require_whole(self, listed: Manifest, found: Mapping[str, int]) -> None:
        """A manifest must never list what is not there."""
        for entry in listed.files:
            if found.get(str(entry.object)) != entry.bytes:
                raise CorpusError(
                    f"{self._objects.url}/{entry.object}: has gone since it was uploaded. The corpus that is there was "
                    "left as it was. Make sure that nobody else builds or cleans up here, then run the build again."
                )

    def _stored_manifest(self) -> Manifest | None:
        try:
            data = self._objects.read(MANIFEST)
        except FileNotFoundError:
            return None
        try:
            return parse_manifest(data, f"{self._objects.url}/{MANIFEST}")
        except CorpusError as error:
            raise CorpusError(f"{error} Its objects cannot be told from yours: move it away first.") from error

"""A publication in an object store: objects named by their content, the manifest the commit, as a build's are."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from share_data.corpus.layout import MANIFEST, RECORD_FOLDER, SHARD_FOLDER, object_name
from share_data.corpus.manifest import FileEntry, Manifest, manifest_bytes
from share_data.corpus.objects import Objects
from share_data.corpus.write.remote_target import RemoteTarget
from share_data.errors import CorpusError
from share_data.publish.card import CARD, MARK
from share_data.publish.place import REPORTS


class ObjectPlace:
    """See `Place`. workspace: a folder of this machine; nothing is kept in it."""

    def __init__(self, url: str, workspace: Path) -> None:
        self._objects = Objects(url)
        self._target = RemoteTarget(url, workspace)
        self.name = self._objects.url

    def before(self) -> Manifest | None:
        """See `Place`."""
        self._target.check()
        manifest = self._target.published()
        if (manifest is not None or self._objects.size(CARD) is not None) and MARK.encode() not in self._card():
            raise CorpusError(
                f"{self.name}: there is a {CARD} or a corpus that `share-data publish` did not write, and a "
                "publication would replace it. Give another URL, or move it away."
            )
        return manifest

    def _card(self) -> bytes:
        try:
            return self._objects.read(CARD)
        except FileNotFoundError:
            return b""

    def name_of(self, entry: FileEntry) -> str:
        """See `Place`."""
        return object_name(entry.path, entry.sha256)

    def holds(self, entry: FileEntry) -> bool:
        """See `Place`. The name tells the content, and an object appears whole."""
        return self._there.get(self.name_of(entry)) == entry.bytes

    def put(self, entry: FileEntry, file: Path) -> None:
        """See `Place`."""
        self._objects.upload(file, self.name_of(entry))

    def manifest_bytes(self, manifest: Manifest) -> bytes:
        """See `Place`."""
        return manifest_bytes(manifest.with_objects())

    def finish(self, manifest: Manifest, beside: Mapping[str, bytes]) -> int:
        """See `Place`."""
        for name, content in beside.items():
            self._objects.write(name, content)
        before = self._names()
        self._target.publish(manifest, {})
        reports = [name for name in REPORTS if name in before]
        self._objects.remove(reports)
        return len(before.keys() - self._names().keys() - {MANIFEST})

    @cached_property
    def _there(self) -> dict[str, int]:
        """Objects as they were at the beginning: one request a thousand instead of one each."""
        return self._names()

    def _names(self) -> dict[str, int]:
        found = self._objects.listing()
        for folder in (SHARD_FOLDER, RECORD_FOLDER):
            found |= self._objects.listing(folder)
        return found

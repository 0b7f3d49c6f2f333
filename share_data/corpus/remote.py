"""A finished corpus in an object store. Its manifest says which object holds which file; no other object is read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from share_data.corpus.layout import MANIFEST, is_object_name
from share_data.corpus.manifest import manifest_of
from share_data.corpus.objects import Objects, missing
from share_data.corpus.storage import LocalStorage

_WASTE = 8192
"""Bytes of tar headers between the members of a record that cost less to fetch than another request."""


class RemoteStorage:
    """See `Storage`. The manifest is read once: what is built there later is seen by who opens the corpus anew."""

    def __init__(self, url: str) -> None:
        self._objects = Objects(url)
        self.place = self._objects.url
        self._listed: dict[str, tuple[str, int]] = {}

    def read(self, path: str) -> bytes:
        """See `Storage`."""
        return self._objects.read(path if path == MANIFEST else self._object(path)[0])

    def read_parts(self, path: str, parts: Sequence[tuple[int, int]]) -> list[bytes]:
        """See `Storage`. One request for parts that lie side by side, as a record's do; else one a part."""
        name, length = self._object(path)
        if any(offset < 0 or size < 0 or offset + size > length for offset, size in parts):
            raise ValueError("the shard ends too early")
        first, last = min(offset for offset, _ in parts), max(offset + size for offset, size in parts)
        if last - first <= sum(size for _, size in parts) + _WASTE:
            span = self._objects.read(name, first, last)
            found = [span[offset - first :][:size] for offset, size in parts]
        else:
            found = [self._objects.read(name, offset, offset + size) for offset, size in parts]
        if any(len(part) != size for part, (_, size) in zip(found, parts, strict=True)):
            raise ValueError("the shard is shorter than the manifest says")
        return found

    def size(self, path: str) -> int | None:
        """See `Storage`."""
        return self._objects.size(self._files[path][0]) if path in self._files else None

    def files(self, folder: str) -> list[str]:
        """See `Storage`. Objects of a build that is not finished, or was given up, are left out: they harm nobody."""
        paths = {name: path for path, (name, _) in self._files.items()}
        found = self._objects.listing(folder)
        return sorted(paths.get(name, name) for name in found if name in paths or not is_object_name(name))

    @contextmanager
    def local(self, *paths: str) -> Iterator[LocalStorage]:
        """See `Storage`. Downloads, removed when the block ends."""
        with TemporaryDirectory(prefix="share-data-") as name:
            folder = Path(name)
            for path in paths:
                (folder / path).parent.mkdir(exist_ok=True)
                self._objects.download(self._object(path)[0], folder / path)
            yield LocalStorage(folder, self.place)

    @property
    def _files(self) -> dict[str, tuple[str, int]]:
        """Path to name and bytes of its object; in a corpus copied from a folder the name is the path."""
        if not self._listed:
            self._listed = {entry.path: (entry.object or entry.path, entry.bytes) for entry in manifest_of(self).files}
        return self._listed

    def _object(self, path: str) -> tuple[str, int]:
        if path not in self._files:
            raise missing(f"{self.place}/{path}")
        return self._files[path]

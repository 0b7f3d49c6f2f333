"""A finished corpus in an object store. Its manifest says which object holds which file; no other object is read."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.corpus.layout import MANIFEST, is_object_name
from share_data.corpus.manifest import manifest_of
from share_data.corpus.objects import Objects, missing
from share_data.corpus.storage import LocalStorage, Opened
from share_data.errors import CorpusError

_WASTE = 8192
"""Bytes of tar headers between the members of a record that cost less to fetch than another request."""

_AHEAD = 8 << 10
"""Bytes that are fetched with the first ones asked of a file: a record's list of arrays lies before them."""
_GAP = 12 << 10
"""Bytes between parts that cost less to fetch than another request."""
_TRIES_S = (0.1, 0.5, 2.0)
"""How long to wait before each further try, where a training would end for a connection that was cut."""


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

    @contextmanager
    def opened(self, path: str) -> Iterator[Opened]:
        """See `Storage`. Parts near each other in one request, others side by side; a cut connection is made anew."""
        name, length = self._object(path)
        first: tuple[int, bytes] | None = None

        def read(parts: Sequence[tuple[int, NDArray[Any]]]) -> None:
            nonlocal first
            if any(offset < 0 or offset + array.nbytes > length for offset, array in parts):
                raise ValueError("the shard ends too early")
            if first is None:
                start = min(offset for offset, _ in parts)
                [ahead] = self._fetched(name, [(start, min(start + _AHEAD, length))])
                first = start, ahead
            self._fill(name, parts, first)

        yield read

    def _fill(self, name: str, parts: Sequence[tuple[int, NDArray[Any]]], first: tuple[int, bytes]) -> None:
        begins, ends = first[0], first[0] + len(first[1])
        outside = [part for part in parts if part[1].nbytes and not begins <= part[0] <= ends - part[1].nbytes]
        spans = _spans([(offset, offset + array.nbytes) for offset, array in outside])
        chunks = [first, *zip((start for start, _ in spans), self._fetched(name, spans), strict=True)]
        for offset, array in parts:
            start, data = next(
                (start, data)
                for start, data in chunks
                if start <= offset and offset + array.nbytes <= start + len(data)
            )
            flat = np.frombuffer(data, np.uint8, array.nbytes, offset - start)
            array.reshape(-1)[:] = flat.view(array.dtype)

    def _fetched(self, name: str, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        for pause in _TRIES_S:
            try:
                return self._objects.read_spans(name, spans)
            except CorpusError:
                time.sleep(pause)
        return self._objects.read_spans(name, spans)

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


def _spans(parts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """First and last byte of the requests that fetch all parts."""
    spans: list[tuple[int, int]] = []
    for start, stop in sorted(parts):
        if spans and start <= spans[-1][1] + _GAP:
            spans[-1] = spans[-1][0], max(stop, spans[-1][1])
        else:
            spans.append((start, stop))
    return spans

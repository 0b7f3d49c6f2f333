"""Where a finished corpus lies: a folder, or objects below a URL. Readers use the paths of its manifest either way."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from share_data.errors import CorpusError
from share_data.store.outside import open_regular, read_regular, require_regular

Opened = Callable[[Sequence[tuple[int, NDArray[Any]]]], None]
"""Fills contiguous arrays with bytes of a file from these offsets on. Raises ValueError where it ends too early."""


class Storage(Protocol):
    """Read access to a corpus, in a folder or an object store.

    Paths are those of the manifest, whatever the objects behind them are called.

    Attributes:
        place: the corpus' folder or URL, for messages.

    Raises:
        FileNotFoundError: by every method, for a file that is not there.
        OSError: by every method, for a folder, a pipe, a socket or a device in place of a file.
        CorpusError: by every method, with cause and remedy, when an object store cannot be read.
    """

    place: str

    def read(self, path: str) -> bytes:
        """The content of a file.

        Args:
            path: relative to the corpus.
        """
        ...

    def read_parts(self, path: str, parts: Sequence[tuple[int, int]]) -> list[bytes]:
        """Parts of a file, in as few requests as the storage can.

        Args:
            path: relative to the corpus.
            parts: each as (offset, size), bytes; at least one.

        Returns:
            Their contents, in the order they were asked for.

        Raises:
            ValueError: the file ends before one of them does.
        """
        ...

    def opened(self, path: str) -> AbstractContextManager[Opened]:
        """A file to take parts of, straight into arrays, for as long as the block lasts.

        Args:
            path: relative to the corpus.
        """
        ...

    def size(self, path: str) -> int | None:
        """Bytes of a file, None when it is not there."""
        ...

    def files(self, folder: str) -> list[str]:
        """What lies in a folder of the corpus, whether it belongs there or not.

        Args:
            folder: relative to the corpus, such as `shards`.

        Returns:
            Paths relative to the corpus, sorted; folders in it are named, and not looked into.
        """
        ...

    def local(self, *paths: str) -> AbstractContextManager["LocalStorage"]:
        """Files in a folder of this machine, for as long as the block lasts.

        Args:
            paths: relative to the corpus.

        Returns:
            A context manager; where the corpus is a folder, that folder itself.

        Raises:
            DiskFullError: they do not fit on the disk.
        """
        ...


def place_of(text: str) -> Path | str:
    """A folder, or the URL of an object store as it is: a Path would make `s3:/bucket` of `s3://bucket`.

    >>> place_of("s3://bucket/corpus")
    's3://bucket/corpus'
    >>> place_of("out/demo").name
    'demo'
    """
    return text if "://" in text else Path(text)


class LocalStorage:
    """A corpus in a folder, see `Storage` for what its methods promise.

    Args:
        folder: the corpus.
        place: what messages call it, where that is not the folder itself.
    """

    def __init__(self, folder: Path, place: str = "") -> None:
        self.folder = folder
        self.place = place or str(folder)

    def read(self, path: str) -> bytes:
        """See `Storage`."""
        return read_regular(self.folder / path)

    def read_parts(self, path: str, parts: Sequence[tuple[int, int]]) -> list[bytes]:
        """See `Storage`. One `pread` a part."""
        descriptor = open_regular(self.folder / path)
        try:
            if max(offset + size for offset, size in parts) > os.fstat(descriptor).st_size:
                raise ValueError("the shard ends too early")
            return [_exactly(descriptor, size, offset) for offset, size in parts]
        finally:
            os.close(descriptor)

    @contextmanager
    def opened(self, path: str) -> Iterator[Opened]:
        """See `Storage`. One `pread` a part, without a copy."""
        descriptor = open_regular(self.folder / path)

        def read(parts: Sequence[tuple[int, NDArray[Any]]]) -> None:
            for offset, array in parts:
                if array.nbytes:
                    _fill(descriptor, array.data.cast("B"), offset)

        try:
            yield read
        finally:
            os.close(descriptor)

    def size(self, path: str) -> int | None:
        """See `Storage`."""
        try:
            return require_regular(self.folder / path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def files(self, folder: str) -> list[str]:
        """See `Storage`."""
        try:
            return sorted(f"{folder}/{entry.name}" for entry in os.scandir(self.folder / folder))
        except FileNotFoundError:
            return []

    @contextmanager
    def local(self, *paths: str) -> Iterator["LocalStorage"]:
        """See `Storage`. The folder itself."""
        for path in paths:
            require_regular(self.folder / path)
        yield self


def size_of(storage: Storage, path: str) -> int | None:
    """Bytes of a file of a corpus, None when it is not there.

    Args:
        storage: of the corpus.
        path: relative to it.

    Raises:
        CorpusError: something else than a file stands there.
    """
    try:
        return storage.size(path)
    except OSError as error:
        raise CorpusError(f"{storage.place}/{path}: {error.strerror}. Get the corpus again.") from error


def _fill(descriptor: int, buffer: memoryview, offset: int) -> None:
    while buffer:
        count = os.preadv(descriptor, [buffer], offset)
        if not count:
            raise ValueError("the shard ends too early")
        buffer, offset = buffer[count:], offset + count


def _exactly(descriptor: int, size: int, offset: int) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        part = os.pread(descriptor, size, offset)
        if not part:
            raise ValueError("the shard was cut while it was read")
        parts.append(part)
        size, offset = size - len(part), offset + len(part)
    return b"".join(parts)

"""A file that is only appended to, and knows the SHA-256 and the number of bytes written to it."""

import hashlib
import io
import os
from pathlib import Path

from typing_extensions import Buffer

from share_data.corpus.manifest import FileEntry
from share_data.store.atomic import disk_full_named


class HashingFile(io.RawIOBase):
    """See the module. Raises DiskFullError when it is opened, written or closed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        with disk_full_named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb")
        self._hasher = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Hex digest of everything written so far."""
        return self._hasher.hexdigest()

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Bytes written so far."""
        return self.size

    def write(self, data: Buffer, /) -> int:
        """Append `data`, all of it. Raises DiskFullError."""
        with disk_full_named(self._path, self.size + memoryview(data).nbytes):
            written = self._file.write(data)
        self._hasher.update(data)
        self.size += written
        return written

    def close(self) -> None:
        """Flush to disk and close. Raises DiskFullError."""
        try:
            if not self.closed:
                with disk_full_named(self._path, self.size), self._file:
                    self._file.flush()
                    os.fsync(self._file.fileno())
        finally:
            super().close()


def file_entry(path: str, handle: HashingFile, records: int) -> FileEntry:
    """The manifest's line about a file that has been written."""
    return FileEntry(path=path, sha256=handle.sha256, bytes=handle.size, records=records)

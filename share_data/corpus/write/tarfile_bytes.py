"""A tar writer whose bytes depend on names and contents alone: USTAR, time 0, no owner, mode 0644."""

import tarfile
from typing import Protocol

_BLOCK = tarfile.BLOCKSIZE


def header(name: str, size: int) -> bytes:
    """The 512-byte USTAR header of a plain file. Raises ValueError for a name over 100 bytes, not ASCII, or 8 GiB."""
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    data = info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    if len(data) != _BLOCK or len(name) > tarfile.LENGTH_NAME:
        raise ValueError(f"{name!r} does not fit a plain USTAR header")
    return data


def member_bytes(size: int) -> int:
    """Bytes a member of `size` bytes takes in an archive."""
    return _BLOCK + size + -size % _BLOCK


class Output(Protocol):
    """Where the archive goes: anything that takes all bytes it is given."""

    def write(self, data: bytes, /) -> int:
        """Append `data`."""
        ...


class TarWriter:
    """Appends members to `out` and knows where each one's data begins. Call `close` to end the archive."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._position = 0

    @property
    def size_when_closed(self) -> int:
        """Bytes the archive will have if nothing is added."""
        return self._position + 2 * _BLOCK

    def add(self, name: str, data: bytes) -> int:
        """Append a member; returns the offset of its data in the archive, in bytes."""
        self._write(header(name, len(data)))
        offset = self._position
        self._write(data)
        self._write(bytes(-len(data) % _BLOCK))
        return offset

    def close(self) -> None:
        """Write the end of the archive; `out` stays open."""
        self._write(bytes(2 * _BLOCK))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._position += len(data)

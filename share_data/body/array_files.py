"""Arrays from outside, npz and npy: what a file declares is held against the file's size before anything is built.

Nothing but plain numbers and text is read. However well a file is compressed, it may hold twice its size and
`SLACK` bytes more, so that reading takes at most four times its size and 100 MB.
"""

import io
import math
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from share_data.errors import ArrayFileError
from share_data.store.outside import regular_file
from share_data.text import plain_line

KINDS = "biufcSU"
"""Kinds of dtype that are read: numbers and text, no objects, no structures, no dates."""
SLACK = 48 << 20
_MOST_AXES = 32
_HEADER = 2048
"""Bytes that an array's header takes at most; numpy writes 128."""
_DIRECTORY = 1 << 20
"""Bytes that the table of an archive takes at most: some ten thousand names."""
_END = 22
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Header:
    """What an array says of itself. fortran: its first axis varies fastest."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool

    @property
    def size(self) -> int:
        """Bytes of its values, whatever their number."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_npz(path: Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Those of the named arrays that the archive holds.

    Raises ArrayFileError naming the file and the cause: damaged, encrypted, packed in an unusual way, more in it than
    such a file can hold, an array of objects.
    """
    with _named(path, "npz of plain arrays"), regular_file(path) as handle:
        _require_small_directory(handle)
        with zipfile.ZipFile(handle) as archive:
            members = _members(archive, set(names))
            _require_room(sum(member.file_size for member in members.values()), path.stat().st_size)
            return {name: _read_member(archive, member) for name, member in members.items()}


def npy_header(path: Path) -> Header:
    """What the array of an npy file says of itself. Raises ArrayFileError (see `read_npy`)."""
    with _named(path, ".npy array"), regular_file(path) as handle:
        return _header(handle, path.stat().st_size)[0]


def read_npy(path: Path) -> NDArray[Any]:
    """The array of an npy file. Raises ArrayFileError naming the file and the cause."""
    with _named(path, ".npy array"), regular_file(path) as handle:
        header, start = _header(handle, path.stat().st_size)
        handle.seek(start)
        return _values(handle, header)


@contextmanager
def _named(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArrayFileError(f"{path}: not a readable {what} ({error.strerror or error})") from error
    except Exception as error:  # a damaged archive can raise anything
        raise ArrayFileError(f"{path}: not a readable {what} ({plain_line(error) or type(error).__name__})") from error


def _require_small_directory(handle: IO[bytes]) -> None:
    """Raises ValueError for an archive whose table alone would fill the memory, or that has the table of a huge one."""
    size = handle.seek(0, io.SEEK_END)
    handle.seek(max(0, size - _END - 20 - 0xFFFF))
    tail = handle.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < _END:
        raise ValueError("no end of a zip archive in it; it may be cut off")
    if tail[max(0, end - 20) : end].startswith(b"PK\x06\x07"):
        raise ValueError("a zip archive of the kind for more than 4 GB, which no such file needs")
    if int.from_bytes(tail[end + 12 : end + 16], "little") > _DIRECTORY:
        raise ValueError("its table of contents is larger than any such file's")
    handle.seek(0)


def _members(archive: zipfile.ZipFile, names: set[str]) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = member.filename.removesuffix(".npy")
        if name not in names:
            continue
        if name in members:
            raise ValueError(f"{name} is in it twice")
        if member.flag_bits & 1:
            raise ValueError(f"{name} is encrypted; unpack the archive and save its arrays again")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{name} is packed by method {member.compress_type}; numpy writes 0 and 8")
        members[name] = member
    return members


def _require_room(declared: int, size: int) -> None:
    if declared > 2 * size + SLACK:
        raise ValueError(f"declares {declared:,} bytes of arrays in a file of {size:,}, more than such a file can hold")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as stream:
        try:
            header, start = _header(stream, member.file_size)
            stream.seek(start)
            values = _values(stream, header)
            stream.read(1)  # Only at its end is a member's checksum looked at.
            return values
        except ValueError as error:
            raise ValueError(f"{member.filename}: {error}") from error


def _header(stream: IO[bytes], size: int) -> tuple[Header, int]:
    """The header, and where the values begin. size: bytes of header and values. Raises ValueError."""
    head = io.BytesIO(stream.read(_HEADER))
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(head)
    if version not in readers:
        raise ValueError(f"version {version} of the format, which is not for plain arrays")
    try:
        shape, fortran, dtype = readers[version](head, max_header_size=_HEADER)
    except Exception as error:  # it is a literal of Python, from anyone
        raise ValueError(f"its header cannot be read ({type(error).__name__}: {error})") from error
    if dtype.kind not in KINDS or dtype.names or dtype.subdtype or dtype.hasobject or not dtype.itemsize:
        raise ValueError(f"an array of {dtype}, which is not plain numbers or text; save it as plain arrays")
    if len(shape) > _MOST_AXES or not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError(f"its shape {plain_line(shape, 80)} is none")
    header, start = Header(dtype, shape, bool(fortran)), head.tell()
    if header.size != size - start:
        raise ValueError(f"declares {dtype} of shape {shape}, {header.size:,} bytes, and holds {size - start:,}")
    return header, start


def _values(stream: IO[bytes], header: Header) -> NDArray[Any]:
    flat = np.empty(header.size, np.uint8)
    for begin in range(0, len(flat), _PIECE):
        piece = flat[begin : begin + _PIECE]
        data = stream.read(len(piece))
        if len(data) != len(piece):
            raise ValueError("it ends before its last value")
        piece[:] = np.frombuffer(data, np.uint8)
    return flat.view(header.dtype).reshape(header.shape, order="F" if header.fortran else "C")

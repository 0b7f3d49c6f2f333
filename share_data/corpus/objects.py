"""Objects below a URL, through fsspec. Whatever goes wrong there becomes one error with the URL, cause and remedy."""

import errno
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from share_data.errors import CorpusError, MissingDependencyError, ShareDataError
from share_data.store.atomic import disk_full_named

# No patterns: fsspec would expand them.
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://[^/*?\[\]][^*?\[\]]*")
_FOLDERS = ("file", "local")
_S3 = ("s3", "s3a")
_PARTS_AT_ONCE = 2
"""Of 50 MiB each, of a large object under way; s3fs would hold ten in memory."""


class Objects:
    """The objects below `url`, by their names relative to it.

    Holds text only, so that it can be pickled and forked: connections are fsspec's own, one set a process. All methods
    raise CorpusError when the store cannot be reached or refuses, MissingDependencyError when fsspec lacks a package.
    """

    def __init__(self, url: str) -> None:
        match = _URL.fullmatch(url)
        if match is None or match[1] in _FOLDERS:
            raise CorpusError(f"{url}: not a place for a corpus. Give a folder, or a URL such as s3://bucket/prefix.")
        self.url = url.rstrip("/")
        self._protocol = match[1]

    def read(self, name: str, start: int | None = None, stop: int | None = None) -> bytes:
        """Content of an object, or its bytes from `start` up to `stop`. Raises FileNotFoundError."""
        if start is not None and start == stop:
            return b""
        with self._reaching(name) as (system, path):
            found = bytes(system.cat_file(path, start=start, end=stop))
            if start is not None and stop is not None and len(found) > stop - start:
                raise OSError(f"gave {len(found)} of the {stop - start} bytes asked for: does it know ranges?")
            return found

    def read_spans(self, name: str, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        """Bytes of an object from each start up to its stop, fetched side by side where the store can."""
        if not spans:
            return []
        with self._reaching(name) as (system, path):
            starts, stops = zip(*spans, strict=True)
            found = system.cat_ranges([path] * len(spans), list(starts), list(stops), on_error="return")
            for each, (start, stop) in zip(found, spans, strict=True):
                if isinstance(each, Exception):
                    raise each
                if len(each) != stop - start:
                    raise OSError(
                        f"asked for {stop - start} bytes of it, got {len(each)}: does the server know ranges?"
                    )
            return list(found)

    def download(self, name: str, file: Path) -> None:
        """Write the content of an object to `file`. Raises FileNotFoundError, DiskFullError."""
        with self._reaching(name) as (system, path), disk_full_named(file):
            system.get_file(path, str(file))

    def size(self, name: str) -> int | None:
        """Bytes of an object, None when there is none."""
        try:
            with self._reaching(name) as (system, path):
                return int(system.info(path)["size"])
        except FileNotFoundError:
            return None

    def listing(self, folder: str = "") -> dict[str, int]:
        """Name to bytes of the objects directly in a folder; "" is the URL itself."""
        try:
            with self._reaching(folder) as (system, path):
                found = system.ls(path, detail=True)
                sizes = {each["name"].rpartition("/")[2]: each["size"] for each in found if each["type"] == "file"}
        except FileNotFoundError:
            return {}
        inside = f"{folder}/" if folder else ""
        return {f"{inside}{name}": int(size) for name, size in sizes.items() if name and name != folder}

    def write(self, name: str, data: bytes) -> None:
        """Put a small object, in one request: it is there as a whole or not at all, in place of what was there."""
        with self._reaching(name) as (system, path):
            system.pipe_file(path, data)

    def upload(self, file: Path, name: str) -> None:
        """Put a file; the object appears when all of it has arrived."""
        with self._reaching(name) as (system, path):
            system.put_file(str(file), path)

    def remove(self, names: Iterable[str]) -> None:
        """Remove these objects, which are there."""
        with self._reaching("") as (system, root):
            paths = [f"{root}/{name}" for name in names]
            if paths:
                system.rm(paths)

    @contextmanager
    def _reaching(self, name: str) -> Iterator[tuple[Any, str]]:
        """The file system of this process, and the full path of an object or folder in it."""
        url = f"{self.url}/{name}".rstrip("/")
        try:
            from fsspec.core import url_to_fs

            options = {"max_concurrency": _PARTS_AT_ONCE} if self._protocol in _S3 else {}
            system, root = url_to_fs(self.url, use_listings_cache=False, **options)
            yield system, f"{root}/{name}".rstrip("/")
        except ShareDataError:
            raise
        except FileNotFoundError as error:
            if _code(error) == "NoSuchBucket":
                raise CorpusError(f"{url}: there is no such bucket. Create it, or correct the URL.") from error
            raise missing(url) from error
        except ImportError as error:
            remedy = " Install it: pip install 'share-data[s3]'" if self._protocol in _S3 else ""
            raise MissingDependencyError(f"{url}: {error}.{remedy}") from error
        except Exception as error:
            raise CorpusError(f"{url}: {_explained(error)}") from error


def missing(url: str) -> FileNotFoundError:
    """The error for an object that is not there."""
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), url)


def _code(error: BaseException) -> str:
    """What S3 calls the error that `error` was made from."""
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _explained(error: Exception) -> str:
    """Cause and remedy. Errors of botocore are told by name: it is there only where S3 is used."""
    if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
        return (
            "no credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; "
            "FSSPEC_S3_ANON=true reads a public bucket."
        )
    if isinstance(error, PermissionError):
        return (
            f"access denied ({error}). Check whose credentials are in use: reading takes the rights to list and get "
            "objects, building those to put and delete them, too."
        )
    if isinstance(error, ValueError):
        return f"{error}. Give a folder, or a URL such as s3://bucket/prefix."
    return f"{error} ({type(error).__name__}). Check the network and the endpoint (AWS_ENDPOINT_URL), then try again."

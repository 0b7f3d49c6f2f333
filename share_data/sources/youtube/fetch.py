"""From a target to a file: partial downloads are gone on with, only a whole and readable one gets its final name."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from share_data.errors import VideoError
from share_data.sources.youtube.errors import BadMediaError
from share_data.sources.youtube.formats import Format, is_plain_http
from share_data.sources.youtube.polite import locked
from share_data.sources.youtube.remote_file import RemoteFile
from share_data.sources.youtube.retry import persist
from share_data.sources.youtube.section import VERSION, cut
from share_data.sources.youtube.site import Session
from share_data.sources.youtube.targets import Target
from share_data.store.atomic import fsync_folder
from share_data.text import safe_key

SUFFIXES = (".mp4", ".webm")


class Fetcher:
    """Fetches into a folder. The unfinished lie in its `.partial`, one folder a file, each with a lock."""

    def __init__(self, into: Path, max_height: int, retries: int, sleep: Callable[[float], None]) -> None:
        self._into = into
        self._max_height = max_height
        self._retries = retries
        self._sleep = sleep

    def existing(self, target: Target) -> Path | None:
        """The file of a target that has been fetched."""
        paths = (self._into / f"{self._name(target)}{suffix}" for suffix in SUFFIXES)
        return next((path for path in paths if path.is_file()), None)

    def fetch(
        self, unit: str, target: Target, session: Callable[[], Session], accept: Callable[[Format], None]
    ) -> Path:
        """Download a target. accept: looks at what the site says of it now, and raises when it may not be used.

        Raises YouTubeError, DiskFullError, MissingDependencyError and what `accept` raises.
        """
        partial = self._into / ".partial" / self._name(target)
        lock = partial.with_suffix(".lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        with locked(lock):
            made = self.existing(target)  # by another process, while this one waited for the lock
            if made is None:
                partial.mkdir(exist_ok=True)
                made = persist(
                    unit, lambda: self._attempt(target, session, accept, partial), self._retries, self._sleep,
                    lambda: _bytes_in(partial),
                )  # fmt: skip
            shutil.rmtree(partial, ignore_errors=True)
            lock.unlink(missing_ok=True)  # Who waits for it finds the file when it gets it.
        return made

    def _attempt(
        self, target: Target, make_session: Callable[[], Session], accept: Callable[[Format], None], partial: Path
    ) -> Path:
        """Links to files hold for some hours and for one address: every attempt asks for a new one."""
        session = make_session()
        try:
            file = session.file(target.video)
            accept(file)
            get = _whole if target.start_ms is None else _section
            made = get(session, file, target, partial)
            _require_readable(made)
        except BaseException as error:
            session.close()
            if isinstance(error, BadMediaError):  # What is damaged must not be gone on with.
                shutil.rmtree(partial)
                partial.mkdir()
            raise
        path = self._into / f"{self._name(target)}{made.suffix}"
        with made.open("rb") as handle:
            os.fsync(handle.fileno())
        made.replace(path)
        fsync_folder(path.parent)
        return path

    def _name(self, target: Target) -> str:
        cut_by = "" if target.start_ms is None else f"-{VERSION}"
        return f"{target.key}-{self._max_height}p{cut_by}"


def _whole(session: Session, file: Format, _: Target, partial: Path) -> Path:
    path = partial / f"{_identity(file)}{_suffix(file)}"
    session.download(file, path)
    return path


def _section(session: Session, file: Format, target: Target, partial: Path) -> Path:
    """Files in segments have no byte ranges: they are fetched whole, and the range is cut out of them."""
    source: Path | RemoteFile
    if is_plain_http(file):
        source = RemoteFile(partial / _identity(file), lambda start, stop: session.part(file, start, stop))
    else:
        source = _whole(session, file, target, partial)
    path = partial / "section.mp4"
    cut(source, path, target.start_ms or 0, target.end_ms)
    return path


def _require_readable(path: Path) -> None:
    """Raises BadMediaError when no frame decodes."""
    from share_data.video.frames import iterate

    try:
        next(iterate(path), None)
    except VideoError as error:
        raise BadMediaError(f"what was downloaded cannot be read: {error}") from error


def _identity(file: Format) -> str:
    """Names one encoding of a video, so that only parts of the very same file are joined."""
    return safe_key(f"{file.get('format_id')}-{file.get('vcodec')}-{file.get('filesize')}", 80)


def _suffix(file: Format) -> str:
    """The site's own words never become a suffix; readers look at the content anyhow."""
    return ".webm" if file.get("ext") == "webm" else ".mp4"


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

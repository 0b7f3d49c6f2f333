"""The one place where yt-dlp is used: a session asks the site for metadata and listings, and downloads files."""

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from share_data.errors import MissingDependencyError, SourceError
from share_data.sources.youtube.config import YouTubeConfig
from share_data.sources.youtube.errors import BadMediaError, ExtractionError, TransientError, classified
from share_data.sources.youtube.formats import Format, choose
from share_data.sources.youtube.polite import Politeness
from share_data.sources.youtube.targets import VIDEO_ID, watch_url

_EXTRACTORS = ("YoutubeIE", "YoutubeTabIE", "YoutubePlaylistIE", "YoutubeSearchURLIE")


def downloader(options: dict[str, Any]) -> Any:
    """A `yt_dlp.YoutubeDL` that knows YouTube and no other site. Raises MissingDependencyError."""
    try:
        from yt_dlp import YoutubeDL
        from yt_dlp.extractor import youtube
    except ImportError as error:
        raise MissingDependencyError(
            f"youtube: yt-dlp is not installed ({error}). Run: pip install -U yt-dlp yt-dlp-ejs"
        ) from error
    made = YoutubeDL(options, auto_init=False)
    for name in _EXTRACTORS:
        made.add_info_extractor(getattr(youtube, name)())
    return made


class Session:
    """One yt-dlp instance, which keeps the site's player program and cookies from one video to the next.

    All methods raise YouTubeError, DiskFullError or MissingDependencyError. sleep: waits that many seconds.
    """

    def __init__(self, config: YouTubeConfig, politeness: Politeness, sleep: Callable[[float], None]) -> None:
        self.closed = False
        self._sleep = sleep
        self._ydl = downloader(_options(config))
        self._urlopen = self._ydl.urlopen
        self._pace = politeness.pace
        self._ydl.urlopen = self._ask
        with _translated():
            self._ydl.cookiejar.clear_expired_cookies()  # Reads them, while a bad file is easily told.

    def metadata(self, video: str) -> Mapping[str, Any]:
        """yt-dlp's dictionary of a video: title, channel, license, duration and so on."""
        # The manifests only add further files to choose from.
        self._ydl.params["extractor_args"]["youtube"]["skip"] = ["hls", "dash", "translated_subs"]
        return self._extracted(watch_url(video), process=False)

    def listing(self, url: str, limit: int) -> list[str]:
        """Ids of the first `limit` videos (0: all) of a playlist, channel or search; other entries are passed over."""
        self._ydl.params["playlist_items"] = f"1:{limit or ''}"
        found = self._extracted(url)
        ids = (str(entry.get("id")) for entry in found.get("entries") or () if entry)
        return list(dict.fromkeys(each for each in ids if VIDEO_ID.fullmatch(each)))

    def file(self, video: str) -> Format:
        """The dictionary of a video together with that of the file to fetch of it, whose link holds for some hours."""
        self._ydl.params["extractor_args"]["youtube"]["skip"] = ["translated_subs"]
        return self._extracted(watch_url(video))

    def download(self, file: Format, path: Path) -> None:
        """Download a whole file; `path` + `.part` is gone on with when it is there."""
        with self._media(file):
            self._ydl.dl(str(path), dict(file))
        if not path.is_file():
            raise ExtractionError("yt-dlp says it is done, but left no file")

    def part(self, file: Format, start: int, stop: int) -> tuple[bytes, int]:
        """(the bytes [start, stop) of a file, its length in all); fewer at its end."""
        from yt_dlp.networking import Request
        from yt_dlp.utils import parse_http_range

        headers = {**file.get("http_headers", {}), "Accept-Encoding": "identity", "Range": f"bytes={start}-{stop - 1}"}
        with self._media(file):
            response = self._ydl.urlopen(Request(file["url"], headers=headers))
            first, _, length = parse_http_range(response.headers.get("Content-Range"))
            if first != start or length is None:
                raise BadMediaError("its server sends no parts of files, so no time range can be fetched")
            data = response.read()
        if len(data) != min(stop, length) - start:
            raise TransientError(f"{len(data)} bytes came of a part of {min(stop, length) - start}")
        return data, int(length)

    def close(self) -> None:
        """Close the connections."""
        self.closed = True
        self._ydl.close()

    def _extracted(self, url: str, process: bool = True) -> Mapping[str, Any]:
        with _translated():
            answer = self._ydl.extract_info(url, download=False, process=process)
        if not isinstance(answer, Mapping):
            raise ExtractionError(f"yt-dlp answered with {type(answer).__name__}")
        return answer

    def _ask(self, request: Any) -> Any:
        self._pace()
        return self._urlopen(request)

    @contextmanager
    def _media(self, file: Format) -> Iterator[None]:
        """Requests for a file are not spaced out: the places bound them. The site opens files after a while only."""
        early = float(file.get("available_at") or 0) - time.time()
        if early > 0:
            self._sleep(early)
        self._ydl.urlopen = self._urlopen
        try:
            with _translated():
                yield
        finally:
            self._ydl.urlopen = self._ask


class _Silent:
    """What yt-dlp would print; its errors come as exceptions."""

    def debug(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def error(self, message: str) -> None: ...


def _options(config: YouTubeConfig) -> dict[str, Any]:
    """Options of YoutubeDL. It retries nothing by itself: that is `youtube_retry`'s business."""
    return {
        "logger": _Silent(),
        "color": "no_color",
        "noprogress": True,
        "noplaylist": True,
        "extract_flat": "in_playlist",
        "format": lambda context: [choose(context["formats"], config.max_height)],
        "extractor_args": {"youtube": {"raise_incomplete_data": ["true"]}},
        "js_runtimes": {name: {} for name in ("deno", "node", "bun", "quickjs")},
        "cookiefile": _cookies(config),
        "proxy": config.proxy or None,
        "socket_timeout": config.timeout_s,
        "retries": 0,
        "fragment_retries": 0,
        "extractor_retries": 0,
        "file_access_retries": 0,
        "skip_unavailable_fragments": False,
    }


def _cookies(config: YouTubeConfig) -> io.StringIO | None:
    """The cookies as a stream: yt-dlp writes back to what it reads, and many processes read the user's file."""
    if not config.cookies:
        return None
    try:
        return io.StringIO(Path(config.cookies).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "is no text file"
        raise SourceError(f"{config.label}: cookies {config.cookies!r}: {cause}. Check `cookies`.") from error


@contextmanager
def _translated() -> Iterator[None]:
    """Turn exceptions of yt-dlp, whatever they are, into ours."""
    try:
        yield
    except MissingDependencyError:
        raise
    except Exception as error:
        ours = classified(error)
        if ours is error:
            raise
        raise ours from error

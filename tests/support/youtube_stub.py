"""A stand-in for yt-dlp's YouTube extractors: they read what the local server says. The rest is real."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from youtube_server import Server, serving
from yt_dlp import YoutubeDL
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import ExtractorError

from share_data.records import Video
from share_data.sources.youtube import polite as youtube_polite
from share_data.sources.youtube import site as youtube_site
from share_data.sources.youtube.config import YouTubeConfig
from share_data.sources.youtube.source import YouTubeSource

CREATIVE_COMMONS = "Creative Commons Attribution license (reuse allowed)"


def watch_extractor(base: str) -> InfoExtractor:
    """Videos: `/watch/ID.json` of the server; `error` in it is what the site gives as a reason."""

    class YoutubeIE(InfoExtractor):
        _VALID_URL = r"https://www\.youtube\.com/watch\?v=(?P<id>[0-9A-Za-z_-]{11})"

        def _real_extract(self, url: str) -> Any:
            video = self._match_id(url)
            info = self._download_json(f"{base}/watch/{video}.json", video)
            if info.get("blocked"):
                self.raise_geo_restricted(info["blocked"])
            if info.get("error"):
                raise ExtractorError(info["error"], expected=True)
            for made in info.get("formats", ()):
                made["url"] = base + made["path"]
            return info

    return YoutubeIE()


def list_extractor(base: str) -> InfoExtractor:
    """Playlists, channels and searches: `/list/` of the server and the URL without its host."""

    class YoutubeTabIE(InfoExtractor):
        _VALID_URL = r"https://www\.youtube\.com/(?P<id>(?!watch).+)"

        def _real_extract(self, url: str) -> Any:
            name = self._match_id(url)
            found = self._download_json(f"{base}/list/{name}", name)
            entries = [self.url_result(f"https://www.youtube.com/watch?v={v}", "Youtube", v) for v in found]
            return self.playlist_result(entries, name)

    return YoutubeTabIE()


def stub_downloader(base: str) -> Callable[[dict[str, Any]], YoutubeDL]:
    """In place of `youtube_site.downloader`."""

    def downloader(options: dict[str, Any]) -> YoutubeDL:
        made = YoutubeDL(options, auto_init=False)
        made.add_info_extractor(watch_extractor(base))
        made.add_info_extractor(list_extractor(base))
        return made

    return downloader


def media_format(path: str, size: int, **changes: Any) -> dict[str, Any]:
    """One file of a video, H.264 without sound, 640 x 480."""
    told = {"format_id": "135", "ext": "mp4", "vcodec": "avc1.4d401f", "acodec": "none", "width": 640, "height": 480}
    return {**told, "path": path, "filesize": size, "fps": 30, "tbr": 800, **changes}


def config_of(fields: dict[str, Any]) -> YouTubeConfig:
    """A configuration, with tuples where a recipe's YAML has lists, and without a gap between requests."""
    frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return YouTubeConfig.model_validate({"sleep_s": 0.0, "timeout_s": 10.0, **frozen})


class Site:
    """The local site, and sources that ask it. sleeps: seconds that sources waited, none of them for real."""

    def __init__(self, server: Server, home: Path) -> None:
        self.server = server
        self.into = home / "videos" / "youtube"
        self.sleeps: list[float] = []

    def add(self, video: str, data: bytes = b"", formats: list[dict[str, Any]] | None = None, **facts: Any) -> str:
        """A video under Creative Commons unless `license` says otherwise; returns its id."""
        path = f"/media/{video}.mp4"
        self.server.files[path] = data
        told = {"id": video, "title": f"title of {video}", "channel": "A. Walker", "channel_id": "UC" + 22 * "a"}
        told |= {"license": CREATIVE_COMMONS, "upload_date": "20240229", "duration": 12}
        told |= {"formats": [media_format(path, len(data))] if formats is None else formats, **facts}
        self.server.answer(f"/watch/{video}.json", told)
        return video

    def add_list(self, path: str, *videos: str) -> None:
        """A listing, by its URL without host and query."""
        self.server.answer(f"/list/{path}", videos)

    def source(self, **fields: Any) -> YouTubeSource:
        """A source that waits for nothing."""
        return YouTubeSource(config_of(fields), self.sleeps.append)

    def fetch(self, **fields: Any) -> Path:
        """The file of the one video that a source lists."""
        source = self.source(**fields)
        (video,) = source.list()
        return source.fetch(video, self.into)


@contextmanager
def local_site(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A local site; whatever sources write lies below `folder`."""
    monkeypatch.setenv("SHARE_DATA_HOME", str(folder / "home"))
    monkeypatch.setattr(youtube_polite.tempfile, "tempdir", str(folder))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as server:
        monkeypatch.setattr(youtube_site, "downloader", stub_downloader(server.url))
        yield Site(server, folder / "home")


def fetch_elsewhere(base: str, temporary: str, fields: dict[str, Any], video: Video, into: Path) -> str:
    """Fetch in another process: what the file's content hashes to."""
    youtube_site.downloader = stub_downloader(base)
    youtube_polite.tempfile.tempdir = temporary
    path = YouTubeSource(config_of(fields)).fetch(video, into)
    return sha256(path.read_bytes()).hexdigest()

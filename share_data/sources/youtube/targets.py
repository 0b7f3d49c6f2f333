"""What a recipe may ask for: videos, playlists and channels by id or URL, and time ranges.

Everything is reduced to ids of a known shape, and only addresses made from these are ever asked: no text of a recipe, a
CSV file or the site chooses a host or a path.
"""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

VIDEO_ID = re.compile(r"[0-9A-Za-z_-]{11}")
_PLAYLIST_ID = re.compile(r"[0-9A-Za-z_-]{12,64}")
_CHANNEL_ID = re.compile(r"UC[0-9A-Za-z_-]{22}")
HANDLE = re.compile(r"@[\w.·-]{3,60}")
_OLD_NAME = re.compile(r"[\w.-]{1,60}")
_KEY = re.compile(rf"({VIDEO_ID.pattern})(?:_(\d{{1,9}})_(\d{{1,9}}|end))?")
_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,20})?)")
_HOSTS = ("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "www.youtube-nocookie.com")
_TABS = ("videos", "shorts", "streams")
LAST_MS = 999_999_999
"""The last millisecond that a `Target` can name: more digits than nine would make its key too long."""
_SITE = "https://www.youtube.com"
# YouTube's search filters are a Protocol Buffers message in base64: type = video, feature = Creative Commons.
_ONLY_CREATIVE_COMMONS = "EgQQATAB"


@dataclass(frozen=True, slots=True)
class Target:
    """A video, or the part of it from `start_ms` to `end_ms`, milliseconds; end_ms None: to its end."""

    video: str
    start_ms: int | None = None
    end_ms: int | None = None

    @property
    def key(self) -> str:
        """The `video_id` of its record: at most 31 characters of [A-Za-z0-9_-]."""
        if self.start_ms is None:
            return self.video
        return f"{self.video}_{self.start_ms}_{'end' if self.end_ms is None else self.end_ms}"

    @property
    def url(self) -> str:
        """Its address, with the time range as a media fragment (W3C Media Fragments, `#t=`)."""
        if self.start_ms is None:
            return watch_url(self.video)
        end = "" if self.end_ms is None else f",{seconds(self.end_ms)}"
        return f"{watch_url(self.video)}#t={seconds(self.start_ms)}{end}"

    @classmethod
    def of_key(cls, key: str) -> Self:
        """The target whose `key` this is. Raises ValueError."""
        match = _KEY.fullmatch(key)
        if match is None:
            raise ValueError(f"{key!r} is no key of a YouTube video")
        video, start, end = match.groups()
        return cls(video, None if start is None else int(start), None if end in (None, "end") else int(end))


def watch_url(video: str) -> str:
    """The address of a video by its id."""
    return f"{_SITE}/watch?v={video}"


def video_id(text: str) -> str:
    """The id in an id or URL of a video. Raises ValueError."""
    text = text.strip()
    if VIDEO_ID.fullmatch(text):
        return text
    host, path, query = _address(text)
    candidate = ""
    if host in ("youtu.be", "www.youtu.be"):
        candidate = path[0] if path else ""
    elif host in _HOSTS and path == ["watch"]:
        candidate = query.get("v", [""])[0]
    elif host in _HOSTS and len(path) == 2 and path[0] in ("shorts", "embed", "live", "v"):
        candidate = path[1]
    if not VIDEO_ID.fullmatch(candidate):
        raise ValueError(f"{text!r} is no YouTube video: give its 11-character id, or its URL")
    return candidate


def playlist_url(text: str) -> str:
    """The address of a playlist given by id or URL. Raises ValueError."""
    text = text.strip()
    host, _, query = _address(text)
    candidate = query.get("list", [""])[0] if host in _HOSTS else text
    if not _PLAYLIST_ID.fullmatch(candidate):
        raise ValueError(f"{text!r} is no YouTube playlist: give its id (PL...), or a URL with `list=`")
    return f"{_SITE}/playlist?list={candidate}"


def channel_url(text: str) -> str:
    """The address of a channel's videos, given by @handle, id (UC...) or URL. Raises ValueError.

    A URL that names the tab `shorts` or `streams` keeps it.
    """
    text = text.strip()
    host, path, _ = _address(text)
    place = path if host in _HOSTS else [text]
    tab = place.pop() if place and place[-1] in _TABS else "videos"
    match place:
        case [name] if HANDLE.fullmatch(name):
            found = name
        case [name] | ["channel", name] if _CHANNEL_ID.fullmatch(name):
            found = f"channel/{name}"
        case [("c" | "user") as kind, name] if _OLD_NAME.fullmatch(name):
            found = f"{kind}/{name}"
        case _:
            raise ValueError(f"{text!r} is no YouTube channel: give its @handle, its id (UC...), or its URL")
    return f"{_SITE}/{quote(found, safe='/@')}/{tab}"


def channel_name(text: str) -> str:
    """The @handle or id (UC...) in the URL of a channel's page; other text as it is.

    Raises ValueError for a URL of YouTube's that holds neither.
    """
    host, path, _ = _address(text)
    match path if host in _HOSTS else []:
        case []:
            return text
        case [name, *_] if HANDLE.fullmatch(name):
            return name
        case ["channel", name, *_] if _CHANNEL_ID.fullmatch(name):
            return name
    raise ValueError(f"{text!r} names no channel by its @handle or id (UC...): give one of these, or its name")


def search_url(query: str, only_creative_commons: bool) -> str:
    """The address of a search for videos, where wanted only for those under Creative Commons."""
    words = quote(query, safe="")
    return f"{_SITE}/results?search_query={words}&sp={_ONLY_CREATIVE_COMMONS if only_creative_commons else 'EgIQAQ'}"


def milliseconds(text: str) -> int:
    """A time, `12.5`, `1:02` or `1:02:03.5` (hours, minutes, seconds), in milliseconds, at most `LAST_MS`.

    Raises ValueError.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no time: give seconds, m:s or h:m:s")
    hours, minutes, rest = match.groups()
    time = round(1000 * (3600 * int(hours or 0) + 60 * int(minutes or 0) + float(rest)))
    if time > LAST_MS:
        raise ValueError(f"{text!r} is too late a time: the last one that can be named is {seconds(LAST_MS)} s")
    return time


def seconds(ms: int) -> str:
    """Milliseconds as seconds, exact and without needless zeros: 1234560 is `1234.56`."""
    whole, rest = divmod(ms, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


def _address(text: str) -> tuple[str, list[str], dict[str, list[str]]]:
    """(host, parts of the path, query) of a URL; the host is empty where it is none."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return "", [], {}
    if parts.scheme not in ("http", "https"):
        return "", [], {}
    return (parts.hostname or ""), [unquote(part) for part in parts.path.split("/") if part], parse_qs(parts.query)

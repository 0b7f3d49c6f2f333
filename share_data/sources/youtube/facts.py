"""What is known of a video, and the shelf below SHARE_DATA_HOME where it is kept between runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from share_data.sources.youtube.errors import KINDS, NotReadyError, TransientError, YouTubeError
from share_data.sources.youtube.targets import HANDLE, LAST_MS, VIDEO_ID
from share_data.store.atomic import atomic_write
from share_data.store.hashing import bytes_sha256, canonical_json
from share_data.text import plain_line, without_places

STANDARD_LICENCE = "Standard YouTube License"


@dataclass(frozen=True, slots=True)
class Facts:
    """A video's metadata, or the error that asking for them ended in.

    handle: the channel's @name, empty where it has none; licence: in YouTube's words, which names none under its
    standard one; upload_date: YYYYMMDD; duration_s: 0 where unknown; error: name of a YouTubeError; asked_on: the day
    of asking, ISO 8601, UTC: licences change.
    """

    video: str
    title: str = ""
    channel: str = ""
    channel_id: str = ""
    handle: str = ""
    licence: str = "unknown"
    upload_date: str = ""
    duration_s: float = 0.0
    error: str = ""
    message: str = ""
    asked_on: str = ""

    @classmethod
    def of_info(cls, video: str, info: Mapping[str, Any]) -> Self:
        """From yt-dlp's dictionary.

        Raises NotReadyError for a live stream that is not over, and TransientError when the part is missing that tells
        both the channel and the licence.
        """
        if info.get("live_status") in ("is_live", "is_upcoming", "post_live"):
            raise NotReadyError("a live stream that is not a finished video yet")
        channel = plain_line(info.get("channel") or info.get("uploader"))
        if not channel:
            raise TransientError("the answer lacks the channel, and so the licence: incomplete")
        handle = plain_line(info.get("uploader_id"))
        return cls(
            video,
            title=plain_line(info.get("title")),
            channel=channel,
            channel_id=plain_line(info.get("channel_id")),
            handle=handle if HANDLE.fullmatch(handle) else "",
            licence=plain_line(info.get("license")) or STANDARD_LICENCE,
            upload_date=plain_line(info.get("upload_date")),
            duration_s=_duration(info.get("duration")),
            asked_on=_today(),
        )

    @classmethod
    def of_error(cls, video: str, error: YouTubeError) -> Self:
        """That a video cannot be had, and why."""
        return cls(video, error=type(error).__name__, message=without_places(str(error)), asked_on=_today())

    def require_obtainable(self) -> None:
        """Raises the error that asking ended in; of one that is kept, it says how to ask again."""
        if not self.error:
            return
        kind = KINDS[self.error]
        kept = f" This answer is kept: to ask again, delete {shelf_file(self.video)}." if kind.final else ""
        raise kind(self.message + kept)


def shelf_file(video: str) -> str:
    """Where a `Shelf` keeps the facts of a video, in words for the user."""
    return f"youtube/videos/{video}.json below SHARE_DATA_HOME"


class Shelf:
    """Facts by video, and what playlists, channels and searches held, as JSON files: `videos/`, `listings/`.

    access: what an answer may depend on (cookies, proxy); an error met with another access counts for nothing.
    """

    def __init__(self, folder: Path, access: Sequence[str]) -> None:
        self._folder = folder
        self._access = bytes_sha256(canonical_json(list(access)))[:16]

    def facts(self, video: str) -> Facts | None:
        """What is kept of a video, None for nothing or a file that is not ours."""
        data = _read(self._video(video))
        values: dict[str, Any] = {field.name: data.get(field.name) for field in fields(Facts)}
        if any(not isinstance(value, float if name == "duration_s" else str) for name, value in values.items()):
            return None
        facts = Facts(**values)
        outdated = facts.error and (facts.error not in KINDS or data.get("access") != self._access)
        return None if outdated or facts.video != video or _duration(facts.duration_s) != facts.duration_s else facts

    def keep_facts(self, facts: Facts) -> None:
        """Keep the facts of a video."""
        _write(self._video(facts.video), asdict(facts) | {"access": self._access})

    def listing(self, url: str, limit: int) -> tuple[str, ...] | None:
        """Ids of the videos that a playlist, channel or search held when it was asked, None if it never was."""
        videos = _read(self._listing(url, limit)).get("videos")
        if not isinstance(videos, list) or not all(isinstance(v, str) and VIDEO_ID.fullmatch(v) for v in videos):
            return None
        return tuple(videos)

    def keep_listing(self, url: str, limit: int, videos: Sequence[str]) -> None:
        """Keep what a listing holds."""
        data = {"url": url, "limit": limit, "videos": list(videos), "asked_on": _today()}
        _write(self._listing(url, limit), data)

    def _video(self, video: str) -> Path:
        return self._folder / "videos" / f"{video}.json"

    def _listing(self, url: str, limit: int) -> Path:
        return self._folder / "listings" / f"{bytes_sha256(canonical_json([url, limit]))[:16]}.json"


def _duration(told: Any) -> float:
    """Seconds; 0 for what is no length of a video."""
    try:
        value = float(told)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return value if 0 <= 1000 * value <= LAST_MS else 0.0


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(path: Path, data: Mapping[str, Any]) -> None:
    atomic_write(path, json.dumps(data, ensure_ascii=False, indent=1).encode())

"""The recipe section of a YouTube source."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator

from share_data.sources.base import SourceConfig
from share_data.sources.youtube.targets import channel_url, playlist_url, video_id
from share_data.strict import StrictModel

Licence = Literal["creative_commons", "youtube_standard", "any"]


class SearchConfig(StrictModel):
    """A search, in the order YouTube ranks its results."""

    query: str = Field(min_length=1, max_length=200)
    count: int = Field(20, ge=1, le=1000, description="Videos to take, from the top.")


class YouTubeConfig(SourceConfig):
    """Which videos of YouTube, under which licences, and how gently they are fetched."""

    kind: Literal["youtube"] = "youtube"
    videos: tuple[str, ...] = Field((), description="Ids or URLs.")
    csv: str = Field(
        "", description="CSV file of videos and ranges (`id`, `start`, `end`); relative to the working directory."
    )
    playlists: tuple[str, ...] = Field((), description="Ids or URLs.")
    channels: tuple[str, ...] = Field((), description="@handles, ids (UC...) or URLs; their tab `videos`.")
    searches: tuple[SearchConfig, ...] = ()
    limit: int = Field(0, ge=0, description="Videos to take of each playlist and channel, from the top; 0: all.")
    licences: tuple[Licence, ...] = Field(
        ("creative_commons",),
        min_length=1,
        description="Accepted licences; 'youtube_standard' is YouTube's default one, which grants no reuse.",
    )
    max_height: int = Field(1080, ge=144, description="Largest short side of the picture, in pixels.")
    cookies: str = Field("", description="Netscape cookies.txt file of a signed-in browser; read, never written.")
    proxy: str = Field("", description="Proxy URL without a password; default: the environment's HTTPS_PROXY.")
    sleep_s: float = Field(1.0, ge=0, description="Seconds between requests to the site, over all of a machine.")
    concurrency: int = Field(
        2, ge=1, le=16, description="Videos downloaded at a time, by a build and over all of a machine."
    )
    retries: int = Field(3, ge=0, le=20, description="Further attempts when an error may pass.")
    timeout_s: float = Field(30.0, gt=0, description="Seconds to wait for an answer.")

    @property
    def at_once(self) -> int:
        """A worker more would only wait for its turn."""
        return self.concurrency

    @field_validator("videos", "playlists", "channels")
    @classmethod
    def _of_known_shape(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        parse = {"videos": video_id, "playlists": playlist_url, "channels": channel_url}[info.field_name or ""]
        for value in values:
            parse(value)
        return values

    @field_validator("proxy")
    @classmethod
    def _no_secret(cls, value: str) -> str:
        """The recipe becomes part of the corpus."""
        parts = urlsplit(value)
        if parts.username or parts.password:
            raise ValueError("must hold no user or password: set HTTPS_PROXY in the environment instead")
        if value and not (parts.scheme and parts.hostname):
            raise ValueError("must be a URL such as http://host:8080 or socks5://host:1080")
        return value

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not (self.videos or self.csv or self.playlists or self.channels or self.searches):
            raise ValueError("give some `videos`, `playlists`, `channels`, `searches` or a `csv`")
        return self

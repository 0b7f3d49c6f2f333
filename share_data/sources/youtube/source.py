"""Videos of YouTube, through yt-dlp: metadata first, then only what the recipe's licences allow."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

from share_data.errors import LicenceError, SourceError
from share_data.ledger.opt_out import Spelling
from share_data.needs import Need
from share_data.records import Video
from share_data.sources.youtube.config import YouTubeConfig
from share_data.sources.youtube.csv import read_targets
from share_data.sources.youtube.enquiry import Enquiry
from share_data.sources.youtube.errors import YouTubeError
from share_data.sources.youtube.facts import Facts, Shelf, shelf_file
from share_data.sources.youtube.fetch import Fetcher
from share_data.sources.youtube.formats import Format
from share_data.sources.youtube.licence import is_creative_commons, require_accepted
from share_data.sources.youtube.needs import needs_of
from share_data.sources.youtube.polite import Politeness
from share_data.sources.youtube.site import Session
from share_data.sources.youtube.spelling import SPELLING
from share_data.sources.youtube.targets import (
    Target,
    channel_url,
    playlist_url,
    search_url,
    seconds,
    video_id,
    watch_url,
)
from share_data.store.paths import data_home
from share_data.truth import GroundTruth


class YouTubeSource:
    """Lists videos and time ranges in the recipe's order, each once: videos, csv, playlists, channels, searches.

    The site is asked about each video once; answers are kept below SHARE_DATA_HOME/youtube, so that the next `list` is
    offline and the same. What cannot be had is listed too, and its `fetch` raises why. sleep: waits that many seconds.
    """

    kind: ClassVar[str] = "youtube"
    Config: ClassVar[type[YouTubeConfig]] = YouTubeConfig
    spelling: ClassVar[Spelling] = SPELLING

    def __init__(self, config: YouTubeConfig, sleep: Callable[[float], None] = time.sleep) -> None:
        self.config = config
        self._sleep = sleep
        self._politeness = Politeness(config.sleep_s, config.concurrency, sleep)
        self._open: Session | None = None

    @classmethod
    def needs(cls, config: YouTubeConfig) -> list[Need]:
        """yt-dlp and its age, its JavaScript runtime, and the files the recipe names."""
        return needs_of(config)

    def list(self) -> Iterator[Video]:
        """Every video, with its metadata.

        Raises SourceError when a listing cannot be read, and when the site refuses to go on: what it has answered so
        far is kept, and the next call continues there. Raises MissingDependencyError without yt-dlp.
        """
        shelf = Shelf(data_home() / "youtube", (self.config.cookies, self.config.proxy))
        with Enquiry(self.config.label, shelf, self._session, self.config.retries, self._sleep) as enquiry:
            targets = [*dict.fromkeys(self._targets(enquiry))]
            if not targets:
                raise SourceError(f"{self.config.label}: its listings and its csv hold no video. Check them.")
            for number, target in enumerate(targets):
                try:
                    facts = enquiry.facts(target.video)
                except YouTubeError as error:
                    done = f"{number} of {len(targets)} videos are looked up and kept; the next build goes on there"
                    raise type(error)(f"{error} ({done}.)") from error
                yield self._video(target, facts)

    def fetch(self, video: Video, into: Path) -> Path:
        """A file of the picture, without sound: made under `into`, or found there.

        Raises what kept the video from being had, LicenceError (both without asking the site), YouTubeError,
        DiskFullError, and SourceError for a video this source did not list.
        """
        target = self._usable(video)
        fetcher = self._fetcher(into)
        existing = fetcher.existing(target)
        if existing is not None:
            return existing
        with self._politeness.place():
            return fetcher.fetch(video.unit, target, self._session, partial(self._still_accepted, video))

    def held(self, video: Video, into: Path) -> Path | None:
        """The file that `fetch` would return without asking the site, None where there is none."""
        try:
            return self._fetcher(into).existing(self._usable(video))
        except SourceError:
            return None

    def truth(self, video: Video) -> GroundTruth | None:
        """None: nobody measured these videos."""
        return None

    def _targets(self, enquiry: Enquiry) -> Iterator[Target]:
        yield from (Target(video_id(text)) for text in self.config.videos)
        if self.config.csv:
            yield from read_targets(Path(self.config.csv).expanduser(), self.config.label)
        listings = [(playlist_url(text), self.config.limit) for text in self.config.playlists]
        listings += [(channel_url(text), self.config.limit) for text in self.config.channels]
        free = set(self.config.licences) == {"creative_commons"}
        listings += [(search_url(search.query, free), search.count) for search in self.config.searches]
        for url, limit in listings:
            yield from map(Target, enquiry.listing(url, limit))

    def _fetcher(self, into: Path) -> Fetcher:
        return Fetcher(into, self.config.max_height, self.config.retries, self._sleep)

    def _session(self) -> Session:
        """One for all videos, until an error closes it: the site's player program is loaded once."""
        if self._open is None or self._open.closed:
            self._open = Session(self.config, self._politeness, self._sleep)
        return self._open

    def _usable(self, video: Video) -> Target:
        """Raises what kept the video from being had, LicenceError, and SourceError for one that was not listed."""
        try:
            target = Target.of_key(video.video_id)
        except ValueError as error:
            raise SourceError(f"{video.unit}: {error}. List the source again.") from error
        if video.labels.get("error"):
            Facts(target.video, error=video.labels["error"], message=video.labels["message"]).require_obtainable()
        require_accepted(video.licence, self.config.licences, video.unit)
        return target

    def _still_accepted(self, video: Video, file: Format) -> None:
        """Owners change licences. Raises LicenceError, also where the record would promise more than holds now."""
        facts = Facts.of_info(Target.of_key(video.video_id).video, file)
        require_accepted(facts.licence, self.config.licences, video.unit)
        if video.redistributable and not is_creative_commons(facts.licence):
            raise LicenceError(
                f"{video.unit}: was listed under {video.licence!r} and is under {facts.licence!r} now. To take it "
                f"under that, delete {shelf_file(facts.video)} and build again."
            )

    def _video(self, target: Target, facts: Facts) -> Video:
        free = is_creative_commons(facts.licence)
        return Video(
            source=self.config.label,
            video_id=target.key,
            uri=target.url,
            licence=facts.licence,
            redistributable=free,
            attribution=f"{facts.channel}, {watch_url(target.video)}" if facts.channel else "",
            title=facts.title,
            labels=_labels(target, facts),
        )


def _labels(target: Target, facts: Facts) -> dict[str, str]:
    labels = {
        "id": target.video,
        "channel": facts.channel,
        "channel_id": facts.channel_id,
        "channel_handle": facts.handle,
        "upload_date": facts.upload_date,
        "duration_s": seconds(round(1000 * facts.duration_s)) if facts.duration_s else "",
        "start_s": "" if target.start_ms is None else seconds(target.start_ms),
        "end_s": "" if target.end_ms is None else seconds(target.end_ms),
        "error": facts.error,
        "message": facts.message,
    }
    return {name: value for name, value in labels.items() if value}

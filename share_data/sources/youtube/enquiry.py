"""Asking the site about many videos: what is on the shelf is not asked again, so an interrupted listing goes on."""

from collections.abc import Callable
from typing import Self, TypeVar

from share_data.sources.youtube.errors import BadMediaError, NotReadyError, RateLimitError, YouTubeError
from share_data.sources.youtube.facts import Facts, Shelf
from share_data.sources.youtube.retry import persist
from share_data.sources.youtube.site import Session

T = TypeVar("T")

# Single videos fail for reasons of their own; so many one after another, the network or the site is to blame.
_MOST_FAILURES_RUNNING = 5
# These the site has said of the video itself, as it does every final error.
_OF_THE_VIDEO = (NotReadyError, BadMediaError)


class Enquiry:
    """Facts and listings from the shelf, or from the site where the shelf has none. A context manager.

    session: makes a session, when the first question needs one.
    """

    def __init__(
        self, label: str, shelf: Shelf, session: Callable[[], Session], retries: int, sleep: Callable[[float], None]
    ) -> None:
        self._label = label
        self._shelf = shelf
        self._make_session = session
        self._session: Session | None = None
        self._retries = retries
        self._sleep = sleep
        self._failures_running = 0
        self._failed: dict[str, Facts] = {}

    def listing(self, url: str, limit: int) -> tuple[str, ...]:
        """Ids of the videos of a playlist, channel or search, as it was when it was first asked for.

        It is kept whole or not at all: the site's pages cannot be entered in the middle, and are few beside the videos.
        Raises YouTubeError.
        """
        videos = self._shelf.listing(url, limit)
        if videos is None:
            videos = tuple(self._ask(url, lambda session: session.listing(url, limit)))
            self._shelf.keep_listing(url, limit, videos)
        return videos

    def facts(self, video: str) -> Facts:
        """Metadata of a video, or the error that asking for it ended in; final ones are kept, others asked again.

        Raises YouTubeError when there is no point in going on with further videos.
        """
        kept = self._shelf.facts(video) or self._failed.get(video)
        if kept is not None:
            return kept
        try:
            facts = self._ask(video, lambda session: Facts.of_info(video, session.metadata(video)))
        except YouTubeError as error:
            facts = Facts.of_error(video, error)
            answered = error.final or isinstance(error, _OF_THE_VIDEO)
            self._failures_running = 0 if answered else self._failures_running + 1
            if isinstance(error, RateLimitError) or self._failures_running >= _MOST_FAILURES_RUNNING:
                raise
            if not error.final:
                self._failed[video] = facts
                return facts
        else:
            self._failures_running = 0
        self._shelf.keep_facts(facts)
        return facts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._session is not None:
            self._session.close()

    def _ask(self, what: str, question: Callable[[Session], T]) -> T:
        session = self._session or self._make_session()
        self._session = session
        return persist(f"{self._label}/{what}", lambda: question(session), self._retries, self._sleep)

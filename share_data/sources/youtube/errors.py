"""What can go wrong with a video of YouTube, which of it may pass, and how yt-dlp's exceptions are told apart.

The names stand in the ledger and are what `build --retry failed:NAME` takes. A licence that the recipe does not accept
is `errors.LicenceError`.
"""

import errno
import re
from collections.abc import Iterator
from typing import ClassVar

from share_data.errors import DiskFullError, SourceError

LONGEST_WAIT_S = 900.0


class YouTubeError(SourceError):
    """Base of these errors.

    passing: may be gone in a moment, so that it is tried again at once, with a growing wait that begins at `wait_s`;
    final: asking again another day, with the same access, gives the same answer, so that the one to a listing is kept
    and repeated until its file is deleted (`youtube_facts.Shelf`); remedy: what the user can do; retry_after: seconds
    the server asked to wait, 0 where it did not.
    """

    passing: ClassVar[bool] = False
    final: ClassVar[bool] = False
    wait_s: ClassVar[float] = 2.0
    remedy: ClassVar[str] = ""

    def __init__(self, text: str, retry_after: float = 0.0) -> None:
        super().__init__(text)
        self.retry_after = retry_after

    def wait(self, failures: int) -> float:
        """Seconds to wait before the next attempt, after this many failures in a row."""
        grown = self.wait_s * 2.0 ** (max(failures, 1) - 1)
        return min(max(grown, self.retry_after), LONGEST_WAIT_S)


class TransientError(YouTubeError):
    """A lost connection, a server's own error, an incomplete answer."""

    passing = True
    remedy = "Build again."


class DownloadTimeoutError(YouTubeError):
    """No answer within `timeout_s`."""

    passing = True
    remedy = "Build again, or raise `timeout_s`."


class RateLimitError(YouTubeError):
    """Too many requests, or the site takes this machine for a bot."""

    passing = True
    wait_s = 30.0
    remedy = "Wait (an hour is usual) and build again; raise `sleep_s`, lower `concurrency`, or give `cookies`."


class ForbiddenError(YouTubeError):
    """The site refuses to serve the file (HTTP 403), also with a fresh link."""

    passing = True
    remedy = "Update with `pip install -U yt-dlp yt-dlp-ejs`, see `share-data doctor`; some files need `cookies`."


class GoneError(YouTubeError):
    """Removed, or never there."""

    final = True
    remedy = "Leave it, or take it out of the recipe."


class PrivateError(YouTubeError):
    """Private, for members or payers, or behind an age check."""

    final = True
    remedy = "Give `cookies` of an account that may see it."


class GeoBlockedError(YouTubeError):
    """Not served in this country."""

    final = True
    remedy = "Give a `proxy` in a country where it is."


class NotReadyError(YouTubeError):
    """A live stream or a premiere that is not a finished video yet."""

    remedy = "Build again once it is over."


class BadMediaError(YouTubeError):
    """No file fit for measuring: only upscaled, cropped, protected or larger ones, or it cannot be decoded."""

    remedy = "Leave it, or raise `max_height` if that is the reason."


class ExtractionError(YouTubeError):
    """yt-dlp does not understand what the site answered."""

    remedy = "Update with `pip install -U yt-dlp yt-dlp-ejs` and build again."


KINDS: dict[str, type[YouTubeError]] = {
    kind.__name__: kind
    for kind in (
        *(TransientError, DownloadTimeoutError, RateLimitError, ForbiddenError, GoneError, PrivateError),
        *(GeoBlockedError, NotReadyError, BadMediaError, ExtractionError),
    )
}

_STATUS: dict[int, type[YouTubeError]] = {
    402: RateLimitError,
    403: ForbiddenError,
    404: GoneError,
    408: DownloadTimeoutError,
    410: GoneError,
    429: RateLimitError,
}

# In this order: "sign in" is said of bots, of private videos and of age checks alike. The words are YouTube's own and
# yt-dlp's, as of its release 2026.10.26.
_WORDS: tuple[tuple[type[YouTubeError], str], ...] = (
    (RateLimitError, r"not a bot|captcha|rate.?limit|try again later|too many requests|unusual traffic"),
    (GeoBlockedError, r"in your country|in your location|geo.?restrict"),
    (PrivateError, r"private|members.only|join this channel|confirm your age|age.restricted|requires payment"),
    (PrivateError, r"premium members|sign in|log ?in|registered users"),
    (TransientError, r"temporar"),
    (NotReadyError, r"premieres? in|will begin|upcoming|live stream|currently live"),
    (BadMediaError, r"drm protected|only images are available|requested format is not available"),
    (GoneError, r"unavailable|not available|no longer|removed|terminated|does not exist|deleted|copyright|truncated"),
    (DownloadTimeoutError, r"timed? ?out"),
    (
        TransientError,
        r"bytes read|incomplete|connection|unable to download|content too short|data blocks|name resolution|reset by",
    ),
)
_NOISE = re.compile(r"^(\s*ERROR:\s*)?(\s*\[download\] Got error:\s*)?|;? *please report this issue on .*", re.DOTALL)


def classified(error: BaseException) -> SourceError | DiskFullError:
    """The error of ours that an exception of yt-dlp, or one on its way through it, stands for. Ours pass unchanged.

    The types decide first, then an HTTP status, then the words.
    """
    chain = list(_chain(error))
    text = said(error)
    for each in chain:
        if isinstance(each, SourceError | DiskFullError):
            return each
        if isinstance(each, OSError) and each.errno in (errno.ENOSPC, errno.EDQUOT):
            return DiskFullError(f"no space left for a download: {text}. Free some space and run again.")
    names = {type(each).__name__ for each in chain}
    if "CookieLoadError" in names:
        return SourceError("the cookies are not in Netscape's format. Export them as a cookies.txt file.")
    if "GeoRestrictedError" in names:
        return GeoBlockedError(text)
    status, retry_after = _status(chain, text)
    if status in _STATUS:
        return _STATUS[status](text, retry_after)
    if status >= 500:
        return TransientError(text, retry_after)
    for kind, words in _WORDS:
        if re.search(words, text, re.IGNORECASE):
            return kind(text)
    if any(isinstance(each, TimeoutError) for each in chain):
        return DownloadTimeoutError(text)
    passing = any(isinstance(each, OSError) for each in chain) or names & {"TransportError", "ContentTooShortError"}
    return TransientError(text) if passing else ExtractionError(text)


def said(error: BaseException) -> str:
    """An exception's message without yt-dlp's framing and its plea for a report."""
    text = " ".join(_NOISE.sub("", str(error)).split()).rstrip(".")
    return text or type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and those it came from: yt-dlp keeps them in `exc_info` and `cause`."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        origin = getattr(each, "exc_info", None) or (None, None)
        waiting += [origin[1], getattr(each, "cause", None), each.__cause__, each.__context__]


def _status(chain: list[BaseException], text: str) -> tuple[int, float]:
    """(HTTP status, seconds the server asks to wait), 0 where unknown. yt-dlp leaves some statuses in the text only."""
    for each in chain:
        status = getattr(each, "status", None)
        if isinstance(status, int):
            headers = getattr(getattr(each, "response", None), "headers", None) or {}
            asked = str(headers.get("Retry-After") or "")
            return status, float(asked) if asked.isdecimal() else 0.0
    found = re.search(r"HTTP Error (\d{3})", text)
    return (int(found[1]) if found else 0), 0.0

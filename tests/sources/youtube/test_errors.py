"""Which error an exception of yt-dlp stands for, and how often and how slowly it is tried again."""

import errno
import sys

import pytest
from yt_dlp.networking.exceptions import IncompleteRead, TransportError
from yt_dlp.utils import ContentTooShortError, DownloadError, ExtractorError, GeoRestrictedError

from share_data.errors import DiskFullError, LicenceError
from share_data.sources.youtube.errors import (
    KINDS,
    BadMediaError,
    DownloadTimeoutError,
    ExtractionError,
    ForbiddenError,
    GeoBlockedError,
    GoneError,
    NotReadyError,
    PrivateError,
    RateLimitError,
    TransientError,
    YouTubeError,
    classified,
)
from share_data.sources.youtube.retry import persist


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Sign in to confirm you\u2019re not a bot. Use --cookies-from-browser or --cookies", RateLimitError),
        ("This content isn't available, try again later. The current session has been rate-limited", RateLimitError),
        ("YouTube is requiring a captcha challenge before playback", RateLimitError),
        ("HTTP Error 429: Too Many Requests", RateLimitError),
        ("unable to download video data: HTTP Error 403: Forbidden", ForbiddenError),
        ("Video unavailable. This video contains content from X, who has blocked it in your country", GeoBlockedError),
        ("Private video. Sign in if you've been granted access to this video", PrivateError),
        ("Join this channel to get access to members-only content like this video", PrivateError),
        ("Sign in to confirm your age. This video may be inappropriate for some users", PrivateError),
        ("This video requires payment to watch", PrivateError),
        ("Video unavailable. This video is no longer available due to a copyright claim by X", GoneError),
        ("This video has been removed by the uploader", GoneError),
        ("Video unavailable. The account associated with this video has been terminated", GoneError),
        ("HTTP Error 410: Gone", GoneError),
        ("Premieres in 3 hours", NotReadyError),
        ("This live event will begin in 2 days", NotReadyError),
        ("This video is DRM protected", BadMediaError),
        ("[download] Got error: The read operation timed out", DownloadTimeoutError),
        ("HTTP Error 503: Service Unavailable", TransientError),
        ("[download] Got error: 2000 bytes read, 500 more expected", TransientError),
        ("Unable to download webpage: [Errno -3] Temporary failure in name resolution", TransientError),
        ("Incomplete data received", TransientError),
        ("Unable to extract yt initial data", ExtractionError),
    ],
)
def test_the_words_of_the_site_tell(words: str, kind: type[YouTubeError]) -> None:
    assert type(classified(DownloadError(f"ERROR: [youtube] abc: {words}"))) is kind


def test_the_type_tells_before_the_words() -> None:
    assert type(classified(GeoRestrictedError("Sign in, it is private"))) is GeoBlockedError
    assert type(classified(TransportError("no route"))) is TransientError
    assert type(classified(IncompleteRead(partial=3))) is TransientError
    assert type(classified(ContentTooShortError(1, 2))) is TransientError
    assert type(classified(TimeoutError())) is DownloadTimeoutError
    assert type(classified(ConnectionResetError())) is TransientError
    assert type(classified(KeyError("videoDetails"))) is ExtractionError


def test_what_yt_dlp_wraps_is_found() -> None:
    """As `YoutubeDL.trouble` does: the original is in `exc_info`, its cause in `cause`."""
    try:
        raise ExtractorError("Unable to download API page", cause=OSError(errno.ENOSPC, "No space left on device"))
    except ExtractorError:
        wrapped = DownloadError("ERROR: Unable to download API page", sys.exc_info())
    assert isinstance(classified(wrapped), DiskFullError)
    ours = LicenceError("not this one")
    assert classified(DownloadError("ERROR: x", (LicenceError, ours, None))) is ours


def test_the_message_is_kept_without_the_framing() -> None:
    error = ExtractorError("Unable to extract   yt initial data", video_id="abc", ie="youtube")
    assert "please report" in str(error)
    told = str(classified(DownloadError(f"ERROR: {error}")))
    assert told == "[youtube] abc: Unable to extract yt initial data"


def test_every_error_tells_what_to_do() -> None:
    assert all(kind.remedy.endswith(".") for kind in KINDS.values())
    assert {name for name, kind in KINDS.items() if kind.final} == {"GoneError", "PrivateError", "GeoBlockedError"}


class _Trouble:
    """Raises the given errors one after another, then returns."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.attempts = 0

    def __call__(self) -> str:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def test_passing_errors_are_waited_out_with_doubling_waits() -> None:
    sleeps: list[float] = []
    trouble = _Trouble(TransientError("a"), TransientError("b"), RateLimitError("c"), RateLimitError("d", 7.0))
    assert persist("yt/x", trouble, 4, sleeps.append) == "done"
    assert sleeps == [2.0, 4.0, 120.0, 240.0]
    sleeps.clear()
    persist("yt/x", _Trouble(*[RateLimitError("a", 5000.0)] * 20), 20, sleeps.append)
    assert sleeps == [900.0] * 20


@pytest.mark.parametrize(
    "error", [GoneError("a"), BadMediaError("a"), ExtractionError("a"), LicenceError("a"), ValueError("a")]
)
def test_other_errors_are_not_tried_again(error: Exception) -> None:
    trouble = _Trouble(error)
    with pytest.raises(type(error)):
        persist("yt/x", trouble, 4, pytest.fail)
    assert trouble.attempts == 1


def test_the_last_error_names_the_unit_the_remedy_and_the_first() -> None:
    trouble = _Trouble(TransientError("lost"), TransientError("lost again"), GoneError("gone"))
    with pytest.raises(GoneError) as caught:
        persist("yt/x", trouble, 4, lambda _: None)
    assert str(caught.value) == f"yt/x: gone. It began with TransientError: lost. {GoneError.remedy}"
    with pytest.raises(TransientError) as caught_same:
        persist("yt/x", _Trouble(TransientError("lost"), TransientError("lost")), 1, lambda _: None)
    assert str(caught_same.value) == f"yt/x: lost. {TransientError.remedy}"


def test_attempts_with_progress_are_free() -> None:
    done = iter(range(100))
    trouble = _Trouble(*[TransientError("cut")] * 10)
    assert persist("yt/x", trouble, 0, lambda _: None, lambda: next(done)) == "done"

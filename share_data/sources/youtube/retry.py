"""Trying again: a bounded number of times, with waits that double, and with the first failure kept."""

from collections.abc import Callable
from typing import TypeVar

from share_data.sources.youtube.errors import YouTubeError

T = TypeVar("T")


def persist(
    unit: str,
    attempt: Callable[[], T],
    retries: int,
    sleep: Callable[[float], None],
    progress: Callable[[], int] = lambda: 0,
) -> T:
    """What `attempt` returns, tried again while its errors are passing ones.

    retries: attempts after the first; one that got further, by `progress` (say, bytes on disk), is not counted.
    Raises the last YouTubeError, with `unit`, the remedy and the first one's words.
    """
    first: YouTubeError | None = None
    failures = 0
    while True:
        before = progress()
        try:
            return attempt()
        except YouTubeError as error:
            first = first or error
            failures = 0 if progress() > before else failures + 1
            if not error.passing or failures > retries:
                raise _full(unit, error, first) from first
            sleep(error.wait(failures))


def _full(unit: str, last: YouTubeError, first: YouTubeError) -> YouTubeError:
    text = f"{unit}: {last}."
    if first is not last and (type(first), str(first)) != (type(last), str(last)):
        text += f" It began with {type(first).__name__}: {first}."
    return type(last)(f"{text} {last.remedy}".rstrip(), last.retry_after)

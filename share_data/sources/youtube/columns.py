"""What the columns of published clip lists mean: which holds the video, and which its time range, by their names.

Panda-70M: `videoID, url, timestamp`, a list of ranges a row. Kinetics: `youtube_id, time_start, time_end`. AVA:
`video_id, middle_frame_timestamp`; of its speech: `label_start_timestamp_seconds`. AudioSet: `YTID, start_seconds,
end_seconds`. InternVid: `YoutubeID, Start_timestamp, End_timestamp`. HowTo100M style: `video_id, start, end`, also with
a list in each.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from share_data.errors import SourceError

VIDEO = ("id", "videoid", "video_id", "youtube_id", "youtubeid", "yt_id", "ytid", "url", "video_url")
_BOUND = ("{}", "{}_time", "time_{}", "{}_sec", "{}_secs", "{}_s", "{}_second", "{}_seconds", "{}_timestamp",
          "clip_{}", "clip_{}_time", "segment_{}", "label_{}_timestamp_seconds")  # fmt: skip
START, END = (tuple(form.format(bound) for form in _BOUND) for bound in ("start", "end"))
RANGES = ("timestamp", "timestamps", "ranges", "segments")
MIDDLE = ("middle_frame_timestamp",)
"""AVA's: the middle of a segment of three seconds."""
KNOWN = (
    "`id` or `url`, and where wanted `start` and `end` (seconds, m:s or h:m:s), or, as published lists name them, "
    "`videoID` or `youtube_id`, and `time_start` and `time_end`, `start_time` and `end_time`, `start_sec` and "
    "`end_sec`, `clip_start` and `clip_end`, `middle_frame_timestamp`, or `timestamp` with a list of [start, end]"
)
_TIME_WORD = re.compile(
    r"starts?|ends?|begins?|beginning|stop|onset|offset|times?|timestamps?|secs?|seconds?|ms|msec|milliseconds?"
    r"|segments?|ranges?|intervals?|span|t[01]"
)
_BOUNDS = ("from", "to")
# When something was done to a video is no time in it, and what names or counts a piece of it is none either.
_OTHER_WORD = re.compile(
    r"upload(ed)?|publish(ed)?|created?|crawl(ed)?|download(ed)?|updated?|added|accessed|retrieved"
    r"|per|id|name|text|label|caption|score|path|file|n|num|number|count"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names as the file has them, empty for what it has not: either a start or an end or both, or ranges, or middle."""

    video: str
    start: str = ""
    end: str = ""
    ranges: str = ""
    middle: str = ""


def columns_of(header: Sequence[str], place: str) -> Columns:
    """The columns of a list by its first line; those that are not about videos and times are passed over.

    Raises SourceError, which begins with `place`, where no column holds the video, where two hold the same, and where
    columns look like times and are not understood: the whole video would be taken in place of a part of it.
    """
    names = {_plain(name): name for name in header}
    video = next((names[name] for name in VIDEO if name in names), None)
    if video is None:
        raise SourceError(f"{place}: the first line must name the columns {KNOWN}.")
    start, end, middle = (_only(names, known, place) for known in (START, END, MIDDLE))
    ranges = "" if start or end or middle else _only(names, RANGES, place)
    found = Columns(video, start, end, ranges, middle)
    if (start and end) or ranges or middle:
        return found
    unknown = [name for name in header if name not in (video, start, end) and _looks_like_time(name, bool(start))]
    if unknown:
        told = ", ".join(repr(name.strip()) for name in unknown)
        raise SourceError(f"{place}: cannot tell the times in {told}. Rename or remove them; known are {KNOWN}.")
    return found


def _plain(name: str) -> str:
    """`# YTID` is `ytid`, `Start Time` is `start_time`."""
    return re.sub(r"[\s-]+", "_", name.strip().lstrip("#").strip().lower())


def _only(names: Mapping[str, str], known: Sequence[str], place: str) -> str:
    found = [names[name] for name in known if name in names]
    if len(found) > 1:
        told = " and ".join(repr(name.strip()) for name in found)
        raise SourceError(f"{place}: {told} mean the same. Remove all but one of them.")
    return found[0] if found else ""


def _looks_like_time(name: str, started: bool) -> bool:
    """started: there is a start but no end, so that a duration is not the video's."""
    words = {word.lower() for word in _WORD.findall(name)}
    if started and words & {"duration", "length"}:
        return True
    of_time, of_others = (any(map(pattern.fullmatch, words)) for pattern in (_TIME_WORD, _OTHER_WORD))
    return _plain(name) in _BOUNDS or (of_time and not of_others)

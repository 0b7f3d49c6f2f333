"""What the pictures of a video's file are, what was done to them on the way to upright RGB, and where they are."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats

TimesSource = Literal["stored", "nominal"]
Transfer = Literal["sdr", "hlg", "pq"]
Unusual = Literal[
    "frames_lost", "nominal_times", "several_tracks", "hlg", "pq", "interlaced", "full_range", "mirrored", "off_centre"
]
AS_STORED = "as stored"
MAX_SPANS = 100
"""Spans of lost frames that are told apart; beyond, those nearest to each other become one."""


class Span(NamedTuple):
    """Where frames were left out: after `begin` and before `end` seconds, `frames` of them."""

    begin: float
    end: float
    frames: int


@dataclass(frozen=True, slots=True)
class Footage:
    """What the pictures of a video's file are, and what was done to them.

    times: `stored` in the file, or `nominal`: it has none, so frame number / rate; frames_lost: left out because they
    are damaged, missing, or rest on such frames; lost: where, in order; display: how the stored picture is turned or
    mirrored to be upright, `as stored` where it is not; video_track: which track was taken among which, empty where
    there is one; transfer: `sdr`, or one of the two high dynamic ranges; principal_point: where the middle of the whole
    picture lies in one that its container crops, pixels of the upright image, None where that is its middle; done: what
    was done to the pictures, in words.
    """

    times: TimesSource = "stored"
    frames_lost: int = 0
    lost: tuple[Span, ...] = ()
    display: str = AS_STORED
    video_track: str = ""
    transfer: Transfer = "sdr"
    interlaced: bool = False
    full_range: bool = False
    principal_point: tuple[float, float] | None = None
    done: tuple[str, ...] = ()

    def losing(self, spans: list[Span]) -> Self:
        """The same with these losses, in order of time; counted truly, and told apart up to `MAX_SPANS`."""
        return replace(self, frames_lost=sum(span.frames for span in spans), lost=_merged(spans))

    def within(self, times: Floats) -> Self:
        """The same for a part of the video. times: (T,) seconds of its frames; losses at its ends are not its own.

        Where spans have become one, those that reach into the part count in full.
        """
        spans = [span for span in self.lost if span.begin < times[-1] and span.end > times[0]]
        return replace(self, frames_lost=sum(span.frames for span in spans), lost=tuple(spans))

    def losses(self) -> str:
        """How many frames are lost and where, in words; empty where none is."""
        if not self.frames_lost:
            return ""
        told = [f"{span.frames} at {span.begin:.2f}-{span.end:.2f} s" for span in self.lost[:10]]
        more = [f"{len(self.lost) - 10} more places"] if len(self.lost) > 10 else []
        return f"{self.frames_lost} frame(s) lost: {', '.join(told + more)}"

    def unusual(self) -> list[Unusual]:
        """What a user may want to count videos by, or to leave out."""
        found: dict[Unusual, bool] = {
            "frames_lost": self.frames_lost > 0,
            "nominal_times": self.times == "nominal",
            "several_tracks": bool(self.video_track),
            "hlg": self.transfer == "hlg",
            "pq": self.transfer == "pq",
            "interlaced": self.interlaced,
            "full_range": self.full_range,
            "mirrored": self.display.startswith("mirrored"),
            "off_centre": self.principal_point is not None,
        }
        return [name for name, holds in found.items() if holds]

    def to_json(self) -> dict[str, Any]:
        """What is not as usual, as plain JSON values."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}
        told = {name: value for name, value in told.items() if value != getattr(PLAIN, name)}
        return {name: _lists(value) if isinstance(value, tuple) else value for name, value in told.items()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `to_json` wrote; what is not known here, of a later version, is ignored."""
        told = {f.name: told[f.name] for f in fields(cls) if f.name in told}
        tuples = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
        return cls(**{**told, **tuples, "lost": tuple(Span(*span) for span in told.get("lost", ()))})


PLAIN = Footage()
"""One progressive track of standard range, upright as stored, with its times, and nothing lost."""


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """Where the frames of a video are, as one pass from its beginning met them.

    times: (N,) float64 seconds by the file's own clock; keys: (K,) ascending numbers of key frames; marks: (N,) uint32,
    checksums to know each frame again by, see `video.index.mark_of`.
    """

    times: Floats
    keys: NDArray[np.integer]
    marks: NDArray[np.integer]

    def __len__(self) -> int:
        return len(self.times)

    def key_before(self, number: int) -> int:
        """The last key frame up to frame `number`; 0 where there is none."""
        place = int(np.searchsorted(self.keys, number, side="right"))
        return int(self.keys[place - 1]) if place else 0

    def has(self, number: int, time: float, mark: int | None = None) -> bool:
        """Whether frame `number` is there, is shown at exactly `time` seconds, and has this mark."""
        if number >= len(self) or float(self.times[number]) != time:
            return False
        return mark is None or int(self.marks[number]) == mark


UNKNOWN = FrameIndex(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.uint32))
"""Of a video that nobody has gone through."""


def _lists(values: tuple[Any, ...]) -> list[Any]:
    return [list(value) if isinstance(value, tuple) else value for value in values]


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    if len(spans) <= MAX_SPANS:
        return tuple(spans)
    between = np.array([after.begin - before.end for before, after in pairwise(spans)])
    apart = sorted(np.argsort(-between, kind="stable")[: MAX_SPANS - 1] + 1)
    groups = (spans[a:b] for a, b in zip([0, *apart], [*apart, len(spans)], strict=True))
    return tuple(Span(g[0].begin, g[-1].end, sum(span.frames for span in g)) for g in groups)

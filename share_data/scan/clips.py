"""Mining: a video's shots are cut into windows, the clips. Lengths are the recipe's; no threshold moves a window."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from share_data.camera import Floats
from share_data.footage import PLAIN, UNKNOWN, Footage, FrameIndex, Unusual
from share_data.records import Clip, Ints, Video
from share_data.scan.events.borders import event_borders
from share_data.scan.pictures import Pictures
from share_data.scan.scanned import Scan
from share_data.store.store import Artifact
from share_data.strict import StrictModel

VERSION = 7
MAX_LOST = 0.1
# Files round their timestamps, mostly to a millisecond.
_ROUNDING_S = 1e-3
# A motion takes two.
_FEWEST = 2


class ClipsConfig(StrictModel):
    """How videos are cut into clips."""

    renamed: ClassVar[Mapping[str, str]] = {
        "min_frames": "clips.min_seconds: the same in seconds, 30 frames of a video of 30 a second being 1.0",
        "cut_threshold": "gone: shots are found at a fixed value, so that no threshold moves a clip",
        "max_frames": "clips.max_seconds: the same in seconds, 300 frames of a video of 30 a second being 10.0",
    }

    min_seconds: float = Field(1.0, gt=0, description="Shorter pieces are dropped (seconds).")
    max_seconds: float = Field(10.0, gt=0, description="Longer shots are split into near-equal windows (seconds).")
    max_lost_fraction: float = Field(
        MAX_LOST, ge=0, le=1, description="A video that lost a larger share of its frames to damage is failed."
    )
    reject: tuple[Unusual, ...] = Field(
        (), description="Videos to leave out for what their pictures are, e.g. hlg, pq, interlaced, nominal_times."
    )

    @model_validator(mode="after")
    def _every_window_long_enough(self) -> Self:
        if self.max_seconds < 2 * self.min_seconds:
            raise ValueError(
                f"max_seconds ({self.max_seconds}) must be at least twice min_seconds ({self.min_seconds}), "
                "or a shot just above max_seconds would split into windows that are too short"
            )
        return self


class Dropped(NamedTuple):
    """Frames [start, stop) that became no clip, and why."""

    start: int
    stop: int
    reason: str


@dataclass(frozen=True, slots=True)
class Mined:
    """The clips of one video, in order, and its frames that are in none.

    sha256: of the video file; width, height: upright, pixels; n_frames: frames that decode; footage: of the whole
    video; index: where its frames are.
    """

    sha256: str
    width: int
    height: int
    n_frames: int
    clips: tuple[Clip, ...]
    dropped: tuple[Dropped, ...]
    footage: Footage = PLAIN
    index: FrameIndex = UNKNOWN

    def to_artifact(self) -> Artifact:
        """Everything but the video and its path."""
        windows = [[clip.start, clip.stop] for clip in self.clips]
        size = {"sha256": self.sha256, "width": self.width, "height": self.height, "n_frames": self.n_frames}
        dropped = [list(piece) for piece in self.dropped]
        told = {"dropped": dropped, "footage": self.footage.to_json()}
        arrays = {"times": self.index.times, "keys": self.index.keys, "marks": self.index.marks}
        return Artifact({**size, "clips": windows, **told}, arrays)

    @classmethod
    def from_artifact(cls, stored: Artifact, video: Video, path: Path) -> Self:
        """What `to_artifact` made, for the same content, now lying at `path`."""
        told, index = stored.meta, FrameIndex(*(stored.arrays[name] for name in ("times", "keys", "marks")))
        whole = cls(
            told["sha256"], told["width"], told["height"], told["n_frames"], (),
            tuple(Dropped(*piece) for piece in told["dropped"]), Footage.from_json(told["footage"]), index,
        )  # fmt: skip
        return replace(whole, clips=tuple(whole.clip(video, path, *window) for window in told["clips"]))

    def clip(self, video: Video, path: Path, start: int, stop: int) -> Clip:
        """The window [start, stop) of this video's frames."""
        times = self.index.times[start:stop] * video.time_scale
        footage = self.footage.within(times)
        return Clip(video, path, self.sha256, start, stop, times, self.width, self.height, footage, self.index)


def mine(
    scan: Scan,
    pictures: Pictures,
    video: Video,
    path: Path,
    sha256: str,
    config: ClipsConfig,
    may_sway: bool = False,
) -> Mined:
    """Cut a video that was gone through into windows: clips, and pieces that are none. Every frame is in one of them.

    Shots end at cuts and where the timestamps have a hole of more than half a second, and are cut before and after
    whatever happens in them (`scan.events`). A stretch of more than `max_seconds` is split at samples into the fewest
    windows near-equal in time; stretches below `min_seconds`, and single frames, are dropped: `too_short`. Times are
    true ones, by the video's `time_scale`. may_sway: a camera that sways a little is nothing that happens.
    """
    times = scan.index.times * video.time_scale
    whole = Mined(sha256, scan.width, scan.height, len(scan), (), (), scan.footage, scan.index)
    clips, dropped = [], []
    stretches = [*event_borders(scan, pictures, times, may_sway).tolist(), len(scan)]
    for start, stop, long_enough in windows(times, stretches, scan.borders, config):
        if long_enough:
            clips.append(whole.clip(video, path, start, stop))
        else:
            dropped.append(Dropped(start, stop, "too_short"))
    return replace(whole, clips=tuple(clips), dropped=tuple(dropped))


def windows(times: Floats, stretches: list[int], borders: Ints, config: ClipsConfig) -> Iterator[tuple[int, int, bool]]:
    """Each stretch as windows (start, stop), and whether it is long enough to be kept.

    times: (N,) seconds; stretches: ascending frame numbers from 0 to N, each but the last beginning one; borders:
    ascending numbers of frames at which a stretch may be split.
    """
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    rounding = min(_ROUNDING_S, usual / 4)
    for start, stop in pairwise(stretches):
        # The last frame is shown as long as a usual one, also before a hole.
        end = float(times[stop - 1]) + usual
        long_enough = end - times[start] >= config.min_seconds - rounding
        inside = borders[(borders > start) & (borders < stop)]
        for one, other in pairwise([start, *_splits(times, start, end, inside, config.max_seconds + rounding), stop]):
            yield one, other, bool(long_enough) and other - one >= _FEWEST


def _splits(times: Floats, start: int, end: float, inside: Ints, longest: float) -> list[int]:
    """Where a stretch from frame `start` to `end` seconds is split: the fewest pieces of at most `longest` seconds."""
    begin, places = float(times[start]), times[inside]
    for pieces in range(math.ceil((end - begin) / longest), len(inside) + 1):
        ideal = begin + (end - begin) * np.arange(1, pieces) / pieces
        # Rounded, so that of two places as near the first is taken whatever the times' last digits.
        away = np.abs(places[:, None] - ideal).round(2)
        nearest = np.unique(away.argmin(axis=0)) if pieces > 1 else np.zeros(0, int)
        if np.diff([begin, *places[nearest], end]).max() <= longest:
            return [int(frame) for frame in inside[nearest]]
    return [int(frame) for frame in inside] if end - begin > longest else []

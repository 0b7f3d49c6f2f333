"""Mining: one pass over a video finds its shots and cuts them into windows, the clips."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from share_data.camera import Floats
from share_data.footage import PLAIN, UNKNOWN, Footage, FrameIndex, Unusual
from share_data.records import Clip, Video
from share_data.store.store import Artifact
from share_data.strict import StrictModel
from share_data.video.index import IndexBuilder

if TYPE_CHECKING:
    from share_data.video.picture import Image
    from share_data.video.tally import Tally

VERSION = 4
MAX_LOST = 0.1
# Wider pictures tell no more about cuts (PySceneDetect reduces to about this width too).
_CUT_WIDTH = 256
# Motion across a longer hole in the timestamps is not continuous: paused recordings, damaged stretches.
_LONGEST_GAP_S = 0.5
# Files round their timestamps, mostly to a millisecond.
_ROUNDING_S = 1e-3
# A motion takes two.
_FEWEST = 2


class ClipsConfig(StrictModel):
    """How videos are cut into clips."""

    renamed: ClassVar[Mapping[str, str]] = {
        "min_frames": "clips.min_seconds: the same in seconds, 30 frames of a video of 30 a second being 1.0",
        "max_frames": "clips.max_seconds: the same in seconds, 300 frames of a video of 30 a second being 10.0",
    }

    min_seconds: float = Field(1.0, gt=0, description="Shorter pieces are dropped (seconds).")
    max_seconds: float = Field(10.0, gt=0, description="Longer shots are split into near-equal windows (seconds).")
    cut_threshold: float = Field(
        27.0, gt=0, description="PySceneDetect ContentDetector threshold, 0-255: mean change in hue, saturation, luma."
    )
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
        told = {"dropped": [list(piece) for piece in self.dropped], "footage": self.footage.to_json()}
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


def mine(video: Video, path: Path, sha256: str, config: ClipsConfig) -> Mined:
    """Decode the video at `path`, whose content hash is `sha256`, once and cut it into clips. Raises VideoError.

    Shots end at cuts and where the timestamps have a hole of more than half a second; a shot of more than
    `max_seconds` is split into the fewest windows near-equal in time; shots below `min_seconds`, and
    single frames, are dropped: `too_short`. Times are true ones, by the video's `time_scale`.
    """
    from share_data.video.tally import Tally

    tally = Tally()
    index, cuts, (width, height) = _scan(path, config.cut_threshold, tally, video.video_track)
    times = index.times * video.time_scale
    holes = (np.flatnonzero(np.diff(times) > _LONGEST_GAP_S) + 1).tolist()
    whole = Mined(sha256, width, height, len(times), (), (), tally.footage, index)
    clips, dropped = [], []
    for start, stop, long_enough in _windows(times, sorted({0, *cuts, *holes, len(times)}), config):
        if long_enough:
            clips.append(whole.clip(video, path, start, stop))
        else:
            dropped.append(Dropped(start, stop, "too_short"))
    return replace(whole, clips=tuple(clips), dropped=tuple(dropped))


def _scan(
    path: Path, threshold: float, tally: "Tally", track: int | None
) -> tuple[FrameIndex, list[int], tuple[int, int]]:
    """Where all frames are, those that begin a new shot, and the upright (width, height)."""
    from scenedetect.common import FrameTimecode
    from scenedetect.detectors import ContentDetector

    from share_data.video.decode import decode

    # No minimum length here: the detector would swallow a cut near the start; short pieces are dropped by the caller.
    detector = ContentDetector(threshold=threshold, min_scene_len=0)
    index, cuts = IndexBuilder(), []
    size = (0, 0)
    for number, decoded in enumerate(decode(path, tally, track)):
        index.add(decoded)
        size = decoded.size
        # The nominal rate only numbers the frames; true times are ours.
        if detector.process_frame(FrameTimecode(number, fps=30.0), _small_bgr(decoded.rgb())):
            cuts.append(number)
    return index.done(), cuts, size


def _small_bgr(image: "Image") -> "Image":
    import cv2

    scale = min(1.0, _CUT_WIDTH / image.shape[1])
    height = max(1, round(image.shape[0] * scale))
    small = cv2.resize(image, (round(image.shape[1] * scale), height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), dtype=np.uint8)


def _windows(times: Floats, borders: list[int], config: ClipsConfig) -> Iterator[tuple[int, int, bool]]:
    """Each shot between consecutive borders as windows (start, stop), and whether it is long enough to be kept.

    A shot is cut into the fewest windows of at most `max_seconds`, equal in time to within a frame.
    """
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    rounding = min(_ROUNDING_S, usual / 4)
    for start, stop in pairwise(borders):
        # The last frame is shown as long as a usual one, also before a hole.
        seconds = float(times[stop - 1] - times[start]) + usual
        pieces = max(1, math.ceil((seconds - rounding) / config.max_seconds))
        marks = times[start] + seconds * np.arange(1, pieces) / pieces + rounding
        inner = (np.searchsorted(times[start:stop], marks, side="right") - 1 + start).tolist()
        for one, other in pairwise([start, *inner, stop]):
            yield one, other, seconds >= config.min_seconds - rounding and other - one >= _FEWEST

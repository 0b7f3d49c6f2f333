"""The colour video that depth images belong to, decoded once: what no header tells of it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.video.decode import decode
from share_data.video.display import UPRIGHT, WHOLE
from share_data.video.tally import Tally


@dataclass(frozen=True, slots=True)
class ColourVideo:
    """times: (N,) seconds of its frames after the first one; lost: damaged frames that were left out.

    first_lost: the frame that comes after the first damage, N where there is none before the end; name: for messages;
    shown: how its stored pictures are to be turned, mirrored or cropped, empty where they are shown as they are.
    """

    name: str
    times: Floats
    lost: int
    first_lost: int
    shown: str

    def require_upright(self, name: str) -> None:
        """Raises EstimationError where pictures are not shown as stored: nothing tells whether depth `name` is."""
        if self.shown:
            raise EstimationError(
                f"{name}: {self.name} is to be {self.shown}, and nothing tells whether its depth images are. Store it "
                "as it is shown, as they are: ffmpeg -i VIDEO -crf 12 SHOWN.mp4 changes its frames and drops the tags."
            )


def colour_video(path: Path, track: int | None) -> ColourVideo:
    """A track of the video at `path`, decoded once a process for all its clips. Raises EstimationError, VideoError."""
    try:
        stat = path.stat()
    except OSError as error:
        raise EstimationError(f"{path.name}: cannot be read ({error.strerror}).") from error
    return _decoded(path, track, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4)
def _decoded(path: Path, track: int | None, _size: int, _mtime_ns: int) -> ColourVideo:
    tally, times, shown, first_lost = Tally(), [], "", None
    for number, decoded in enumerate(decode(path, tally, track)):
        times.append(decoded.time)
        if decoded.display != UPRIGHT:
            shown = decoded.display.words
        elif decoded.framing.crop != WHOLE:
            shown = "cropped"
        if tally.lost and first_lost is None:
            first_lost = number
    after = np.array(times) - times[0]
    return ColourVideo(path.name, after, tally.lost, len(times) if first_lost is None else first_lost, shown)

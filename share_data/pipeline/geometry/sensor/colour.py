"""The colour video that depth images belong to, decoded once: what no header tells of it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.video.decode import decode
from share_data.video.tally import Tally


@dataclass(frozen=True, slots=True)
class ColourVideo:
    """times: (N,) seconds of its frames after the first one; lost: damaged frames that were left out.

    first_lost: the frame that comes after the first damage, N where there is none before the end; name: for messages.
    """

    name: str
    times: Floats
    lost: int
    first_lost: int
    rotation: int

    def require_upright(self, name: str) -> None:
        """Raises EstimationError where the video is to be turned: nothing tells whether depth `name` is."""
        if self.rotation:
            raise EstimationError(
                f"{name}: {self.name} is to be turned by {self.rotation} degrees, and nothing tells whether its depth "
                "images are. Store it upright, as they are: ffmpeg -i VIDEO -crf 12 UPRIGHT.mp4 turns its frames and "
                "drops the tag."
            )


def colour_video(path: Path) -> ColourVideo:
    """The video at `path`, decoded once a process for all its clips. Raises EstimationError, VideoError."""
    try:
        stat = path.stat()
    except OSError as error:
        raise EstimationError(f"{path.name}: cannot be read ({error.strerror}).") from error
    return _decoded(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4)
def _decoded(path: Path, _size: int, _mtime_ns: int) -> ColourVideo:
    tally, times, rotation, first_lost = Tally(), [], 0, None
    for number, decoded in enumerate(decode(path, tally)):
        times.append(decoded.time)
        rotation = decoded.rotation
        if tally.lost and first_lost is None:
            first_lost = number
    after = np.array(times) - times[0]
    return ColourVideo(path.name, after, tally.lost, len(times) if first_lost is None else first_lost, rotation)

"""What a device wrote of its lens into a video's file."""

import math
import re
from functools import lru_cache
from pathlib import Path

from share_data.errors import VideoError
from share_data.video.decode import open_container

FILM_DIAGONAL_MM = math.hypot(36, 24)
"""Of a 35 mm picture: what equivalent focal lengths are told by."""
_EQUIVALENT = "com.apple.quicktime.camera.focal_length.35mm_equivalent"
"""QuickTime's key, which other containers keep in capitals. Android writes none."""
_MILLIMETRES = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:mm)?\s*", re.IGNORECASE)
_RANGE_MM = (5.0, 2000.0)
"""Of the lenses there are; a device that does not know its lens writes 0."""


def equivalent_mm(path: Path) -> float | None:
    """The 35 mm equivalent focal length that the file tells, or None where it tells none, or several.

    Opens the file once a process as long as its size and time of change stay, and decodes nothing. A file that cannot
    be read tells none: why, is said by whoever decodes it.
    """
    try:
        stat = path.stat()
        return _told(path, stat.st_size, stat.st_mtime_ns)
    except (OSError, VideoError):
        return None


def focal_px(equivalent: float, width: int, height: int) -> float:
    """The focal in pixels of a picture of this size, by its diagonal. equivalent: millimetres.

    The picture is taken for all that the lens shows. A 16:9 picture from the middle of a 4:3 sensor is 9 % less, and
    one that is stabilised usually 10 to 20 % less again: the true focal is longer by as much.
    """
    return equivalent / FILM_DIAGONAL_MM * math.hypot(width, height)


@lru_cache(maxsize=1024)
def _told(path: Path, _size: int, _mtime_ns: int) -> float | None:
    with open_container(path) as container:
        places = [container.metadata, *(stream.metadata for stream in container.streams.video)]
    told = {value for place in places for key, value in place.items() if key.lower() == _EQUIVALENT}
    lengths = {float(found[1]) for found in map(_MILLIMETRES.fullmatch, told) if found}
    usable = [length for length in lengths if _RANGE_MM[0] <= length <= _RANGE_MM[1]]
    return usable[0] if len(usable) == 1 else None

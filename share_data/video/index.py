"""Makes the index of a video's frames, and knows a frame again by its mark."""

import zlib
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from av.video.format import VideoFormat

from share_data.footage import FrameIndex
from share_data.video.picture import Decoded

DECODING = 2
"""Of this folder: raise it when other frames, or other pixels, come out of the same file."""
_ROWS = 16
"""Every so many rows of a picture's first plane go into its mark: a few per cent of the time that decoding takes."""


@dataclass(slots=True)
class IndexBuilder:
    """Makes an index of the frames it is shown, all of a video in order."""

    _times: list[float] = field(default_factory=list)
    _keys: list[int] = field(default_factory=list)
    _marks: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._times)

    def add(self, decoded: Decoded) -> None:
        """The next frame."""
        if decoded.frame.key_frame:
            self._keys.append(len(self._times))
        self._times.append(decoded.time)
        self._marks.append(mark_of(decoded))

    def done(self) -> FrameIndex:
        """The index of what has been added."""
        keys, marks = np.array(self._keys, np.int64), np.array(self._marks, np.uint32)
        return FrameIndex(np.array(self._times), keys, marks)


def mark_of(decoded: Decoded) -> int:
    """A checksum of some rows of a frame's numbers as they are decoded; 0 of pictures stored bottom-up."""
    frame = decoded.frame
    planes = frame.planes  # Made anew each time it is asked for.
    plane = planes[0]
    if plane.line_size <= 0:  # Raw video: every frame is a key frame. PyAV's buffer begins at the wrong end of it.
        return 0
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height : _ROWS]
    # What lies behind the width in a row is filling, and may be anything.
    bits = _bits(frame.format.name, len(planes))
    return zlib.crc32(rows[:, : max(1, frame.width * bits // 8)].tobytes())


@lru_cache(maxsize=64)
def _bits(layout: str, planes: int) -> int:
    """Of one pixel in the first plane, which lies on its own where there are several."""
    kind = VideoFormat(layout)
    return kind.padded_bits_per_pixel if planes == 1 else 16 if kind.components[0].bits > 8 else 8

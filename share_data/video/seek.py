"""Frames out of the middle of a video: decoded from the key frame before them, where that gives the same frames.

A seek is inexact in several containers, and what a decoder makes of a key frame in the middle may differ from what it
makes of it on the way: open groups of pictures, refreshes spread over several frames, edit lists, damage. So every
frame that is sought is held against the index of a pass from the beginning, by its time and its mark, before it is
handed out; at the first that differs, the file is decoded from its beginning.
"""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import numpy as np

from share_data.errors import VideoError
from share_data.footage import FrameIndex
from share_data.video.decode import decode
from share_data.video.index import mark_of
from share_data.video.picture import Decoded
from share_data.video.tally import Tally

_EARLIER_S = (0.0, 1.0)
"""How long before the key frame's own time a seek aims, one try after another: transport streams are entered by the
times of decoding, which are earlier."""

Numbered = Generator[tuple[int, Decoded], None, None]


class _DiffersError(Exception):
    """What was sought is not what a pass from the beginning gave."""


def frames_from(path: Path, first: int, track: int | None, index: FrameIndex) -> Numbered:
    """The frames of a video from number `first` on, in order.

    Args:
        path: the video.
        first: a frame number, from 0; frames before it are decoded as far as that is needed, and not handed out.
        track: the video track, see `choose_track`.
        index: of the whole video, by which a seek is checked; with an empty one nothing is sought.

    Yields:
        Each frame's number, and the frame.

    Raises:
        VideoError: as `decode` does.
    """
    key = index.key_before(first)
    # A seek that pays: frames before the key frame need not be decoded.
    for earlier in _EARLIER_S if 0 < key <= first < len(index) else ():
        try:
            for number, decoded in _sought(path, key, earlier, first, track, index):
                yield number, decoded
                first = number + 1
            return
        except (_DiffersError, VideoError):
            continue
    with closing(decode(path, Tally(), track)) as frames:
        for number, decoded in enumerate(frames):
            if number >= first:
                yield number, decoded


def _sought(path: Path, key: int, earlier: float, first: int, track: int | None, index: FrameIndex) -> Numbered:
    """The frames from `first` on, beginning at a key frame. Raises _DiffersError, VideoError."""
    number: int | None = None
    with closing(decode(path, Tally(), track, float(index.times[key]) - earlier)) as frames:
        for decoded in frames:
            if number is None:
                number = min(first, int(np.searchsorted(index.times, decoded.time)))
            else:
                number += 1
            if not index.has(number, decoded.time, mark_of(decoded) if number >= first else None):
                raise _DiffersError
            if number >= first:
                yield number, decoded
    if number is None or number < len(index) - 1:
        raise _DiffersError

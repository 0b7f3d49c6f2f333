"""From a decoded frame's numbers to RGB: which matrix, which range, and high dynamic range brought down to SDR.

All of it is libswscale's; what is decided here is what the file leaves open.
"""

import threading
from functools import lru_cache
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter
from numpy.typing import NDArray

from share_data.footage import Transfer

_HIGH_RANGE: dict[int, Transfer] = {ColorTrc.ARIB_STD_B67: "hlg", ColorTrc.SMPTE2084: "pq"}
_UNSPECIFIED = 2
_KNOWN_MATRICES = frozenset({0, 1, 4, 5, 6, 7, 9})
"""Of H.273, those libswscale converts. It refuses a frame with another."""

_threads = threading.local()


def transfer_of(frame: VideoFrame) -> Transfer:
    """Whether the frame's numbers are standard or high dynamic range."""
    return _HIGH_RANGE.get(frame.color_trc, "sdr")


def is_full_range(frame: VideoFrame) -> bool:
    """Whether black is 0 and white is 255, not 16 and 235, in the frame's YUV."""
    return frame.color_range == ColorRange.JPEG and not frame.format.is_rgb


def rgb_of(frame: VideoFrame) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 RGB of the stored picture; HLG and PQ come out as BT.709 SDR."""
    if frame.color_trc in _HIGH_RANGE:
        return _tone_mapped(frame)
    image: Any = _own().reformat(frame, format="rgb24", threads=1, src_colorspace=matrix_of(frame)).to_ndarray()
    return np.asarray(image, dtype=np.uint8)


def _own() -> VideoReformatter:
    """This thread's, which prepares anew only where the kind of frame changes; a frame's own prepares for it alone."""
    if not hasattr(_threads, "converter"):
        _threads.converter = VideoReformatter()
    converter: VideoReformatter = _threads.converter
    return converter


def matrix_of(frame: VideoFrame) -> Colorspace | None:
    """What an untagged picture is taken for, None for a tagged one: BT.709 from HD on, BT.601 below, as players do.

    libswscale would take all for 601.
    """
    if frame.colorspace in _KNOWN_MATRICES:
        return None
    return Colorspace.ITU709 if frame.width >= 1280 or frame.height > 576 else Colorspace.ITU601


@lru_cache(maxsize=8)
def _converter(*kind: object) -> tuple[VideoReformatter, threading.Lock]:
    """One for all passes over frames of this kind, to be held by one thread at a time: it takes seconds to prepare."""
    return VideoReformatter(), threading.Lock()


def _tone_mapped(frame: VideoFrame) -> NDArray[np.uint8]:
    """Colorimetric: diffuse white of 203 nits (BT.2408) is SDR's white, what is brighter is clipped to it."""
    if frame.color_primaries == _UNSPECIFIED:
        frame.color_primaries = ColorPrimaries.BT2020
    kind = (frame.format.name, frame.width, frame.height, frame.colorspace, frame.color_range)
    converter, lock = _converter(*kind, frame.color_trc, frame.color_primaries)
    with lock:
        mapped = converter.reformat(
            frame,
            format="rgb24",
            src_colorspace=None if frame.colorspace in _KNOWN_MATRICES else Colorspace.BT2020,
            dst_color_trc=ColorTrc.BT709,
            dst_color_primaries=ColorPrimaries.BT709,
            threads=1,
        )
    return np.asarray(mapped.to_ndarray(), dtype=np.uint8)

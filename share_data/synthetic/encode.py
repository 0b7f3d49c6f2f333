"""MP4 files whose bytes depend on nothing but the frames."""

from collections.abc import Iterable
from fractions import Fraction
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

# One thread: x264 divides the work, and with it the bits, by the number of threads.
_X264 = {"crf": "17", "preset": "veryfast", "threads": "1", "g": "30", "sc_threshold": "0"}


def encode_mp4(frames: Iterable[NDArray[np.uint8]], fps: int, size: tuple[int, int], out: BinaryIO) -> None:
    """Write H.264 video without dates, encoder names or anything else that differs between runs.

    frames: (H, W, 3) uint8 RGB; size: (width, height), both even.
    """
    import av
    from av.bitstream import BitStreamFilterContext

    with av.open(out, "w", format="mp4", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=fps, options=_X264)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, fps)
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        stream.thread_count = 1
        # NAL unit 6 carries x264's version and settings.
        strip = BitStreamFilterContext("filter_units=remove_types=6", stream)
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            for packet in stream.encode(frame):
                container.mux(strip.filter(packet))
        for packet in stream.encode(None):
            container.mux(strip.filter(packet))
        container.mux(strip.filter(None))

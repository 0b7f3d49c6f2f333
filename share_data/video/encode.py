"""MP4 files whose bytes depend on nothing but the frames."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

X264_REPEATABLE = {"threads": "1", "x264-params": "mbtree=0:cpu-independent=1"}
"""What libx264 needs so that its bytes follow from pictures and settings alone, on every x86-64 processor.

One thread: it divides the work, and with it the bits, by the number of threads. No macroblock tree, which is on by
default: on processors with AVX-512 one process can get other results from it for the same pictures each time, and so
other bytes. No algorithm chosen by instruction set: without SSSE3 x264 compares intra modes another way, and takes
other ones.
"""
X264 = {"preset": "veryfast", "g": "30", "sc_threshold": "0", **X264_REPEATABLE}
"""Options of every film the product writes; "crf" is the caller's."""


def encode_mp4(
    frames: Iterable[tuple[int, NDArray[np.uint8]]], fps: int, crf: int, out: BinaryIO, *, late: bool = False
) -> None:
    """Write H.264 video without dates, encoder names or anything else that differs between runs.

    frames: (number, (H, W, 3) uint8 RGB), at least one, all of the same even size; frame n is shown at n / fps seconds.
    crf: x264's quality, less is better; late: the first number may be other than 0, and the file must keep that start.
    Raises ValueError when there is no frame.
    """
    import av
    from av.bitstream import BitStreamFilterContext

    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise ValueError("there is no frame to encode")
    # A late start is stored in these ticks: it is a whole number of them.
    options = {"fflags": "+bitexact"} | ({"movie_timescale": str(fps)} if late else {})
    with av.open(out, "w", format="mp4", container_options=options) as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": str(crf), **X264})
        stream.height, stream.width = first[1].shape[:2]
        stream.pix_fmt = "yuv420p"
        # What libswscale makes of RGB. Untagged, players take it for BT.709 from HD on.
        stream.codec_context.colorspace = av.video.reformatter.Colorspace.ITU601
        stream.time_base = stream.codec_context.time_base = Fraction(1, fps)
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        stream.thread_count = 1
        # NAL unit 6 carries x264's version and settings.
        strip = BitStreamFilterContext("filter_units=remove_types=6", stream)
        for number, image in chain([first], pictures):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            for packet in stream.encode(frame):
                container.mux(strip.filter(packet))
        for packet in stream.encode(None):
            container.mux(strip.filter(packet))
        container.mux(strip.filter(None))

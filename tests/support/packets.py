"""Encoded pictures as single packets, to be lost, spoilt and put into any container by hand."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import media
import numpy as np

from share_data.video.encode import X264_REPEATABLE

WIDTH, HEIGHT, RATE = 192, 128, 30
LEAD = 10
"""Frames by which pictures in a transport stream are late: its times of decoding begin at 0 at the earliest."""
FORMATS = {"mjpeg": "yuvj420p", "gif": "rgb8"}
X265 = "log-level=none:pools=1:frame-threads=1:repeat-headers=1"


class Coded(NamedTuple):
    """One packet; times in frames."""

    pts: int
    dts: int
    key: bool
    data: bytes


class Stream(NamedTuple):
    """The packets of an encoder, in decoding order."""

    codec: str
    extradata: bytes | None
    packets: list[Coded]

    def having(self, packets: Sequence[Coded]) -> "Stream":
        """The same stream with these packets."""
        return self._replace(packets=list(packets))


def pan(frames: int) -> list[media.Image]:
    """A camera that turns over a textured wall: every picture differs everywhere from the one before."""
    wall = media.texture(WIDTH + 2 * frames, HEIGHT, 3)
    return [np.ascontiguousarray(wall[:, 2 * k : 2 * k + WIDTH]) for k in range(frames)]


def encoded(codec: str, images: Sequence[media.Image], gop: int = 250, **options: str) -> Stream:
    """`images` encoded with a key picture every `gop` pictures."""
    context = av.CodecContext.create(codec, "w")
    context.height, context.width = images[0].shape[:2]
    context.pix_fmt = FORMATS.get(codec, "yuv420p")
    context.time_base, context.framerate = Fraction(1, RATE), Fraction(RATE)
    context.thread_count, context.gop_size = 1, gop
    context.options = _options(codec, gop, options)
    made = []
    for number, image in enumerate(images):
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        made += context.encode(frame)
    made += context.encode(None)
    return Stream(codec, context.extradata, [Coded(p.pts, p.dts, p.is_keyframe, bytes(p)) for p in made])


def _options(codec: str, gop: int, options: dict[str, str]) -> dict[str, str]:
    if codec == "libx264":
        more = options.pop("x264", "")
        repeatable = X264_REPEATABLE | {"x264-params": ":".join(filter(None, [X264_REPEATABLE["x264-params"], more]))}
        return {**repeatable, "g": str(gop), "sc_threshold": "0", **options}
    if codec == "libx265":
        told = f"{X265}:keyint={gop}:min-keyint={gop}:scenecut=0:{options.pop('x265', 'bframes=0')}"
        return {"preset": "ultrafast", "x265-params": told, **options}
    return options


def mux(path: Path, stream: Stream, *, shift: int = 0, options: dict[str, str] | None = None) -> Path:
    """Write the packets; `shift`: frames by which all come earlier, in MP4 behind an edit list where below 0."""
    shift -= LEAD * (path.suffix == ".ts")
    with av.open(str(path), "w", options=options or {}) as container:
        track = container.add_stream(stream.codec, rate=RATE)
        track.width, track.height = WIDTH, HEIGHT
        track.pix_fmt = FORMATS.get(stream.codec, "yuv420p")
        if stream.extradata:
            track.codec_context.extradata = stream.extradata
        for coded in stream.packets:
            packet = av.Packet(coded.data)
            packet.pts, packet.dts, packet.time_base = coded.pts - shift, coded.dts - shift, Fraction(1, RATE)
            packet.stream, packet.is_keyframe = track, coded.key
            container.mux(packet)
    return path

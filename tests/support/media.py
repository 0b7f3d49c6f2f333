"""Small videos for tests, made with PyAV: healthy ones of every odd kind, and broken ones."""

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from share_data.video.encode import X264_REPEATABLE

Image = NDArray[np.uint8]


def texture(width: int = 320, height: int = 240, seed: int = 0) -> Image:
    """(height, width, 3) uint8: a random picture with corners everywhere, which trackers like."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((10, 0.5), (24, 0.3), (60, 0.2)):
        coarse = rng.random((cells * height // width + 1, cells, 3)).astype(np.float32)
        picture += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    return (20 + 215 * picture).astype(np.uint8)


def moving_square(frames: int = 12, width: int = 128, height: int = 96) -> list[Image]:
    """A bright square crossing a dark picture; frame k is recognisable by where the square is (see `square_left`)."""
    images = []
    for k in range(frames):
        image = np.full((height, width, 3), 40, np.uint8)
        left = 4 * k % (width - 24)
        image[height // 3 : height // 3 + 24, left : left + 24] = 230
        images.append(image)
    return images


def square_left(image: Image) -> int:
    """Left edge, in pixels, of the square drawn by `moving_square`."""
    return int(np.argmax((image.mean(axis=2) > 135).any(axis=0)))


def write_video(
    path: Path,
    images: Iterable[Image],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    fps: int = 30,
    times: Sequence[float] | None = None,
    rotation: int = 0,
    matrix: Sequence[int] | None = None,
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Encode `images` ((H, W, 3) uint8 RGB) and return `path`; `times` (seconds) makes the frame rate variable.

    rotation: degrees counter-clockwise, or matrix: nine integers, that the file says make the picture upright.
    """
    images = list(images)
    options = (X264_REPEATABLE if codec == "libx264" else {}) | (options or {})
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=fps, options=options)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.thread_count = 1
        stream.codec_context.time_base = Fraction(1, 30000)
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        if matrix is not None:
            stream.set_display_matrix(matrix)
        for k, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = round((k / fps if times is None else times[k]) * 30000)
            frame.time_base = Fraction(1, 30000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_audio(path: Path) -> Path:
    """A second of silence, and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16000, 0
        for part in (frame, None):
            container.mux(stream.encode(part))
    return path


def truncated(path: Path, keep: float) -> Path:
    """Cut the file to this share of its bytes, in place."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    return path


def damaged(path: Path, share: float, seed: int = 0) -> Path:
    """Overwrite this share of an MP4's media data, from its middle on, with noise, in place; the index stays intact."""
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    size = struct.unpack(">I", data[start - 8 : start - 4])[0] - 8
    length, first = int(size * share), start + size // 2 - int(size * share) // 2
    data[first : first + length] = np.random.default_rng(seed).integers(0, 256, length, dtype=np.uint8).tobytes()
    path.write_bytes(bytes(data))
    return path

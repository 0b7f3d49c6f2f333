"""Interlaced video: each frame is two moments, and the picture is the first of them."""

from fractions import Fraction
from pathlib import Path

import av
import media
import numpy as np
import pytest
from av.filter import Graph
from numpy.typing import NDArray

from share_data.video.frames import ClipFrames, iterate, probe
from share_data.video.one_frame import middle_picture

WIDTH, HEIGHT, FRAMES = 192, 128, 10


def scene(moment: int) -> NDArray[np.uint8]:
    """A bright square that goes right by 6 pixels a moment."""
    image = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    image[32:96, 12 + 6 * moment : 44 + 6 * moment] = 220
    return image


def write(path: Path, codec: str, order: str, options: dict[str, str]) -> Path:
    """Two moments woven into each frame, the one in the lines that `order` (tff, bff) says come first being earlier."""
    marked = Graph()
    source = marked.add_buffer(width=WIDTH, height=HEIGHT, format="yuv420p", time_base=Fraction(1, 25))
    marked.link_nodes(source, marked.add("setfield", order), marked.add("buffersink")).configure()
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(FRAMES):
            image, later = scene(2 * number), 1 if order == "tff" else 0
            image[later::2] = scene(2 * number + 1)[later::2]
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            marked.vpush(frame)
            container.mux(stream.encode(marked.vpull()))
        container.mux(stream.encode(None))
    return path


CODECS = pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("h264.mp4", "libx264", {"x264-params": "interlaced=1:threads=1", "crf": "10"}),
        ("mpeg2.ts", "mpeg2video", {"flags": "+ildct+ilme", "q": "2"}),
        ("ffv1.mkv", "ffv1", {}),
    ],
)


@CODECS
@pytest.mark.parametrize("order", ["tff", "bff"])
def test_each_frame_shows_its_first_moment(
    tmp_path: Path, name: str, codec: str, options: dict[str, str], order: str
) -> None:
    path = write(tmp_path / name, codec, order, options)

    frames = list(iterate(path))

    assert len(frames) == FRAMES
    steps = np.diff([time for time, _ in frames])
    assert np.allclose(steps, 1 / 25, atol=2e-3)
    for number, (_, image) in enumerate(frames):
        wrong = np.abs(image.astype(int) - scene(2 * number)).mean()
        assert wrong < 1.5 < np.abs(image.astype(int) - scene(2 * number + 1)).mean()
    footage = probe(path).footage
    assert footage.interlaced
    assert any("bwdif" in done for done in footage.done)


def test_a_part_is_the_same_as_in_the_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "h264.mkv", "libx264", "tff", {"x264-params": "interlaced=1:threads=1"})
    whole = [image for _, image in iterate(path)]

    part = ClipFrames(path, 3, 8, WIDTH, HEIGHT).read([0, 2, 4])

    assert all(np.array_equal(a, b) for a, b in zip(part, whole[3:8:2], strict=True))


def test_a_single_picture_is_one_moment_too(tmp_path: Path) -> None:
    path = write(tmp_path / "h264.mp4", "libx264", "tff", {"x264-params": "interlaced=1:threads=1", "crf": "10"})

    picture = middle_picture(path).astype(int)

    assert min(np.abs(picture - scene(2 * number)).mean() for number in range(FRAMES)) < 1.5


def test_progressive_video_is_left_as_it_is(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "plain.mp4", [media.texture(96, 64)] * 3)

    footage = probe(path).footage

    assert not footage.interlaced
    assert footage.done == ()


def test_where_only_the_container_says_interlaced_it_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "told.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.field_order = 2
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(scene(number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    footage = probe(path).footage

    assert not footage.interlaced
    assert any("interlaced" in done for done in footage.done)

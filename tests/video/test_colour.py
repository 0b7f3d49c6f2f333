"""Colours: the right matrix and range where a file says them and where it does not, and HDR brought down to SDR."""

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import media
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from high_range import Floats, frame_2020, hlg_signal, light, pq_signal
from numpy.typing import NDArray

from share_data.video.colour import matrix_of, rgb_of
from share_data.video.frames import iterate, probe

COLOURS = np.array([(220, 40, 30), (30, 200, 60), (40, 60, 210), (200, 200, 60), (128, 128, 128), (240, 240, 240)])
BT601, BT709 = (0.299, 0.114), (0.2126, 0.0722)
UNTAGGED = 2


def patches(width: int, height: int) -> NDArray[np.uint8]:
    """Upright bars of the colours."""
    return COLOURS[np.arange(width) * len(COLOURS) // width][None].repeat(height, axis=0).astype(np.uint8)


def planar(picture: NDArray[np.uint8], weights: tuple[float, float], full: bool = False) -> av.VideoFrame:
    """A yuv444p frame of the picture by this matrix (weights of red and blue) and range, without any tag."""
    red, blue = weights
    rgb = picture / 255.0
    luma = rgb @ [red, 1 - red - blue, blue]
    cb, cr = (rgb[..., 2] - luma) / (2 - 2 * blue), (rgb[..., 0] - luma) / (2 - 2 * red)
    planes = (255 * luma, 128 + 255 * cb, 128 + 255 * cr) if full else (16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr)
    stacked = np.clip(np.round(np.stack(planes)), 0, 255).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(stacked, format="yuv444p")
    frame.colorspace, frame.color_range = UNTAGGED, 0
    return frame


def off(frame: av.VideoFrame, picture: NDArray[np.uint8]) -> int:
    return int(np.abs(rgb_of(frame).astype(int) - picture).max())


@pytest.mark.parametrize(
    ("size", "weights"),
    [
        ((1280, 72), BT709),
        ((72, 720), BT709),
        ((720, 576), BT601),
        ((640, 72), BT601),
    ],
)
def test_untagged_pictures_are_bt709_from_hd_on(size: tuple[int, int], weights: tuple[float, float]) -> None:
    picture = patches(*size)

    assert off(planar(picture, weights), picture) <= 2
    assert off(planar(picture, BT601 if weights == BT709 else BT709), picture) > 10


@pytest.mark.parametrize(("tag", "weights"), [(1, BT709), (5, BT601), (6, BT601)])
@pytest.mark.parametrize("size", [(640, 72), (1280, 72)])
def test_a_tag_is_believed(tag: int, weights: tuple[float, float], size: tuple[int, int]) -> None:
    picture = patches(*size)
    frame = planar(picture, weights)
    frame.colorspace = tag

    assert off(frame, picture) <= 2


def test_a_matrix_that_is_not_known_is_taken_for_the_usual_one() -> None:
    picture = patches(1280, 72)
    frame = planar(picture, BT709)
    frame.colorspace = 3

    assert off(frame, picture) <= 2


def test_full_range_is_not_stretched() -> None:
    picture = patches(1280, 72)
    frame = planar(picture, BT709, full=True)
    frame.color_range = 2

    assert off(frame, picture) <= 2


@pytest.mark.parametrize(("codec", "pix_fmt"), [("mjpeg", "yuvj420p"), ("libx264", "yuvj420p")])
def test_full_range_video_keeps_its_colours_and_says_so(tmp_path: Path, codec: str, pix_fmt: str) -> None:
    grey = [np.full((96, 128, 3), level, np.uint8) for level in (0, 128, 255)]
    path = media.write_video(tmp_path / "full.mkv", grey, codec=codec, pix_fmt=pix_fmt)

    levels = [image.mean() for _, image in iterate(path)]

    assert np.allclose(levels, [0, 128, 255], atol=1.5)
    assert probe(path).footage.full_range


@pytest.mark.parametrize(("signal", "transfer", "words"), [(hlg_signal, 18, "hlg"), (pq_signal, 16, "pq")])
def test_high_range_looks_like_the_same_scene_in_sdr(
    tmp_path: Path, signal: Callable[[Floats], Floats], transfer: int, words: str
) -> None:
    """White at 203 nits, by BT.2408: 2.9 grey levels off on average, where the bare signal is 16 (HLG), 29 (PQ) off."""
    picture = media.texture(320, 240)
    picture = np.stack([picture[..., 0], np.roll(picture[..., 1], 17, 0), np.roll(picture[..., 2], 29, 1)], axis=-1)
    path = tmp_path / "high.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv444p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = transfer, 9, 9, 1
        frame = frame_2020(signal(light(picture)), color_trc=transfer)
        frame.pts, frame.time_base = 0, Fraction(1, 30)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)

    [(_, shown)] = iterate(path)

    assert np.abs(shown.astype(int) - picture).mean() < 4
    footage = probe(path).footage
    assert footage.transfer == words
    assert any("tone-mapped" in done for done in footage.done)


def test_what_is_brighter_than_white_is_white() -> None:
    nits = np.full((64, 64, 3), 1000.0)

    assert rgb_of(frame_2020(pq_signal(nits), color_trc=16)).min() >= 253


def test_pictures_of_many_kinds_in_turn_are_each_converted_as_if_alone() -> None:
    random = np.random.default_rng(0)
    kinds = itertools.product(("yuv420p", "yuv444p", "nv12", "yuv420p10le"), ((64, 64), (66, 72)), (1, 2, 5), (0, 1, 2))
    frames = [noise(random, *kind) for kind in kinds]

    def alone(frame: av.VideoFrame) -> NDArray[np.uint8]:
        made = VideoReformatter().reformat(frame, format="rgb24", threads=1, src_colorspace=matrix_of(frame))
        return made.to_ndarray()

    expected = [alone(frame) for frame in frames]
    for place in random.integers(0, len(frames), 4 * len(frames)):
        assert np.array_equal(rgb_of(frames[place]), expected[place])


def noise(random: np.random.Generator, layout: str, size: tuple[int, int], matrix: int, range_: int) -> av.VideoFrame:
    frame = av.VideoFrame(*size, layout)
    for plane in frame.planes:
        plane.update(random.integers(0, 4 if "10" in layout else 256, plane.buffer_size, np.uint8).tobytes())
    frame.colorspace, frame.color_range = matrix, range_
    return frame

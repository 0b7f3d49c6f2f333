"""Encoding: what no other test of the encoder's users shows."""

import io
from collections.abc import Callable
from pathlib import Path

import av.bitstream
import numpy as np
import pytest
from media import Image, texture

from share_data.video import encode
from share_data.video.encode import encode_mp4
from share_data.video.frames import iterate


def film(seed: int) -> list[Image]:
    """A second of a textured picture that slides, its brightness changing: work for every part of the encoder."""
    wide = texture(192, 96, seed)
    return [np.clip(np.roll(wide, 3 * k, axis=1)[:, :128] * (1 - 0.01 * k), 0, 255).astype(np.uint8) for k in range(30)]


def encoded(images: list[Image]) -> bytes:
    out = io.BytesIO()
    encode_mp4(enumerate(images), 30, 17, out)
    return out.getvalue()


def test_a_film_without_frames_is_an_error_and_no_end_of_an_iteration() -> None:
    out = io.BytesIO()
    with pytest.raises(ValueError, match="no frame to encode"):
        encode_mp4(iter(()), 30, 17, out)
    assert out.getvalue() == b""


@pytest.mark.parametrize("size", [(320, 96), (1280, 96), (96, 720)])
def test_a_film_keeps_its_colours_whatever_its_size(tmp_path: Path, size: tuple[int, int]) -> None:
    colour = np.array([200, 60, 30], np.uint8)
    picture = np.broadcast_to(colour, (size[1], size[0], 3)).copy()
    path = tmp_path / "film.mp4"
    with path.open("wb") as out:
        encode_mp4([(0, picture)], 30, 10, out)

    [(_, shown)] = iterate(path)

    assert np.abs(shown.astype(int) - colour).max() <= 3


def test_a_film_has_the_same_bytes_whatever_was_encoded_before_it() -> None:
    """Fails without the options on AVX-512 alone, and hardly ever there unless another film comes in between."""
    one, other = film(1), film(2)
    first = encoded(one)
    for _ in range(8):
        encoded(other)
        assert encoded(one) == first


def test_x264_runs_on_one_thread_and_without_macroblock_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """As x264 itself says in the unit that is otherwise taken out: this fails on every processor."""
    filters: Callable[..., object] = av.bitstream.BitStreamFilterContext
    monkeypatch.setattr(av.bitstream, "BitStreamFilterContext", lambda _, stream: filters("null", stream))
    data = encoded(film(1))
    said = data[data.index(b"x264 - core") :].split(b"\0", 1)[0].decode().split()
    assert {"threads=1", "lookahead_threads=1", "mbtree=0", "keyint=30", "scenecut=0"} <= set(said)


@pytest.mark.parametrize("instructions", ["0", "SSE2", "SSSE3", "AVX"])
def test_x264_has_the_same_bytes_with_fewer_instructions(monkeypatch: pytest.MonkeyPatch, instructions: str) -> None:
    here = encoded(film(1))
    fewer = encode.X264["x264-params"] + f":asm={instructions}"
    monkeypatch.setattr(encode, "X264", encode.X264 | {"x264-params": fewer})
    assert encoded(film(1)) == here

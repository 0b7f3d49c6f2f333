"""Encoding: what no other test of the encoder's users shows."""

import io

import pytest

from share_data.encode import encode_mp4


def test_a_film_without_frames_is_an_error_and_no_end_of_an_iteration() -> None:
    out = io.BytesIO()
    with pytest.raises(ValueError, match="no frame to encode"):
        encode_mp4(iter(()), 30, 17, out)
    assert out.getvalue() == b""

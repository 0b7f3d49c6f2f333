"""Samples' pictures come back as they were, each by itself."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from share_data.scan.pictures import PIECE, Picture, Pictures, pack
from share_data.store.store import Artifact, decode, encode


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40), st.integers(1, 5))
def test_all_bits_come_back(seed: int, high: int, wide: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    shown = [
        Picture(rng.integers(0, 256, (high, wide), dtype=np.uint8), rng.random((high, wide)) > 0.5 if k % 2 else None)
        for k in range(count)
    ]
    piece = decode(encode(pack(shown)))
    for k, picture in enumerate(shown):
        (read,) = Pictures(lambda _: piece).read(np.array([k]))
        np.testing.assert_array_equal(read.grey, picture.grey)
        assert (read.mask is None) == (picture.mask is None)
        if read.mask is not None:
            assert read.mask.dtype == np.bool_
            np.testing.assert_array_equal(read.mask, picture.mask)


def test_only_the_pieces_asked_for_are_read() -> None:
    piece = pack([Picture(np.zeros((2, 2), np.uint8))] * PIECE)
    asked: list[int] = []

    def read(number: int) -> Artifact:
        asked.append(number)
        return piece

    assert len(Pictures(read).read(np.array([1, PIECE + 3, PIECE + 4]))) == 3
    assert asked == [0, 1]

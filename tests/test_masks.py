"""Masks of a clip: what is packed comes back, whatever its shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from share_data.masks import MaskStack

STACKS = array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=19).flatmap(lambda shape: arrays(bool, shape))


@given(STACKS)
def test_masks_come_back_as_they_were(masks: np.ndarray) -> None:
    stack = MaskStack.pack(masks)
    assert len(stack) == len(masks)
    for number, mask in enumerate(masks):
        np.testing.assert_array_equal(stack[number], mask)
    np.testing.assert_array_equal(stack[-1], masks[-1])
    with pytest.raises(IndexError):
        stack[len(masks)]


@given(STACKS)
def test_the_extent_is_that_of_the_pixels(masks: np.ndarray) -> None:
    stack = MaskStack.pack(masks)
    for number, mask in enumerate(masks):
        rows, columns = np.nonzero(mask)
        expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if len(rows) else None
        assert stack.extent(number) == expected


@given(st.integers(1, 40), st.integers(1, 40))
def test_only_the_window_about_the_person_is_kept(height: int, width: int) -> None:
    masks = np.zeros((3, 50, 100), bool)
    masks[1, :height, 3 : 3 + width] = True
    assert len(MaskStack.pack(masks).packed) == height * -(-(3 + width) // 8)


def test_a_frame_that_was_not_looked_at_has_no_extent_either() -> None:
    stack = MaskStack.pack([np.eye(3, dtype=bool)] * 2, np.array([0, 4]))
    assert stack.extent(4) == (0, 0, 3, 3)
    with pytest.raises(IndexError, match=r"in frame 2$"):
        stack.extent(2)

"""Rotations from one form to another and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from share_data.corpus.training.rotations import matrices, quaternions, quaternions_of

AXES = st.tuples(*[st.floats(-1, 1)] * 3)


@given(AXES, st.floats(-np.pi, np.pi))
def test_a_matrix_and_its_quaternion_are_one_turn(axis: tuple[float, float, float], angle: float) -> None:
    turn = quaternions(np.array(axis) * angle)
    found = quaternions_of(matrices(turn))
    assert abs(found @ turn) == pytest.approx(1, abs=1e-12)


def test_half_turns_and_many_at_once() -> None:
    turns = np.concatenate([np.eye(3) * np.pi, np.zeros((1, 3)), np.random.default_rng(0).normal(size=(20, 3))])
    found = quaternions_of(Rotation.from_rotvec(turns).as_matrix().reshape(4, 6, 3, 3))
    assert found.shape == (4, 6, 4)
    np.testing.assert_allclose(matrices(found).reshape(-1, 3, 3), Rotation.from_rotvec(turns).as_matrix(), atol=1e-12)

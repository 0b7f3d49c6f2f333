"""Motion known at some moments, asked for at others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from share_data.pipeline.humans.bridging import bridge_boxes, bridge_positions, bridge_rotations


def test_rotations_take_the_shortest_arc_at_constant_speed() -> None:
    known = Rotation.from_euler("z", [[170], [-170]], degrees=True)
    vectors = bridge_rotations(known, np.array([0.0, 1.0]), np.array([0.25, 0.5]))
    expected = Rotation.from_euler("z", [[175], [180]], degrees=True)
    assert np.allclose((Rotation.from_rotvec(vectors) * expected.inv()).magnitude(), 0, atol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(2, 30))
def test_at_known_moments_nothing_changes_and_ends_are_held(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    known = np.cumsum(rng.uniform(0.01, 1, count))
    turns, places = Rotation.random(count, rng), rng.normal(size=(count, 3))
    times = np.concatenate([[known[0] - 1], known, [known[-1] + 1]])
    held = [0, *range(count), count - 1]
    angles = (Rotation.from_rotvec(bridge_rotations(turns, known, times)) * turns[held].inv()).magnitude()
    assert np.allclose(angles, 0, atol=1e-5)
    assert np.allclose(bridge_positions(places, known, times), places[held], atol=1e-5)


def test_boxes_are_interpolated_where_they_are_not_valid() -> None:
    boxes = np.array([[9, 9, 9, 9], [0, 0, 10, 10], [9, 9, 9, 9], [4, 0, 20, 10]], np.float64)
    valid = np.array([False, True, False, True])
    assert bridge_boxes(boxes, valid, np.arange(4.0)).tolist() == [
        [0, 0, 10, 10],
        [0, 0, 10, 10],
        [2, 0, 15, 10],
        [4, 0, 20, 10],
    ]

"""Thinning: one point a voxel and source, means that lose nothing, a cap that holds."""

import numpy as np
import pytest

from share_data.errors import EstimationError
from share_data.pipeline.scene.downsample import thin
from share_data.records import Scene


def random_scene(count=20_000):
    rng = np.random.default_rng(3)
    normals = rng.normal(size=(count, 3))
    return Scene(
        rng.uniform(-1, 1, (count, 3)).astype(np.float32),
        rng.integers(0, 256, (count, 3)).astype(np.uint8),
        rng.integers(0, 3, count).astype(np.uint8),
        (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32),
    )


def test_two_points_of_a_voxel_become_their_mean():
    scene = Scene(
        np.float32([[0.01, 0.01, 1.01], [0.03, 0.05, 1.03], [0.03, 0.05, 1.03], [0.15, 0, 1]]),
        np.uint8([[0, 10, 20], [10, 30, 20], [9, 9, 9], [7, 7, 7]]),
        np.uint8([0, 0, 2, 0]),
        np.float32([[0, 0, -1], [0, -1, 0], [0, 0, -1], [-1, 0, 0]]),
    )
    thinned = thin(scene, 0.1, 100)
    np.testing.assert_allclose(thinned.points, [[0.02, 0.03, 1.02], [0.03, 0.05, 1.03], [0.15, 0, 1]], atol=1e-6)
    assert thinned.colors.tolist() == [[5, 20, 20], [9, 9, 9], [7, 7, 7]]
    assert thinned.point_source.tolist() == [0, 2, 0]
    half = np.sqrt(0.5)
    np.testing.assert_allclose(thinned.normals, [[0, -half, -half], [0, 0, -1], [-1, 0, 0]], atol=1e-6)


def test_one_point_a_voxel_and_source_in_whatever_order_they_come():
    scene = random_scene()
    thinned = thin(scene, 0.2, 100_000)
    cells = np.column_stack([np.floor(scene.points / 0.2).astype(int), scene.point_source])
    assert len(thinned.points) == len(np.unique(cells, axis=0))
    order = np.random.default_rng(0).permutation(len(scene.points))
    parts = (scene.points, scene.colors, scene.point_source, scene.normals)
    shuffled = thin(Scene(*(part[order] for part in parts)), 0.2, 100_000)
    np.testing.assert_allclose(shuffled.points, thinned.points, atol=1e-6)
    np.testing.assert_array_equal(shuffled.point_source, thinned.point_source)


def test_the_cap_holds_and_is_deterministic():
    one, two = thin(random_scene(), 0.01, 500), thin(random_scene(), 0.01, 500)
    assert len(one.points) == len(one.colors) == len(one.point_source) == len(one.normals) == 500
    assert one.points.tobytes() == two.points.tobytes()
    np.testing.assert_allclose(np.linalg.norm(one.normals, axis=1), 1, atol=1e-5)


def test_nothing_stays_nothing_and_nonsense_is_named():
    scene = random_scene(10)
    empty = thin(Scene(scene.points[:0], scene.colors[:0], scene.point_source[:0], scene.normals[:0]), 0.02, 100)
    assert empty.points.shape == empty.normals.shape == (0, 3)
    far = Scene(scene.points * np.float32(1e8), scene.colors, scene.point_source, scene.normals)
    with pytest.raises(EstimationError, match=r"scene\.voxel"):
        thin(far, 0.002, 100)

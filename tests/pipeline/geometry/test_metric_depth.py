"""Whatever a network or a sensor calls depth, a point map of it is finite, and zero where nothing is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from share_data.camera import Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.geometry.metric_depth import metric_map, require_valid
from share_data.records import EstimatorInfo, PointMap

INFO = EstimatorInfo("test", 1)
DEPTHS = st.one_of(st.floats(width=32), st.sampled_from([0.0, -1.0, 2.0, 2.1, np.inf, -np.inf, np.nan]))


def map_of(depth: np.ndarray, edge_rtol: float | None) -> PointMap:
    height, width = depth.shape
    return metric_map(depth, Intrinsics.centred(50.0, width, height), INFO, edge_rtol)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=DEPTHS))
def test_depth_is_finite_and_positive_exactly_where_it_is_valid(depth: np.ndarray) -> None:
    known = np.isfinite(depth) & (depth > 0)
    before = depth.copy()
    kept, thinned = map_of(depth, None), map_of(depth, 0.04)
    np.testing.assert_array_equal(depth, before)
    np.testing.assert_array_equal(kept.valid, known)
    assert not (thinned.valid & ~known).any()
    for point_map in (kept, thinned):
        assert np.isfinite(point_map.depth).all() and point_map.depth.dtype == np.float32
        np.testing.assert_array_equal(point_map.depth, np.where(point_map.valid, depth, 0))


def test_pixels_beside_a_step_in_depth_are_no_surface_but_pixels_beside_a_hole_are() -> None:
    depth = np.full((6, 12), 2.0, np.float32)
    depth[:, 4:] = 3.0
    depth[:, 8:] = np.inf
    valid = map_of(depth, 0.04).valid
    assert np.flatnonzero(valid.all(axis=0)).tolist() == [0, 1, 2, 5, 6, 7]
    assert not valid[:, [3, 4, 8, 9, 10, 11]].any()


def test_a_keyframe_with_too_little_depth_fails() -> None:
    depth = np.zeros((10, 10), np.float32)
    depth[0] = 2.0
    require_valid(map_of(depth, None), 0.1, 7, "Look elsewhere.")
    with pytest.raises(EstimationError, match=r"^keyframe 7: metric depth in 10\.0% .*\(needed: 11%\)\. Look"):
        require_valid(map_of(depth, None), 0.11, 7, "Look elsewhere.")

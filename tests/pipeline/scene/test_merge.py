"""Merging aligned depths: few pixels, worked out by hand."""

import numpy as np
import pytest

from share_data.pipeline.geometry.depth_edges import depth_edges
from share_data.pipeline.scene.keyframe_scales import depth_ratio, keyframe_scales
from share_data.pipeline.scene.merge import agreeing, merge_depths, trust


def pixels(*columns):
    """(K, 1, N) float32 from N pixels of K depths; 0 is unseen."""
    depths = np.float32(columns).T[:, None]
    return depths, depths > 0


def test_means_medians_sources_and_colours():
    depths, seen = pixels((2, 4, 3), (2, 0, 3), (0, 5, 0), (0, 0, 0))
    mean = merge_depths(depths, seen, "mean", None)
    np.testing.assert_allclose(mean.depth, [[3, 2.5, 5, 0]])
    assert mean.source.tolist() == [[0, 0, 2, 0]]
    assert mean.valid.tolist() == [[True, True, True, False]]
    assert mean.colour_from[0, :3].tolist() == [0, 0, 1]
    depths, seen = pixels((2, 9, 3, 4), (2, 9, 3, 0), (1, 3, 0, 0))
    np.testing.assert_allclose(merge_depths(depths, seen, "median", None).depth, [[3.5, 3, 2]])


def test_the_majority_is_kept_and_the_rest_is_disagreement():
    # agree; 2 of 3; 1 against 1; none with another; 2 against 2
    depths, seen = pixels((4, 4.2, 4.1, 0), (4, 8, 4.2, 0), (4, 8, 0, 0), (2, 4, 8, 0), (4, 4, 8, 8), (0, 7, 0, 0))
    for merge in ("mean", "median"):
        merged = merge_depths(depths, seen, merge, 0.1)
        np.testing.assert_allclose(merged.depth, [[4.1, 4.1, 0, 0, 0, 7]], rtol=1e-6)
        assert merged.valid.tolist() == [[True, True, False, False, False, True]]
        assert merged.disagreement == pytest.approx(4 / 5)


def test_agreement_counts_the_weight_of_each_keyframe():
    depths, _ = pixels((4, 8, 8), (4, 8, 8), (4, 4.1, 8))
    weights = np.float32([[1, 1, 0.2], [0.1, 0.7, 0.6], [0.1, 0.3, 0.4]])[:, None]
    kept = agreeing(depths, weights, 0.1)
    # The first keyframe has 1 of 1.2; 1 against 1: nobody has 60 %; the first two keyframes have 0.8 of 1.2.
    assert kept[:, 0, 0].tolist() == [True, False, False]
    assert kept[:, 0, 1].tolist() == [False, False, False]
    assert kept[:, 0, 2].tolist() == [True, True, False]


def test_trust_grows_with_the_distance_from_what_is_not_seen():
    seen = np.ones((1, 1000), bool)
    seen[0, :100] = False
    np.testing.assert_allclose(trust(seen)[0, [99, 100, 104, 109, 500]], [0, 0.1, 0.5, 1, 1], atol=0.05)


def test_ratios_of_depths():
    first, second = np.array([2.0, 4, 6, 80]), np.array([1.0, 2, 3, 10])
    assert depth_ratio(first, second, "mean_ratio") == pytest.approx(92 / 16)
    assert depth_ratio(first, second, "median_ratio") == pytest.approx(2)
    biased = np.array([3.0, 1, 1, 1, 1, 1, 1, 1, 1, 9]) * np.arange(1, 11)
    assert depth_ratio(biased, np.arange(1.0, 11), "median_ratio", trim=0.1) == pytest.approx(1)


def test_pairs_weigh_as_many_as_their_pixels():
    # Keyframes 1 and 2 share 8 pixels at ratio 2, 2 and 3 share 4 at ratio 1, 1 and 3 share 2 at ratio 4.
    seen = np.zeros((3, 1, 14), bool)
    seen[0, 0, :8] = seen[1, 0, :12] = seen[2, 0, 8:] = seen[0, 0, 12:] = True
    depths = np.ones((3, 1, 14))
    depths[0, 0, :8], depths[0, 0, 12:] = 2, 4
    scales = keyframe_scales(list(depths), seen, "median_ratio", "first")
    # Least squares by hand: minimise 8 (a - l2)^2 + 4 (b - a)^2 + 2 (b - 2 l2)^2 for l2 = log 2.
    a, b = np.linalg.solve([[12, -4], [-4, 6]], np.log(2) * np.array([8.0, 4.0]))
    np.testing.assert_allclose(scales, np.exp([0, a, b]), rtol=1e-9)


def test_edges_are_two_pixels_wide_and_holes_are_none():
    depth = np.full((5, 8), 2.0, np.float32)
    depth[:, 4:] = 2.09
    assert depth_edges(depth, depth > 0, 0.04)[2].tolist() == [False] * 3 + [True] * 2 + [False] * 3
    assert not depth_edges(depth, depth > 0, 0.05).any()
    depth[:, 3] = 0
    assert not depth_edges(depth, depth > 0, 0.04).any()

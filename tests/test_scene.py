"""Scene fusion: eqs. 1-3 pixel by pixel, and a thinning that loses no source."""

import numpy as np
import pytest

from share_data.camera import Intrinsics, project
from share_data.errors import EstimationError
from share_data.pipeline.scene import SceneConfig, fuse_scene, thin
from share_data.records import EstimatorInfo, PointMap, Scene

WIDTH, HEIGHT = 32, 24
CAMERA = Intrinsics.centred(30.0, WIDTH, HEIGHT)
EXACT = SceneConfig(voxel=0.002)


def point_map(depth, valid=None, camera=CAMERA):
    depth = np.broadcast_to(np.float32(depth), (HEIGHT, WIDTH)).copy()
    valid = np.ones((HEIGHT, WIDTH), bool) if valid is None else valid
    return PointMap(np.where(valid, depth, 0), valid, camera, EstimatorInfo("test", 1))


def picture(value, width=WIDTH, height=HEIGHT):
    return np.full((height, width, 3), value, np.uint8)


def mask(left, right, width=WIDTH, height=HEIGHT):
    out = np.zeros((height, width), bool)
    out[:, left:right] = True
    return out


IMAGES = [picture(10), picture(200)]
APART = [mask(2, 8), mask(20, 26)]


def columns(points):
    return project(points.astype(np.float64), CAMERA)[:, 0]


def test_the_second_keyframe_is_scaled_by_the_ratio_of_mean_background_depths():
    depths = np.random.default_rng(0).uniform(2, 6, (2, HEIGHT, WIDTH)).astype(np.float32)
    background = ~APART[0] & ~APART[1]
    fusion = fuse_scene([point_map(depths[0]), point_map(depths[1])], IMAGES, APART, EXACT)
    assert fusion.scale == pytest.approx(depths[0][background].mean() / depths[1][background].mean(), rel=1e-5)
    np.testing.assert_allclose(fusion.human_points[1][:, 2], depths[1][APART[1]] * fusion.scale, rtol=1e-5)


def test_background_is_the_mean_of_both_and_what_the_person_hides_comes_from_the_other():
    depth_1, depth_2 = np.full((HEIGHT, WIDTH), 4.0), np.full((HEIGHT, WIDTH), 4.0)
    depth_1[:12], depth_2[:12] = 3.0, 5.0  # disagree, with equal means over the image
    depth_1[12:], depth_2[12:] = 5.0, 3.0
    depth_1[:, 20:26] = 6.0  # seen by keyframe 1 where the person stands in keyframe 2
    depth_2[:, 2:8] = 7.0
    scene = fuse_scene([point_map(depth_1), point_map(depth_2)], IMAGES, APART, EXACT).scene
    np.testing.assert_allclose(scene.points[scene.point_source == 0][:, 2], 4.0, atol=1e-5)
    one, two = scene.points[scene.point_source == 1], scene.points[scene.point_source == 2]
    np.testing.assert_allclose(one[:, 2], 6.0, atol=1e-5)
    np.testing.assert_allclose(two[:, 2], 7.0, atol=1e-5)
    assert len(one) == len(two) == 6 * HEIGHT
    assert columns(one).min() > 20 and columns(one).max() < 26
    assert columns(two).min() > 2 and columns(two).max() < 8


def test_colours_come_from_the_keyframe_that_saw_the_point():
    scene = fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, APART, EXACT).scene
    assert set(scene.colors[scene.point_source == 2].ravel()) == {200}
    assert set(scene.colors[scene.point_source == 1].ravel()) == {10}


def test_points_project_back_to_pixel_centres():
    scene = fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, APART, EXACT).scene
    pixels = project(scene.points.astype(np.float64), CAMERA)
    np.testing.assert_allclose(pixels % 1, 0.5, atol=1e-3)
    assert len(scene.points) == WIDTH * HEIGHT


def test_overlapping_people_leave_a_hole():
    scene = fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, [mask(2, 12), mask(8, 20)], EXACT).scene
    x = columns(scene.points)
    assert not ((x > 8) & (x < 12)).any()
    assert len(scene.points) == (WIDTH - 4) * HEIGHT


def test_pixels_invalid_in_a_keyframe_are_never_invented():
    valid = np.ones((HEIGHT, WIDTH), bool)
    valid[:5] = False
    fusion = fuse_scene([point_map(4.0, valid), point_map(4.0)], IMAGES, APART, EXACT)
    assert len(fusion.scene.points) == (HEIGHT - 5) * (WIDTH - 6) + HEIGHT * 6
    assert len(fusion.human_points[0]) == (HEIGHT - 5) * 6
    assert len(fusion.human_points[1]) == HEIGHT * 6


def test_full_size_images_and_masks_meet_smaller_point_maps():
    big = [picture(10, 4 * WIDTH, 4 * HEIGHT), picture(200, 4 * WIDTH, 4 * HEIGHT)]
    masks = [mask(8, 32, 4 * WIDTH, 4 * HEIGHT), mask(80, 104, 4 * WIDTH, 4 * HEIGHT)]
    large = fuse_scene([point_map(4.0), point_map(4.0)], big, masks, EXACT).scene
    small = fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, APART, EXACT).scene
    np.testing.assert_array_equal(large.points, small.points)
    np.testing.assert_array_equal(large.point_source, small.point_source)


def test_no_common_background_is_an_error():
    everywhere = np.ones((HEIGHT, WIDTH), bool)
    with pytest.raises(EstimationError, match="no valid background"):
        fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, [everywhere, mask(2, 8)], EXACT)


def test_maps_of_two_cameras_are_refused():
    other = Intrinsics.centred(31.0, WIDTH, HEIGHT)
    with pytest.raises(ValueError, match="intrinsics"):
        fuse_scene([point_map(4.0), point_map(4.0, camera=other)], IMAGES, APART, EXACT)


def random_scene(count=20_000):
    rng = np.random.default_rng(3)
    return Scene(
        rng.uniform(-1, 1, (count, 3)).astype(np.float32),
        rng.integers(0, 256, (count, 3)).astype(np.uint8),
        rng.integers(0, 3, count).astype(np.uint8),
    )


def test_thinning_keeps_one_point_a_voxel_and_source():
    scene = random_scene()
    thinned = thin(scene, SceneConfig(voxel=0.2))
    cells = {
        (*c, s)
        for c, s in zip(np.floor(scene.points / 0.2).astype(int).tolist(), scene.point_source, strict=True)
        for c in [tuple(c)]
    }
    assert len(thinned.points) == len(cells)
    assert np.ptp(thinned.points, axis=0).max() <= 2.0
    order = np.random.default_rng(0).permutation(len(scene.points))
    shuffled = thin(Scene(scene.points[order], scene.colors[order], scene.point_source[order]), SceneConfig(voxel=0.2))
    np.testing.assert_allclose(shuffled.points, thinned.points, atol=1e-6)
    np.testing.assert_array_equal(shuffled.point_source, thinned.point_source)


def test_the_cap_holds_and_is_deterministic():
    config = SceneConfig(voxel=0.01, max_points=500)
    one, two = thin(random_scene(), config), thin(random_scene(), config)
    assert len(one.points) == len(one.colors) == len(one.point_source) == 500
    np.testing.assert_array_equal(one.points, two.points)

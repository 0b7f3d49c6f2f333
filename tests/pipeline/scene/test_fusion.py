"""Scene fusion: SHARE's equations by hand, then K keyframes that err, move and leave holes."""

import time
from dataclasses import replace

import numpy as np
import pytest
from scene_maps import CAMERA, HEIGHT, WIDTH, columns, picture, point_map, rays, room

from share_data.camera import Intrinsics, project
from share_data.errors import EstimationError
from share_data.pipeline.scene.fusion import SceneConfig, fuse_scene

PAPER = SceneConfig.paper(voxel=0.002)
FINE = SceneConfig(voxel=0.002)
IMAGES = [picture(10), picture(200)]
APART = [columns(2, 8), columns(20, 26)]
NOBODY = columns(0, 0)


def column_of(points, camera=CAMERA):
    return project(points.astype(np.float64), camera)[:, 0]


def by_column(scene, camera):
    order = np.argsort(column_of(scene.points, camera))
    return scene.points[order], scene.colors[order], scene.point_source[order]


def test_the_papers_equations_by_hand():
    camera = Intrinsics(2.0, 2.0, 0.5, 4, 1)
    first = point_map([[2, 4, 6, 8]], camera=camera)
    second = point_map([[0.5, 2.5, 5, 4]], camera=camera)
    masks = [columns(2, 3, camera), columns(3, 4, camera)]
    fusion = fuse_scene([first, second], [picture(10, camera), picture(200, camera)], masks, PAPER)
    # Common background: columns 0 and 1. s = (2 + 4) / (0.5 + 2.5) = 2; the second map becomes 1, 5, 10, 8.
    np.testing.assert_allclose(fusion.scales, [1, 2], rtol=1e-12)
    points, colors, sources = by_column(fusion.scene, camera)
    expected = [[-0.75 * 1.5, 0, 1.5], [-0.25 * 4.5, 0, 4.5], [0.25 * 10, 0, 10], [0.75 * 8, 0, 8]]
    np.testing.assert_allclose(points, expected, rtol=1e-6)
    assert sources.tolist() == [0, 0, 2, 1]
    assert colors[:, 0].tolist() == [10, 10, 200, 10]
    np.testing.assert_allclose(fusion.human_points[0], [[0.25 * 6, 0, 6]], rtol=1e-6)
    np.testing.assert_allclose(fusion.human_points[1], [[0.75 * 8, 0, 8]], rtol=1e-6)
    assert not fusion.holes.any()


def test_the_papers_scale_is_the_ratio_of_mean_background_depths():
    depths = np.random.default_rng(0).uniform(2, 6, (2, HEIGHT, WIDTH)).astype(np.float32)
    background = ~APART[0] & ~APART[1]
    fusion = fuse_scene([point_map(depths[0]), point_map(depths[1])], IMAGES, APART, PAPER)
    assert fusion.scales[1] == pytest.approx(depths[0][background].mean() / depths[1][background].mean(), rel=1e-5)
    np.testing.assert_allclose(fusion.human_points[1][:, 2], depths[1][APART[1]] * fusion.scales[1], rtol=1e-5)


def test_what_the_paper_leaves_empty_stays_empty():
    valid = np.ones((HEIGHT, WIDTH), bool)
    valid[:5] = False
    fusion = fuse_scene([point_map(4.0, valid), point_map(4.0)], IMAGES, APART, PAPER)
    assert len(fusion.scene.points) == (HEIGHT - 5) * (WIDTH - 6) + HEIGHT * 6
    assert len(fusion.human_points[0]) == (HEIGHT - 5) * 6
    assert len(fusion.human_points[1]) == HEIGHT * 6
    assert fusion.holes.sum() == 5 * (WIDTH - 6)
    ours = fuse_scene([point_map(4.0, valid), point_map(4.0)], IMAGES, APART, FINE)
    # What only one keyframe shows is taken from it, and says so; behind the second person nothing shows the top.
    assert set(ours.scene.point_source[project(ours.scene.points, CAMERA)[:, 1] < 5]) == {2}
    assert ours.holes.sum() == 5 * 6


@pytest.mark.parametrize("config", [PAPER, FINE])
def test_every_point_lies_on_its_pixels_ray(config):
    scene = fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, APART, config).scene
    assert len(scene.points) == WIDTH * HEIGHT
    np.testing.assert_allclose(project(scene.points.astype(np.float64), CAMERA) % 1, 0.5, atol=1e-3)
    np.testing.assert_allclose(scene.points[:, 2], 4.0, rtol=1e-6)


@pytest.mark.parametrize("config", [PAPER, FINE])
def test_overlapping_people_leave_a_hole(config):
    fusion = fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, [columns(2, 12), columns(8, 20)], config)
    np.testing.assert_array_equal(fusion.holes, columns(8, 12))
    x = column_of(fusion.scene.points)
    assert not ((x > 8) & (x < 12)).any()
    assert fusion.scores["scene_hole_fraction"] == pytest.approx(4 / WIDTH)
    assert fusion.scores["scene_hidden_fraction"] == pytest.approx(4 / WIDTH)


def test_full_size_images_and_masks_meet_smaller_point_maps():
    camera = CAMERA.scaled(4 * WIDTH, 4 * HEIGHT)
    big, masks = [picture(10, camera), picture(200, camera)], [columns(8, 32, camera), columns(80, 104, camera)]
    large = fuse_scene([point_map(4.0), point_map(4.0)], big, masks, FINE).scene
    small = fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, APART, FINE).scene
    np.testing.assert_array_equal(large.points, small.points)
    np.testing.assert_array_equal(large.point_source, small.point_source)


def test_colours_come_from_a_keyframe_that_shows_the_point():
    for config in (PAPER, FINE):
        scene = fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, APART, config).scene
        assert set(scene.colors[scene.point_source == 2].ravel()) == {200}
        assert set(scene.colors[scene.point_source == 1].ravel()) == {10}


def test_fusing_a_map_with_itself_changes_nothing():
    depth = room(CAMERA).astype(np.float32)
    config = SceneConfig(voxel=0.002, edge_rtol=None)
    twice, often = (fuse_scene([point_map(depth)] * k, [picture(9)] * k, [NOBODY] * k, config) for k in (2, 5))
    expected = (rays(CAMERA) * depth[..., None]).reshape(-1, 3)
    np.testing.assert_allclose(np.sort(twice.scene.points, axis=0), np.sort(expected, axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(often.scene.points, twice.scene.points, rtol=1e-6)
    np.testing.assert_array_equal(often.scales, np.ones(5))
    assert not often.scene.point_source.any()


def test_with_three_keyframes_a_hidden_pixel_is_merged_from_the_other_two():
    masks = [columns(2, 8), columns(6, 12), columns(20, 26)]
    fusion = fuse_scene([point_map(4.0)] * 3, [picture(9)] * 3, masks, FINE)
    assert not fusion.holes.any()
    x = column_of(fusion.scene.points)
    seen_once = (x > 6) & (x < 8)
    assert set(fusion.scene.point_source[seen_once]) == {3}
    assert set(fusion.scene.point_source[~seen_once]) == {0}


def clip(count, seed=0, width=320, noise=0.003):
    """K keyframes of a room with scales off by 5 %, a person who walks through, and the depths before all that."""
    camera = Intrinsics.from_hfov(60, width, width * 3 // 4)
    rng = np.random.default_rng(seed)
    true = room(camera)
    scales = np.exp(0.05 * rng.normal(size=count))
    maps, masks = [], []
    for k in range(count):
        left = (k + 1) * width // (count + 2)
        mask = columns(left, left + width // 16, camera)
        depth = np.where(mask, 2.5, true * (1 + noise * rng.normal(size=true.shape))) / scales[k]
        maps.append(point_map(depth, camera=camera))
        masks.append(mask)
    return camera, true, scales, maps, masks


@pytest.mark.parametrize("count", [2, 3, 6])
def test_keyframe_scales_are_found_within_a_fifth_of_a_percent_despite_outliers(count):
    camera, _, scales, maps, masks = clip(count)
    rng = np.random.default_rng(1)
    rough = []
    for k, each in enumerate(maps):
        # In every other keyframe, so that outliers do not cancel.
        wrong = (rng.random(each.depth.shape) < 0.05) & (k % 2 == 1)
        rough.append(point_map(np.where(wrong, each.depth * rng.uniform(1, 4, wrong.shape), each.depth), camera=camera))
    # Scattered outliers make every window an edge: here the medians alone must do.
    config = SceneConfig(edge_rtol=None)
    fusion = fuse_scene(rough, [picture(9, camera)] * count, masks, config)
    np.testing.assert_allclose(fusion.scales / fusion.scales[0], scales / scales[0], rtol=2e-3)
    assert np.median(np.log(fusion.scales)) == pytest.approx(0, abs=1e-12)
    mean = fuse_scene(rough, [picture(9, camera)] * count, masks, SceneConfig.paper()).scales
    assert (
        np.abs(fusion.scales / fusion.scales[0] / (scales / scales[0]) - 1).max()
        < 0.5 * np.abs(mean / mean[0] / (scales / scales[0]) - 1).max()
    )


def test_more_keyframes_average_the_metric_scale():
    errors = {"consensus": [], "first": []}
    for seed in range(20):
        camera, _, scales, maps, masks = clip(5, seed, width=64)
        for reference, found in errors.items():
            config = SceneConfig(reference=reference, edge_rtol=None)
            fusion = fuse_scene(maps, [picture(9, camera)] * 5, masks, config)
            found.append(np.log(fusion.scales[0] / scales[0]))
    assert np.std(errors["consensus"]) < 0.7 * np.std(errors["first"])


def moved_box(count, movers):
    """K keyframes of a room; in `movers` a box 2 m away stands before the 5 m wall."""
    camera, true, _, _, _ = clip(2)
    box = np.zeros(true.shape, bool)
    box[20:60, 200:240] = True
    maps = [point_map(np.where(box & (k in movers), 2.0, true), camera=camera) for k in range(count)]
    none = columns(0, 0, camera)
    return camera, box, fuse_scene(maps, [picture(9, camera)] * count, [none] * count, SceneConfig(voxel=0.002))


def test_moved_furniture_leaves_a_hole_when_two_keyframes_cannot_settle_it():
    _, box, fusion = moved_box(2, {1})
    inside = np.zeros_like(box)
    inside[26:54, 206:234] = True  # nearer the box's rim the other keyframe, which has no edge there, is trusted
    assert fusion.holes[inside].all()
    assert not fusion.holes[~box].any()
    assert 0.5 * box.mean() < fusion.scores["scene_disagreement"] < 1.5 * box.mean()
    depths = fusion.scene.points[:, 2]
    assert not ((depths > 2.1) & (depths < 4.9) & (fusion.scene.points[:, 1] < 0)).any()


@pytest.mark.parametrize(("count", "movers", "depth"), [(3, {1}, 5.0), (3, {0, 2}, 2.0), (5, {0, 4}, 5.0)])
def test_moved_furniture_is_settled_by_the_majority(count, movers, depth):
    camera, box, fusion = moved_box(count, movers)
    u, v = np.floor(project(fusion.scene.points.astype(np.float64), camera)).astype(int).T
    inner = (v > 26) & (v < 54) & (u > 206) & (u < 234)
    np.testing.assert_allclose(fusion.scene.points[inner, 2], depth, rtol=1e-5)
    assert not fusion.holes[30:50, 210:230].any()
    assert 0 < fusion.scores["scene_disagreement"] < 1.5 * box.mean()


def test_a_tie_is_nobodys():
    assert moved_box(4, {0, 1})[2].holes[30:50, 210:230].all()


def test_depth_that_bleeds_off_the_person_is_taken_from_the_clean_keyframe():
    camera, true, _, _, _ = clip(2)
    halo, mask = columns(95, 125, camera), columns(97, 123, camera)
    maps = [point_map(np.where(halo, true - 0.4, true), camera=camera), point_map(true, camera=camera)]
    masks = [mask, columns(200, 220, camera)]

    def worst(merge):
        scene = fuse_scene(maps, [picture(9, camera)] * 2, masks, SceneConfig(voxel=0.002, merge=merge)).scene
        x = column_of(scene.points, camera)
        wall = scene.points[(scene.points[:, 1] < 0.5) & (x > 90) & (x < 130), 2]
        return np.abs(wall - 5).max()

    assert worst("mean") > 0.15
    assert worst("weighted") < 0.15


def test_flying_pixels_between_two_surfaces_are_left_out():
    camera, true, _, _, _ = clip(2)
    near, ramp = columns(100, 140, camera), columns(140, 142, camera)
    depth = np.where(near, 2.0, np.where(ramp, 3.0, true))
    maps, none = [point_map(depth, camera=camera)] * 2, columns(0, 0, camera)
    kept = fuse_scene(maps, [picture(9, camera)] * 2, [none] * 2, SceneConfig(edge_rtol=None)).scene.points
    clean = fuse_scene(maps, [picture(9, camera)] * 2, [none] * 2, SceneConfig()).scene.points
    upper = kept[:, 1] < 0.2
    assert ((kept[:, 2] > 2.9) & (kept[:, 2] < 3.1) & upper).any()
    assert not ((clean[:, 2] > 2.1) & (clean[:, 2] < 4.9) & (clean[:, 1] < 0.2)).any()


def test_human_points_lose_their_rim_on_request_and_someone_tiny_keeps_theirs():
    camera, true, _, _, _ = clip(2)
    mask, far = columns(100, 140, camera), columns(200, 202, camera)
    maps = [point_map(np.where(mask, 2.5, true), camera=camera), point_map(np.where(far, 2.5, true), camera=camera)]
    config = SceneConfig(edge_rtol=None)
    whole = fuse_scene(maps, [picture(9, camera)] * 2, [mask, far], config).human_points
    assert [len(each) for each in whole] == [mask.sum(), far.sum()]
    eroded = fuse_scene(maps, [picture(9, camera)] * 2, [mask, columns(0, 0, camera)], SceneConfig(human_erosion=3))
    assert len(eroded.human_points[0]) == 34 * camera.height  # the image's border is no rim
    tiny = fuse_scene(maps, [picture(9, camera)] * 2, [mask, far], SceneConfig()).human_points
    assert len(tiny[0]) == 38 * camera.height
    assert len(tiny[1]) == far.sum()


def test_no_common_background_is_an_error():
    everywhere = np.ones((HEIGHT, WIDTH), bool)
    for config in (PAPER, FINE):
        with pytest.raises(EstimationError, match="no valid background"):
            fuse_scene([point_map(4.0), point_map(4.0)], IMAGES, [everywhere, columns(2, 8)], config)


def test_maps_of_two_cameras_or_of_one_keyframe_are_refused():
    other = Intrinsics.centred(31.0, WIDTH, HEIGHT)
    with pytest.raises(ValueError, match="intrinsics"):
        fuse_scene([point_map(4.0), point_map(4.0, camera=other)], IMAGES, APART, FINE)
    with pytest.raises(ValueError, match="at least two"):
        fuse_scene([point_map(4.0)], IMAGES[:1], APART[:1], FINE)


def test_the_same_input_gives_the_same_bytes():
    camera, _, _, maps, masks = clip(3)
    one, two = (fuse_scene(maps, [picture(9, camera)] * 3, masks, SceneConfig(max_points=2000)) for _ in range(2))
    for name in ("points", "colors", "point_source", "normals"):
        assert getattr(one.scene, name).tobytes() == getattr(two.scene, name).tobytes()
    assert len(one.scene.points) == 2000
    assert one.scales.tobytes() == two.scales.tobytes()


def test_a_full_hd_pair_takes_little_time():
    camera, _, _, maps, masks = clip(2, width=1440)
    start = time.process_time()
    fuse_scene(maps, [picture(9, camera)] * 2, masks, SceneConfig())
    assert time.process_time() - start < 6  # about 1 s on one idle core; machines that run tests are neither


def test_measured_depths_have_one_scale_whatever_moves_between_them():
    still = np.full((HEIGHT, WIDTH), 3.0, np.float32)
    moved = np.where(columns(0, WIDTH * 55 // 100), np.float32(2.4), still)
    maps = [point_map(depth) for depth in (still, moved)]
    assert fuse_scene(maps, IMAGES, [NOBODY, NOBODY], FINE).scales.tolist() != [1, 1]
    measured = [replace(each, measured=True) for each in maps]
    assert fuse_scene(measured, IMAGES, [NOBODY, NOBODY], FINE).scales.tolist() == [1, 1]

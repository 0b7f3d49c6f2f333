"""The empty room of a fixed camera: made from many pictures, and seen only where a clip shows nothing of its own."""

import tracemalloc

import numpy as np
import pytest
from fixed_camera import CAMERA as SMALL
from fixed_camera import Network, NetworkConfig, empty, frame
from hypothesis import given
from hypothesis import strategies as st
from scene_maps import CAMERA, HEIGHT, WIDTH, columns, picture, point_map, room

from share_data.camera import Intrinsics, project
from share_data.errors import EstimationError
from share_data.pipeline.geometry.ground_plane import GroundPlaneConfig, GroundPlaneEstimator
from share_data.pipeline.scene.backdrop import Backdrop, empty_room, map_room, sees_scene
from share_data.pipeline.scene.fusion import Fusion, SceneConfig, fuse_scene

CONFIG = SceneConfig(voxel=0.002)
OVERLAP = [columns(2, 12), columns(8, 20)]
HOLE = columns(8, 12)
IMAGES = [picture(10), picture(200)]


def fused(backdrop, maps=None, masks=OVERLAP, config=CONFIG) -> Fusion:
    return fuse_scene(maps or [point_map(4.0)] * 2, IMAGES, masks, config, backdrop)


def of_depth(depth, valid=None) -> Backdrop:
    return Backdrop(picture(90), point_map(depth, valid))


def same_scene(one: Fusion, other: Fusion) -> bool:
    names = ("points", "colors", "point_source", "normals")
    return all(getattr(one.scene, name).tobytes() == getattr(other.scene, name).tobytes() for name in names)


# Making it.


def test_whoever_is_in_fewer_than_half_of_the_pictures_is_not_in_the_room():
    people = [slice(10 * k, 10 * k + 30) for k in range(7)]
    assert np.array_equal(empty_room(frame(person=person) for person in people)[1:], empty()[1:])


def test_the_pictures_of_a_room_are_held_once():
    count, height, width = 8, 1080, 1920
    tracemalloc.start()
    room = empty_room(np.full((height, width, 3), level, np.uint8) for level in range(count))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (room == 3).all()
    assert peak < 1.3 * count * room.nbytes


@given(st.integers(1, 6), st.integers(1, 140), st.integers(0, 9))
def test_every_pixel_is_the_lower_median_of_its_channel(count, height, seed):
    pictures = np.random.default_rng(seed).integers(0, 256, (count, height, 3, 3), dtype=np.uint8)
    np.testing.assert_array_equal(empty_room(list(pictures)), np.sort(pictures, axis=0)[(count - 1) // 2])


def test_the_room_is_mapped_without_anybody_in_it():
    made = map_room(empty(), SMALL, Network(NetworkConfig()))
    np.testing.assert_allclose(made.depth, room(SMALL), atol=0.02)


def test_a_room_in_which_nothing_metric_is_found_has_no_map():
    class Blind(Network):
        def estimate(self, images, intrinsics, person):
            raise EstimationError("sky")

    assert map_room(empty(), SMALL, Blind(NetworkConfig())) is None


def test_an_estimator_that_measures_by_the_person_sees_no_room():
    assert sees_scene(Network(NetworkConfig()))
    assert not sees_scene(GroundPlaneEstimator(GroundPlaneConfig()))


# Using it.


@pytest.mark.parametrize("scale", [1.0, 1.3, 0.6])
def test_just_the_hole_is_filled_at_the_clips_own_scale(scale):
    depth = room(CAMERA)
    without = fused(None, [point_map(depth)] * 2, config=SceneConfig(voxel=0.002, edge_rtol=None))
    filled = fused(of_depth(depth * scale), [point_map(depth)] * 2, config=SceneConfig(voxel=0.002, edge_rtol=None))
    np.testing.assert_array_equal(without.holes, HOLE)
    assert not filled.holes.any()
    scene, new = filled.scene, filled.scene.point_source == 255
    v, u = np.floor(project(scene.points.astype(np.float64), CAMERA)).astype(int).T[::-1]
    np.testing.assert_array_equal(HOLE[v, u], new)
    np.testing.assert_allclose(scene.points[:, 2], depth[v, u], rtol=1e-5)
    assert set(scene.colors[new].ravel()) == {90} and 90 not in scene.colors[~new]
    assert filled.scores["backdrop_filled"] == new.mean() == pytest.approx(4 / WIDTH)
    assert filled.scores["backdrop_residual"] == pytest.approx(0, abs=1e-6)
    assert filled.scores["scene_hole_fraction"] == 0
    assert filled.scores["scene_hidden_fraction"] == without.scores["scene_hidden_fraction"] == pytest.approx(4 / WIDTH)
    for name in ("points", "colors", "point_source"):
        np.testing.assert_array_equal(getattr(scene, name)[~new], getattr(without.scene, name))


def test_what_is_invalid_in_every_keyframe_is_filled_too():
    valid = ~columns(25, 28)
    filled = fused(of_depth(4.0), [point_map(4.0, valid)] * 2)
    assert not filled.holes.any()
    assert filled.scores["backdrop_filled"] == pytest.approx(7 / WIDTH)


def test_what_the_backdrop_does_not_show_stays_a_hole():
    np.testing.assert_array_equal(fused(of_depth(4.0, ~columns(10, 14))).holes, columns(10, 12))


def test_nothing_that_a_keyframe_shows_is_touched():
    masks = [columns(2, 8), columns(20, 26)]
    without, backed = fused(None, masks=masks), fused(of_depth(4.2), masks=masks)
    assert same_scene(without, backed)
    assert backed.scores["backdrop_filled"] == 0


def test_where_keyframes_contradict_each_other_a_hole_stays():
    moved = columns(22, 28)
    maps = [point_map(4.0), point_map(np.where(moved, 2.0, 4.0))]
    config = SceneConfig(voxel=0.002, edge_rtol=None, merge="mean")
    np.testing.assert_array_equal(fused(of_depth(4.0), maps, config=config).holes, moved)


def test_another_room_is_left_out():
    backed = fused(of_depth(np.linspace(2, 8, WIDTH)[None]), config=SceneConfig(voxel=0.002, edge_rtol=None))
    assert same_scene(fused(None), backed)
    assert backed.scores["backdrop_residual"] > 0.1 and backed.scores["backdrop_filled"] == 0


def test_a_hole_whose_surroundings_have_moved_stays_one():
    camera = Intrinsics.centred(150.0, 160, 24)
    masks = [columns(20, 40, camera) | columns(120, 140, camera)] * 2
    sofa = columns(10, 50, camera)
    maps, image = [point_map(4.0, camera=camera)] * 2, picture(10, camera)
    moved = Backdrop(image, point_map(np.where(sofa, 3.0, 4.0), camera=camera))
    config = SceneConfig(edge_rtol=None)
    np.testing.assert_array_equal(fuse_scene(maps, [image] * 2, masks, config, moved).holes, columns(20, 40, camera))


def test_a_backdrop_that_shares_next_to_nothing_with_the_clip_says_nothing():
    backed = fused(of_depth(4.0, columns(8, 13)))
    assert same_scene(fused(None), backed)
    assert backed.scores["backdrop_filled"] == 0 and "backdrop_residual" not in backed.scores


def test_without_a_backdrop_no_score_speaks_of_it():
    assert not any("backdrop" in name for name in fused(None).scores)


def test_a_backdrop_of_another_camera_is_refused():
    other = Backdrop(picture(90), point_map(4.0, camera=Intrinsics.centred(31.0, WIDTH, HEIGHT)))
    with pytest.raises(ValueError, match="intrinsics"):
        fused(other)

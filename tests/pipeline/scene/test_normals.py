"""Normals: planes and spheres whose normals are known, edges that must not bend them, points without neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scene_maps import columns, rays, room

from share_data.camera import Intrinsics
from share_data.pipeline.scene.downsample import thin
from share_data.pipeline.scene.normals import depth_normals, fill_normals
from share_data.records import Scene

CAMERA = Intrinsics.from_hfov(60, 320, 240)
ALL = np.ones((240, 320), bool)


def degrees(found, expected):
    across = np.linalg.norm(np.cross(found, np.broadcast_to(expected, found.shape)), axis=-1)
    return np.degrees(np.arctan2(across, (found * expected).sum(axis=-1)))


def plane_depth(normal, distance, camera=CAMERA):
    return (distance / (rays(camera) @ normal)).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(st.floats(-55, 55), st.floats(-55, 55), st.floats(1, 10))
def test_planes_have_their_own_normal_whatever_their_tilt(pitch, yaw, distance):
    away = np.array([np.tan(np.radians(yaw)), np.tan(np.radians(pitch)), 1.0])
    away /= np.linalg.norm(away)
    inward = rays(CAMERA) @ away
    valid = inward > 0.1
    depth = np.where(valid, distance / np.where(valid, inward, 1), 0).astype(np.float32)
    normals = depth_normals(depth, valid, CAMERA)
    known = np.linalg.norm(normals, axis=-1) > 0.5
    assert known.sum() >= 0.99 * valid.sum()
    assert degrees(normals[known], -away).max() < 0.02
    assert (np.einsum("ni,ni->n", normals[known], rays(CAMERA)[known]) < 0).all()


def test_a_sphere():
    centre, radius = np.array([0.2, -0.1, 4.0]), 1.0
    direction = rays(CAMERA)
    a, b, c = (direction**2).sum(axis=-1), direction @ centre, centre @ centre - radius**2
    root = b**2 - a * c
    valid = root > 0
    depth = np.where(valid, (b - np.sqrt(np.maximum(root, 0))) / a, 0).astype(np.float32)
    true = (direction * depth[..., None] - centre) / radius
    normals = depth_normals(depth, valid, CAMERA)
    incidence = degrees(true, -direction / np.linalg.norm(direction, axis=-1, keepdims=True))
    front = valid & (incidence < 75)
    error = degrees(normals[front], true[front])
    assert np.median(error) < 0.3
    assert error.max() < 2


def test_an_edge_between_two_walls_bends_neither():
    near = columns(100, 200, CAMERA)
    depth = np.where(near, 3.0, 3.3).astype(np.float32)
    np.testing.assert_allclose(degrees(depth_normals(depth, ALL, CAMERA), np.array([0, 0, -1])), 0, atol=0.1)


def test_a_crease_keeps_the_normals_of_both_its_sides():
    depth = room(CAMERA).astype(np.float32)
    normals = depth_normals(depth, ALL, CAMERA)
    expected = np.where((depth < 4.999)[..., None], np.array([0.0, -1, 0]), np.array([0.0, 0, -1]))
    assert np.percentile(degrees(normals, expected), 99) < 1


def test_noise_averages_out_over_a_voxel():
    away = np.array([0, np.sin(0.6), np.cos(0.6)])
    true = plane_depth(away, 2.0)
    depth = (true * (1 + 0.002 * np.random.default_rng(0).normal(size=true.shape))).astype(np.float32)
    normals = depth_normals(depth, ALL, CAMERA).reshape(-1, 3)
    points = (rays(CAMERA) * depth[..., None]).reshape(-1, 3).astype(np.float32)
    count = len(points)
    scene = thin(Scene(points, np.zeros((count, 3), np.uint8), np.zeros(count, np.uint8), normals), 0.1, 10**6)
    assert np.median(degrees(scene.normals, -away)) < 6


@pytest.mark.parametrize("hole", [(slice(None), slice(5, 6)), (slice(7, 8), slice(None))])
def test_holes_are_not_bridged(hole):
    depth, valid = plane_depth(np.array([0, 0, 1.0]), 3.0), ALL.copy()
    valid[hole] = False
    depth[~valid] = 0
    normals = depth_normals(depth, valid, CAMERA)
    assert not normals[~valid].any()
    np.testing.assert_allclose(degrees(normals[valid], np.array([0, 0, -1])), 0, atol=0.1)


def test_a_pixel_of_no_surface_has_no_normal_and_takes_that_of_its_surroundings():
    depth = np.full((240, 320), 3.0, np.float32)
    depth[100, 100] = 2.0
    normals = depth_normals(depth, ALL, CAMERA)
    assert not normals[100, 100].any()
    points = (rays(CAMERA) * 3.0)[90:110, 90:110].reshape(-1, 3).astype(np.float32)
    given_normals = np.tile(np.float32([0, 0, -1]), (len(points), 1))
    given_normals[37] = 0
    np.testing.assert_allclose(fill_normals(points, given_normals), np.tile([0, 0, -1], (len(points), 1)), atol=1e-6)


def test_too_few_points_for_a_plane_face_the_camera():
    points = np.float32([[0, 0, 2], [3, 0, 4]])
    np.testing.assert_allclose(fill_normals(points, np.zeros((2, 3))), [[0, 0, -1], [-0.6, 0, -0.8]], atol=1e-6)
    assert fill_normals(points[:0], np.zeros((0, 3))).shape == (0, 3)

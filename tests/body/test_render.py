"""The rasteriser against geometry written down: planes, a sphere, single pixels by brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.body.render import barycentric, rasterize
from share_data.camera import Intrinsics, pixel_grid, project, unproject

CAMERA = Intrinsics.from_hfov(60, 96, 64)
QUAD = np.array([[0, 1, 2], [0, 2, 3]])


def inside_by_brute_force(corners: np.ndarray, camera: Intrinsics) -> np.ndarray:
    """(H, W) bool: pixel centres strictly inside a projected triangle, by the signs of three areas."""
    uv = project(corners, camera)
    grid = pixel_grid(camera.width, camera.height).astype(np.float64)
    a, b = uv, np.roll(uv, -1, axis=0)
    edge, to_pixel = b - a, grid[..., None, :] - a
    side = edge[:, 0] * to_pixel[..., 1] - edge[:, 1] * to_pixel[..., 0]
    return (side > 1e-9).all(axis=-1) | (side < -1e-9).all(axis=-1)


def test_depth_of_a_slanted_plane_is_exact_at_pixel_centres() -> None:
    plane = np.array([[-3, -2, 2.0], [3, -2, 2.5], [3, 2, 5.5], [-3, 2, 5.0]])
    raster = rasterize(plane, QUAD, CAMERA)
    normal = np.cross(plane[1] - plane[0], plane[2] - plane[0])
    rays = unproject(pixel_grid(96, 64).astype(np.float64), np.ones((64, 96)), CAMERA)
    expected = (normal @ plane[0]) / (rays @ normal)
    seen = raster.depth > 0
    assert seen.mean() > 0.6
    assert np.abs(raster.depth - expected)[seen].max() < 1e-5
    assert np.array_equal(seen, raster.face >= 0)


def test_depth_of_a_sphere() -> None:
    n = 200
    theta, phi = np.meshgrid(np.linspace(0, np.pi, n), np.linspace(0, 2 * np.pi, n), indexing="ij")
    sphere = np.stack([np.sin(theta) * np.cos(phi), np.cos(theta), np.sin(theta) * np.sin(phi)], -1).reshape(-1, 3)
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + n], 1), np.stack([corner + n, corner + 1, corner + n + 1], 1)]
    )
    centre = np.array([0.2, -0.1, 4.0])
    raster = rasterize(sphere + centre, faces, CAMERA)
    rays = unproject(pixel_grid(96, 64).astype(np.float64), np.ones((64, 96)), CAMERA)
    b, squared = rays @ centre, (rays**2).sum(-1)
    inside = b**2 - squared * (centre @ centre - 1)
    well_inside = inside > 0.3  # away from the silhouette, where the facets differ from the sphere
    nearest = (b - np.sqrt(np.maximum(inside, 0))) / squared
    assert np.abs(raster.depth - nearest)[well_inside].max() < 1e-3
    assert not raster.depth[inside < 0].any()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.02, 2.0))
def test_a_triangle_covers_the_pixels_whose_centres_it_holds(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-size, size, (3, 3)) + np.append(rng.uniform(-1, 1, 2), 4.0)
    seen = rasterize(corners, np.array([[0, 1, 2]]), CAMERA).face == 0
    assert np.array_equal(seen, inside_by_brute_force(corners, CAMERA))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_triangles_that_share_edges_leave_no_gap_and_do_not_overlap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rim = np.array([[-9, -9, 3.0], [9, -9, 3.0], [9, 9, 3.0], [-9, 9, 3.0]])
    hub = np.array([[*rng.uniform(-1, 1, 2), 3.0]])
    fan = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    vertices = np.concatenate([rim, hub])
    single = [rasterize(vertices, fan[k : k + 1], CAMERA).face == 0 for k in range(4)]
    assert np.array_equal(np.sum(single, axis=0), np.ones((64, 96)))
    assert (rasterize(vertices, fan, CAMERA).face >= 0).all()


def test_the_nearer_surface_wins_whatever_the_order() -> None:
    near = np.array([[-1, -1, 2.0], [1, -1, 2.0], [1, 1, 2.0], [-1, 1, 2.0]])
    vertices = np.concatenate([near, near * [4, 4, 2]])
    faces = np.concatenate([QUAD, QUAD + 4])
    one, other = rasterize(vertices, faces, CAMERA), rasterize(vertices, faces[::-1], CAMERA)
    assert np.array_equal(one.depth, other.depth)
    assert set(np.unique(one.depth)) == {2.0, 4.0}
    assert set(np.unique(one.face[one.depth == 2])) == {0, 1}


def test_a_floor_that_passes_under_the_camera_is_clipped_at_the_near_plane() -> None:
    floor = np.array([[-9, 1.5, -9.0], [9, 1.5, -9.0], [9, 1.5, 9.0], [-9, 1.5, 9.0]])
    raster = rasterize(floor, QUAD, CAMERA)
    below = pixel_grid(96, 64)[..., 1].astype(np.float64) - CAMERA.cy
    expected = np.divide(1.5 * CAMERA.focal, below, out=np.full((64, 96), np.inf), where=below > 0)
    rays = unproject(pixel_grid(96, 64).astype(np.float64), np.ones((64, 96)), CAMERA)
    on_floor = (expected < 9) & (np.abs(rays[..., 0] * expected) < 9)
    assert np.array_equal(raster.depth > 0, on_floor)
    assert np.abs(raster.depth - expected)[on_floor].max() < 1e-5


def test_a_wall_behind_the_camera_and_an_empty_mesh_leave_the_image_empty() -> None:
    behind = np.array([[-1, -1, -2.0], [1, -1, -2.0], [1, 1, -2.0], [-1, 1, -2.0]])
    for faces in (QUAD, np.zeros((0, 3), dtype=int)):
        raster = rasterize(behind, faces, CAMERA)
        assert not raster.depth.any() and (raster.face == -1).all()


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (0.2, 0.3, 0.5), (1 / 3, 1 / 3, 1 / 3)])
def test_barycentric_weights_are_recovered(weights: tuple[float, float, float]) -> None:
    corners = np.random.default_rng(3).normal(size=(5, 3, 3))
    points = np.einsum("k,nkd->nd", np.array(weights), corners)
    assert np.allclose(barycentric(corners, points), weights, atol=1e-9)

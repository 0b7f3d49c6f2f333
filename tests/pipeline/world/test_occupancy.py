"""Free is what a ray passed, occupied is where one ended, and everything else a single view does not know."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from share_data.pipeline.world.occupancy import (
    BLOCKED,
    FREE,
    OCCUPIED,
    UNKNOWN,
    WALKABLE,
    OccupancyConfig,
    occupancy_grid,
    walkable_map,
)

CAMERA = np.array([0.0, 0.0, 1.6])
ROOM = np.array([[-3.0, -0.5, 0.0], [3.0, 5.5, 2.8]])
TABLE = np.array([[0.3, 3.0, 0.72], [1.5, 3.8, 0.76]])  # a top without legs
PATH = np.array([[-0.5, 3.0, 0.0], [0.5, 4.0, 0.0]])
CONFIG = OccupancyConfig()
FOCAL, WIDTH, HEIGHT, PITCH = 360.0, 600, 400, np.radians(15)
SLACK = 2 * CONFIG.voxel


def rays(pixels):
    """World directions (..., 3) of pixels (..., 2) of a camera that looks along +y, 15 degrees down."""
    x, y = np.moveaxis((pixels - [WIDTH / 2, HEIGHT / 2]) / FOCAL, -1, 0)
    forward, down = np.array([0, np.cos(PITCH), -np.sin(PITCH)]), np.array([0, -np.sin(PITCH), -np.cos(PITCH)])
    return x[..., None] * [1.0, 0, 0] + y[..., None] * down + forward


def cast(directions):
    """How far along each direction (n, 3) from the camera the room or the table is hit."""
    with np.errstate(divide="ignore"):
        to_room = np.maximum((ROOM[0] - CAMERA) / directions, (ROOM[1] - CAMERA) / directions).min(axis=1)
        sides = np.stack([(side - CAMERA) / directions for side in TABLE])
    enter, leave = sides.min(axis=0).max(axis=1), sides.max(axis=0).min(axis=1)
    return np.where((enter < leave) & (enter > 0) & (enter < to_room), enter, to_room)


def scene_points():
    u, v = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    directions = rays(np.stack([u, v], axis=-1).reshape(-1, 2))
    return (CAMERA + directions * cast(directions)[:, None]).astype(np.float32)


POINTS = scene_points()
GRID = occupancy_grid(POINTS, CAMERA, PATH, CONFIG)
MAP = walkable_map(GRID, POINTS, np.zeros((0, 3)))


def voxel_centres(grid):
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.state.shape), indexing="ij"), axis=-1)
    return grid.origin + (index + 0.5) * grid.voxel


def test_voxels_in_sight_are_free_and_hidden_ones_never():
    centres = voxel_centres(GRID)[:, :, 1:].reshape(-1, 3)[::7]
    states = GRID.state[:, :, 1:].ravel()[::7]
    away = centres - CAMERA
    along = away @ rays(np.array([WIDTH / 2, HEIGHT / 2]))
    aside = np.abs(np.stack([away[:, 0], away @ [0, -np.sin(PITCH), -np.cos(PITCH)]], axis=1))
    image = along[:, None] * [WIDTH, HEIGHT] / (2 * FOCAL)
    in_image, out_of_image = (aside + SLACK < image).all(axis=1), (aside - SLACK > image).any(axis=1)
    margin = SLACK / np.linalg.norm(away, axis=1)
    neighbours = [cast(away + shift) for shift in SLACK * np.concatenate([np.zeros((1, 3)), np.eye(3), -np.eye(3)])]
    nearest, farthest = np.min(neighbours, axis=0), np.max(neighbours, axis=0)  # the outline of the table is in doubt
    in_sight = in_image & (nearest > 1 + margin) & (states != OCCUPIED)
    hidden = out_of_image | (farthest < 1 - margin)
    assert min(in_sight.sum(), hidden.sum()) > 20_000
    assert (states[in_sight] == FREE).mean() > 0.999
    assert not (states[hidden] == FREE).any()


def test_walls_floor_and_table_are_occupied():
    high = POINTS[(POINTS[:, 2] > 0.06) & (POINTS[:, 2] < 2.79)]
    assert (GRID.lookup(high) == OCCUPIED).all()
    floor = POINTS[POINTS[:, 2] < 0.01]
    assert (GRID.lookup(floor - np.float32([0, 0, 0.02])) == OCCUPIED).all()
    assert GRID.lookup(np.array([0.9, 3.1, 0.755])) == OCCUPIED
    surface = np.minimum(np.abs(voxel_centres(GRID)[..., None, :] - ROOM).min(axis=(-1, -2)), 1)
    near_table = ((voxel_centres(GRID) > TABLE[0] - 0.03) & (voxel_centres(GRID) < TABLE[1] + 0.03)).all(axis=-1)
    assert (GRID.state == OCCUPIED)[(surface > 0.06) & ~near_table].sum() == 0


def test_what_lies_behind_the_wall_and_the_table_is_unknown():
    assert GRID.lookup(np.array([0.9, 3.4, 0.9])) == FREE  # above the table
    assert GRID.lookup(np.array([0.9, 3.9, 0.5])) == UNKNOWN  # in its shadow
    assert GRID.lookup(np.array([0.9, 3.6, 0.6])) == UNKNOWN  # under its top
    assert GRID.lookup(np.array([-1.0, 5.4, 1.0])) == FREE
    assert GRID.lookup(np.array([-1.0, 5.6, 1.0])) == UNKNOWN
    assert GRID.lookup(np.array([-1.0, 0.0, 1.0])) == UNKNOWN  # beside the camera, out of its sight
    assert GRID.lookup(np.array([100.0, 0.0, 1.0])) == UNKNOWN


def test_the_floor_layer_is_never_free():
    assert GRID.origin[2] == pytest.approx(-GRID.voxel)
    assert not (GRID.state[:, :, 0] == FREE).any()
    noisy = POINTS + np.random.default_rng(0).normal(0, 0.012, POINTS.shape) * [0, 0, 1]
    above_floor = occupancy_grid(noisy, CAMERA, PATH, CONFIG).lookup(np.array([[-1.0, 3.0, 0.02], [0.0, 2.0, 0.02]]))
    np.testing.assert_array_equal(above_floor, FREE)


def test_points_below_the_floor_only_carve_down_to_it():
    below = np.array([[0.0, 4.0, -0.8], [0.1, 4.0, -0.8]])
    grid = occupancy_grid(below, CAMERA, PATH, CONFIG)
    assert not (grid.state == OCCUPIED).any()
    assert grid.lookup(CAMERA + 0.5 * (below[0] - CAMERA)) == FREE
    assert not (grid.state[:, :, 0] == FREE).any()


def test_a_grid_is_bounded_centred_on_the_person_and_snapped_to_the_world():
    street = np.random.default_rng(0).uniform([-80, 5, 0], [80, 90, 20], (20_000, 3))
    grid = occupancy_grid(street, CAMERA, PATH + np.array([10, 20, 0]), OccupancyConfig(max_side=8.0))
    assert max(grid.state.shape[:2]) <= 8.0 / 0.04 + 2
    assert grid.state.shape[2] == 76
    middle = grid.origin[:2] + np.array(grid.state.shape[:2]) * grid.voxel / 2
    np.testing.assert_allclose(middle, [10, 23.5], atol=0.05)
    np.testing.assert_allclose(grid.origin / grid.voxel, np.round(grid.origin / grid.voxel), atol=1e-9)
    assert (grid.state == FREE).any()  # by rays from a camera outside it to points outside it


def test_without_scene_points_nothing_is_known():
    grid = occupancy_grid(np.zeros((0, 3)), CAMERA, PATH, CONFIG)
    assert not grid.state.any()
    assert not walkable_map(grid, np.zeros((0, 3)), np.zeros((0, 3))).state.any()


def test_the_same_points_give_the_same_grid():
    again = occupancy_grid(POINTS, CAMERA, PATH, CONFIG)
    np.testing.assert_array_equal(again.state, GRID.state)


@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(1, 4), st.floats(0.06, 2.5)), min_size=1, max_size=6),
    st.sampled_from([0.04, 0.05, 0.11]),
)
@settings(max_examples=20, deadline=None)
def test_free_voxels_lie_on_rays_and_points_lie_in_occupied_ones(points, voxel):
    ends = np.array(points)
    grid = occupancy_grid(ends, CAMERA, ends, OccupancyConfig(voxel=voxel))
    assert (grid.lookup(ends) == OCCUPIED).all()
    assert (grid.state == OCCUPIED).sum() <= len(ends)
    free = grid.origin + (np.argwhere(grid.state == FREE) + 0.5) * voxel
    away, along = free - CAMERA, ends - CAMERA
    share = np.clip(away @ along.T / (along**2).sum(axis=1), 0, 1)
    gap = np.linalg.norm(away[:, None] - share[..., None] * along, axis=-1).min(axis=1, initial=np.inf)
    assert (gap < voxel * np.sqrt(3) / 2 + 1e-4).all()


@pytest.mark.parametrize("field", [{"voxel": 0.001}, {"max_side": 100.0}, {"height": 50.0}])
def test_a_recipe_cannot_ask_for_a_grid_that_fills_the_memory(field):
    with pytest.raises(ValidationError):
        OccupancyConfig(**field)


def test_a_table_blocks_the_way_and_hides_the_floor_behind_it():
    assert MAP.state.shape[0] < MAP.state.shape[1]  # rows along y: 5 m seen, columns along x: 6 m
    assert (MAP.lookup(np.array([[0.4, 3.1], [0.9, 3.4], [1.4, 3.7]])) == BLOCKED).all()
    assert (MAP.lookup(np.array([[-1.0, 3.0], [0.0, 2.6], [-2.0, 5.0], [2.2, 4.0]])) == WALKABLE).all()
    assert MAP.lookup(np.array([0.9, 4.2])) == UNKNOWN
    assert MAP.lookup(np.array([-1.0, 5.51])) == BLOCKED  # the wall
    assert MAP.lookup(np.array([0.0, -20.0])) == UNKNOWN


def test_a_floor_under_space_nobody_saw_is_not_walkable():
    floor = POINTS[POINTS[:, 2] < 0.01]  # no ray passes higher than those that end on the floor
    lone = walkable_map(occupancy_grid(floor, CAMERA, PATH, CONFIG), floor, np.zeros((0, 3)))
    assert not lone.state.any()


def test_where_a_foot_stood_one_can_stand():
    feet = np.array([[0.9, 4.2, 0.02], [0.9, 3.4, 0.0], [50.0, 50.0, 0.0]])
    walked = walkable_map(GRID, POINTS, feet)
    assert (walked.lookup(feet[:2, :2]) == WALKABLE).all()
    changed = walked.state != MAP.state
    assert 2 <= changed.sum() <= 12

"""Floor and world frame: the floor the feet stand on, z up, and SMPL parameters that move rigidly."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.camera import Calibration, transform
from share_data.errors import EstimationError
from share_data.pipeline.camera.config import CameraConfig
from share_data.pipeline.camera.pose import known_pose, up_from_angles
from share_data.pipeline.world.floor import fit_floor, fit_level, support_height
from share_data.pipeline.world.gravity import Plane
from share_data.pipeline.world.grounding import find_floor, foot_height, transform_smpl, world_from_camera

UP = up_from_angles(np.radians(15), np.radians(2))
TRUTH = Plane(UP, 1.6)
MATRIX = world_from_camera(TRUTH)


def camera_frame(world):
    return transform(np.asarray(world, dtype=np.float64), np.linalg.inv(MATRIX))


def room(floor_points=3000, rng_seed=0):
    """Floor with 1 cm of noise, a table top, a back wall and a ceiling, in the camera frame."""
    rng = np.random.default_rng(rng_seed)
    floor = np.c_[rng.uniform(-2, 2, floor_points), rng.uniform(2, 6, floor_points), rng.normal(0, 0.01, floor_points)]
    table = np.c_[rng.uniform(0.5, 2, 4000), rng.uniform(3, 5, 4000), rng.normal(0.75, 0.005, 4000)]
    wall = np.c_[rng.uniform(-2, 2, 4000), rng.normal(6, 0.01, 4000), rng.uniform(0, 2.6, 4000)]
    ceiling = np.c_[rng.uniform(-2, 2, 4000), rng.uniform(2, 6, 4000), rng.normal(2.6, 0.01, 4000)]
    return camera_frame(np.concatenate([floor, table, wall, ceiling]))


def feet(height=0.0, count=60, lift=0.15):
    """Lowest points of a walk, some of them in the air."""
    steps = np.c_[np.linspace(-1, 1, count), np.linspace(3, 5, count), np.full(count, height)]
    steps[::5, 2] += lift
    return camera_frame(steps)


def hint(error_deg=6.0):
    return up_from_angles(np.radians(15 + error_deg), np.radians(-1))


def tilt_deg(normal):
    return float(np.degrees(np.arccos(np.clip(normal @ UP, -1, 1))))


@pytest.mark.parametrize("error_deg", [-10, 0, 6])
def test_the_floor_is_found_among_furniture_in_spite_of_a_poor_hint(error_deg):
    floor = fit_floor(room(), hint(error_deg), feet())
    assert floor.source == "scene"
    assert tilt_deg(floor.plane.normal) < 0.3
    assert floor.plane.offset == pytest.approx(1.6, abs=0.01)


def test_feet_that_miss_the_scene_by_centimetres_do_not_move_the_floor():
    floor = fit_floor(room(), hint(), feet(height=0.08))
    assert floor.source == "scene"
    assert floor.plane.offset == pytest.approx(1.6, abs=0.01)


def test_a_scene_without_floor_falls_back_to_the_feet():
    points = room(floor_points=0)
    floor = fit_floor(points, UP, feet())
    assert floor.source == "person"
    assert support_height(floor.plane.heights(feet())) == pytest.approx(0, abs=1e-6)


def test_a_scene_that_contradicts_the_feet_is_not_believed():
    assert fit_floor(room(), UP, feet(height=0.4)).source == "person"


def test_no_points_at_all_still_give_a_floor():
    assert fit_floor(np.zeros((0, 3)), UP, feet()).source == "person"


def test_the_floor_is_the_same_every_time():
    one, two = fit_floor(room(), hint(), feet()), fit_floor(room(), hint(), feet())
    np.testing.assert_array_equal(one.plane.normal, two.plane.normal)


@pytest.mark.parametrize("pitch, roll", [(0, 0), (15, 2), (-10, 0), (60, -5), (90, 0)])
def test_world_is_z_up_right_handed_and_under_the_camera(pitch, roll):
    plane = Plane(up_from_angles(np.radians(pitch), np.radians(roll)), 1.6)
    matrix = world_from_camera(plane)
    rotation = matrix[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)
    np.testing.assert_allclose(transform(np.zeros(3), matrix), [0, 0, 1.6], atol=1e-12)
    np.testing.assert_allclose(rotation @ plane.normal, [0, 0, 1], atol=1e-12)
    view = rotation @ [0, 0, 1]
    assert view[0] == pytest.approx(0, abs=1e-12)
    assert pitch == 90 or view[1] > 0
    points = np.random.default_rng(0).normal(size=(50, 3))
    np.testing.assert_allclose(transform(points, matrix)[:, 2], plane.heights(points), atol=1e-12)


def test_smpl_parameters_move_exactly_as_their_vertices():
    body = load_body("mannequin")
    rng = np.random.default_rng(0)
    orient = Rotation.random(4, random_state=1).as_rotvec().astype(np.float32)
    pose = rng.normal(0, 0.3, (4, 69)).astype(np.float32)
    betas = rng.normal(0, 1, 10).astype(np.float32)
    transl = rng.normal(0, 2, (4, 3)).astype(np.float32)
    before = body.forward(orient, pose, betas, transl)
    moved_orient, moved_transl = transform_smpl(orient, transl, body.rest_pelvis(betas), MATRIX)
    after = body.forward(moved_orient, pose, betas, moved_transl)
    np.testing.assert_allclose(after.vertices, transform(before.vertices, MATRIX), atol=5e-6)
    np.testing.assert_allclose(after.joints, transform(before.joints, MATRIX), atol=5e-6)
    assert moved_orient.dtype == moved_transl.dtype == np.float32


def test_the_foot_height_is_that_of_contact_frames():
    assert foot_height(np.array([0.02] * 40 + [0.30] * 15 + [-0.01] * 5)) == pytest.approx(0.02)


def bodies(frames=60, height=0.0):
    """Vertices of a walking stick, (T, 2, 3), and 24 joints of a standing person, camera frame; feet as in `feet`."""
    low = feet(height, frames)
    vertices = np.stack([low, low + 1.7 * UP], axis=1)
    levels = np.full(24, 0.9)
    levels[[7, 8, 10, 11]] = 0.08, 0.08, 0.03, 0.03
    levels[[4, 5]], levels[12:] = 0.5, 1.5
    return vertices.astype(np.float32), (low[:, None] + levels[None, :, None] * UP).astype(np.float32)


def normals_of_room():
    up, wall = UP, MATRIX[:3, :3].T @ [0, -1, 0]
    return np.repeat([up, up, wall, -up], [3000, 4000, 4000, 4000], axis=0).astype(np.float32)


def pose(calibration, **said):
    return known_pose(CameraConfig(**said), calibration)


def ground(calibration=None, height=0.0, points=None, normals=None, **said):
    vertices, joints = bodies(height=height)
    points = room() if points is None else points
    normals = normals_of_room() if normals is None else normals
    seen, times = np.ones(len(joints), dtype=bool), np.arange(len(joints)) / 30
    return find_floor(points, normals, vertices, joints, seen, times, pose(calibration, **said))


def test_without_calibration_the_scene_tells_the_floor():
    floor = ground()
    assert floor.source == "scene"
    assert tilt_deg(floor.plane.normal) < 0.3
    assert floor.plane.offset == pytest.approx(1.6, abs=0.01)
    assert floor.feet_gap == pytest.approx(0, abs=0.02)
    assert floor.support > 0.15


def test_a_sources_calibration_wins_over_scene_and_feet():
    tilted = Plane(up_from_angles(np.radians(20), 0.0), 1.9)
    turned = np.eye(4)
    turned[:3, :3] = Rotation.from_euler("z", 40, degrees=True).as_matrix()
    floor = ground(Calibration.of(T_world_cam=turned @ world_from_camera(tilted), gravity=np.array([1.0, 0, 0])))
    assert (floor.source, floor.angle_sources) == ("source", ("source", "source"))
    np.testing.assert_allclose(floor.plane.normal, tilted.normal, atol=1e-12)
    assert floor.plane.offset == pytest.approx(1.9)
    assert abs(floor.feet_gap) > 0.05  # and how far the feet are from it is said


@pytest.mark.parametrize("points, source", [(None, "scene"), (room(floor_points=0), "person")])
def test_known_gravity_leaves_only_the_height_to_find(points, source):
    normals = normals_of_room() if points is None else normals_of_room()[3000:]
    floor = ground(Calibration.of(gravity=-9.81 * UP), height=0.05, points=points, normals=normals)
    assert floor.source == source
    np.testing.assert_allclose(floor.plane.normal, UP, atol=1e-12)
    assert floor.plane.offset == pytest.approx(1.6 if source == "scene" else 1.55, abs=0.005)


def test_a_calibration_that_is_none_is_refused():
    mirrored, buried = MATRIX.copy(), MATRIX.copy()
    mirrored[:3, 0] *= -1
    buried[2, 3] = -1.0
    for wrong in (mirrored, buried, 2 * MATRIX, MATRIX[:3]):
        with pytest.raises(EstimationError, match="T_world_cam"):
            ground(Calibration.of(T_world_cam=wrong))
    with pytest.raises(EstimationError, match="gravity"):
        ground(Calibration.of(gravity=np.zeros(3)))


def test_a_person_never_seen_stands_on_no_floor():
    vertices, joints = bodies()
    unseen, times = np.zeros(len(joints), dtype=bool), np.arange(len(joints)) / 30
    for calibration in (None, Calibration.of(gravity=-UP), Calibration.of(T_world_cam=MATRIX)):
        with pytest.raises(EstimationError):
            find_floor(room(), normals_of_room(), vertices, joints, unseen, times, pose(calibration))


def test_a_strip_of_floor_is_found_among_many_walls():
    rng = np.random.default_rng(3)
    walls = np.c_[rng.uniform(-2, 2, 30_000), rng.choice([2.5, 4.0, 6.0], 30_000), rng.uniform(0, 2.6, 30_000)]
    strip = np.c_[rng.uniform(-1, 1, 1500), rng.uniform(3, 5, 1500), rng.normal(0, 0.01, 1500)]
    normals = np.repeat([MATRIX[:3, :3].T @ [0, -1, 0], UP], [30_000, 1500], axis=0)
    floor = ground(points=camera_frame(np.concatenate([walls, strip])), normals=normals)
    assert floor.source == "scene"
    assert tilt_deg(floor.plane.normal) < 0.5


@pytest.mark.parametrize("seed", range(10))
def test_no_slanted_cut_through_a_table_passes_for_a_floor(seed):
    assert fit_floor(room(), UP, feet(height=0.4), seed=seed).source == "person"


def test_a_level_cut_through_a_wall_is_no_floor():
    rng = np.random.default_rng(0)
    wall = np.c_[rng.uniform(-2, 2, 8000), rng.normal(6, 0.01, 8000), rng.uniform(-0.5, 2.6, 8000)]
    assert fit_level(camera_frame(wall), UP, feet()).source == "person"

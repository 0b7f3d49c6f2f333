"""Up and ground from a person in a room, for cameras as people hold them."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from standing import FIGURE, walking

from share_data.camera import transform
from share_data.pipeline.camera.pose import CameraPose, angles_from_up, up_from_angles
from share_data.pipeline.world.gravity import Plane, fit_ground
from share_data.pipeline.world.grounding import find_floor, world_from_camera
from share_data.pipeline.world.structure import Structure

T = 60
ALL = np.ones(T, dtype=bool)
TIMES = np.arange(T) / 30
LYING = FIGURE[:, [2, 0, 1]] * [1, 1, 0.2] + [0, 0, 0.1]  # on the back, metres above what it lies on


def room(rng, floor=True, slope_deg=0.0, walls=((0, -1, 0), (1, 0, 0))):
    """Points (N, 3) and normals of walls and a floor 4 m wide around (0, 4, 0), world frame."""
    points, normals = [], []
    for normal in np.array(walls, dtype=float):
        along = np.cross(normal, [0, 0, 1])
        spread = rng.uniform(-2, 2, (900, 1)) * along + rng.uniform(0, 2.5, (900, 1)) * np.array([0, 0, 1])
        points.append(np.array([0, 4.0, 0]) - 2.5 * normal + spread)
        normals.append(np.repeat(normal[None], 900, axis=0))
    if floor:
        slope = math.tan(math.radians(slope_deg))
        flat = np.c_[rng.uniform((-2, 2), (2, 6), (1200, 2)), np.zeros(1200)]
        flat[:, 2] = slope * flat[:, 0]
        points.append(flat)
        normals.append(np.repeat([np.array([-slope, 0, 1]) / math.hypot(slope, 1)], 1200, axis=0))
    rough = Rotation.from_rotvec(rng.normal(0, math.radians(5), (sum(map(len, points)), 3)))
    return np.concatenate(points), rough.apply(np.concatenate(normals))


class Camera:
    """Held at `height` with `pitch` and `roll`, in degrees, looking to +y."""

    def __init__(self, pitch, roll, height=1.6):
        self.plane = Plane(up_from_angles(math.radians(pitch), math.radians(roll)), height)
        self.matrix = np.linalg.inv(world_from_camera(self.plane))

    def sees(self, world):
        return transform(np.asarray(world, dtype=np.float64), self.matrix)

    def turns(self, normals):
        return normals @ self.matrix[:3, :3].T

    def floor(self, joints, points, normals, **more):
        seen, low = self.sees(joints), self.sees(joints[:, [10, 11]] - [0, 0, 0.03])
        head = low[:, :1] + 1.7 * self.plane.normal
        vertices = np.concatenate([low, head], axis=1).astype(np.float32)
        return find_floor(self.sees(points), self.turns(normals), vertices, seen, ALL, TIMES, **more)

    def up_error(self, plane):
        return math.degrees(math.acos(min(1.0, float(plane.normal @ self.plane.normal))))


@given(st.floats(-30, 30), st.floats(-10, 75), st.booleans())
@example(10.0, 12.0, False)
@example(0.0, 70.0, True)
@settings(max_examples=25, deadline=None)
def test_up_is_found_at_every_roll_and_pitch_with_and_without_a_visible_floor(roll, pitch, floor):
    camera = Camera(pitch, roll, height=0.9 + 4 * math.sin(math.radians(max(pitch, 0))))
    points, normals = room(np.random.default_rng(0), floor)
    found = camera.floor(walking(T), points, normals)
    assert camera.up_error(found.plane) < 1.5
    assert found.plane.offset == pytest.approx(camera.plane.offset, abs=0.12)
    assert found.angle_sources == ("scene", "scene")


@pytest.mark.parametrize("roll", [0, 10, 20])
def test_a_person_alone_tells_a_roll(roll):
    """No room at all: an upright walker is worth more than the habit of holding cameras level."""
    camera = Camera(12, roll)
    assert camera.up_error(fit_ground(camera.sees(walking(T)), ALL, TIMES)) < 1.5


def test_who_sits_all_the_time_sits_upright():
    """A back alone weighs no more than the habit of holding cameras level: it was 19 degrees without it."""
    sitting = FIGURE.copy()
    sitting[[4, 5, 7, 8, 10, 11], 1] -= 0.42
    sitting[[0, 1, 2, 3, 6, 9, *range(12, 24)], 2] -= 0.42
    camera = Camera(35, 9, height=2.5)
    joints = np.repeat(sitting[None], T, axis=0) + np.array([0.0, 3.5, 0.0])
    assert camera.up_error(fit_ground(camera.sees(joints), ALL, TIMES)) < 10.0


def test_where_somebody_lies_the_room_says_what_is_up():
    lying = LYING + np.array([-0.9, 4.0, 0.02])
    camera = Camera(25, 8, height=2.2)
    points, normals = room(np.random.default_rng(1))
    plane = fit_ground(
        camera.sees(np.repeat(lying[None], T, axis=0)),
        ALL,
        TIMES,
        Structure.of(camera.sees(points), camera.turns(normals)),
    )
    assert camera.up_error(plane) < 1.0


@pytest.mark.parametrize("slope", [10, 14])
def test_a_ramp_between_plumb_walls_is_not_level(slope):
    camera = Camera(12, 0)
    points, normals = room(np.random.default_rng(2), slope_deg=slope, walls=((0, -1, 0), (1, 0, 0), (-1, 0, 0)))
    joints = walking(T)
    joints[..., 2] += math.tan(math.radians(slope)) * joints[:, :1, 0]
    assert camera.up_error(camera.floor(joints, points, normals).plane) < 1.5


def test_a_bed_is_not_the_floor_of_who_lies_on_it():
    rng = np.random.default_rng(3)
    points, normals = room(rng)
    bed = np.c_[rng.uniform(-1, 1, 400), rng.uniform(3.5, 4.5, 400), np.full(400, 0.45)]
    joints = np.repeat(LYING[None], T, axis=0) + np.array([-0.9, 4.0, 0.45])
    camera = Camera(25, 0, height=2.2)
    seen = camera.sees(joints)
    vertices = camera.sees(joints - [0, 0, 0.1]).astype(np.float32)
    scene = np.concatenate([points, bed]), np.concatenate([normals, np.repeat([[0.0, 0, 1]], 400, axis=0)])
    floor = find_floor(camera.sees(scene[0]), camera.turns(scene[1]), vertices, seen, ALL, TIMES)
    assert floor.plane.offset == pytest.approx(2.2, abs=0.03)
    assert floor.feet_gap == pytest.approx(0.45, abs=0.05)


def test_one_wall_does_not_hold_the_up_vector_and_two_do():
    rng, up = np.random.default_rng(4), np.array([0.0, 0, 1])
    one, two = room(rng, floor=False, walls=((0, -1, 0),)), room(rng, floor=False)
    assert not Structure.of(*one).holds(up)
    assert Structure.of(*two).holds(up)


@pytest.mark.parametrize("given_", ["pitch", "roll", "height"])
def test_what_is_known_is_kept_and_the_rest_fits_it(given_):
    camera = Camera(20, 6, height=1.8)
    known = {"pitch": math.radians(25), "roll": math.radians(1), "height": 2.0}[given_]
    points, normals = room(np.random.default_rng(5))
    pose = CameraPose(**{given_: known, f"{given_}_source": "recipe"})
    structure = Structure.of(camera.sees(points), camera.turns(normals))
    plane = fit_ground(camera.sees(walking(T)), ALL, TIMES, structure, pose)
    angles = dict(zip(("pitch", "roll"), angles_from_up(plane.normal), strict=True)) | {"height": plane.offset}
    assert angles[given_] == pytest.approx(known, abs=1e-9)
    floor = camera.floor(walking(T), points, normals, pose=pose)
    assert "recipe" in (*floor.angle_sources, floor.source)

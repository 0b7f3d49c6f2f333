"""Up from the straight edges of a room's picture, for cameras as people hold them; nothing where there is nothing."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from standing import walking

from share_data.camera import Intrinsics, project, transform
from share_data.pipeline.camera.pose import up_from_angles
from share_data.pipeline.world.edges import NO_EDGES, Edges
from share_data.pipeline.world.gravity import Plane, fit_ground
from share_data.pipeline.world.grounding import world_from_camera

CAMERA = Intrinsics.from_hfov(66, 640, 360, "recipe")
T = 40
LEANS = Rotation.from_euler("xy", [7, 5], degrees=True).as_matrix()


def frame(centre, width, height, turn_deg=0.0, yaw_deg=0.0):
    """The four edges, (4, 2, 3), of a standing rectangle, turned about its own normal and then about the vertical."""
    corners = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]]) * [width / 2, 0, height / 2]
    corners = Rotation.from_euler("yz", [turn_deg, yaw_deg], degrees=True).apply(corners) + centre
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)


def room(x=2.4, y=6.0, z=2.6):
    """The edges of a room with a door, windows, shelves and two cupboards askew, (n, 2, 3) metres, z up."""
    walls = [frame((0, y, z / 2), 2 * x, z), frame((-x, y - 3, z / 2), 6, z, yaw_deg=90)]
    walls += [frame((x, y - 3, z / 2), 6, z, yaw_deg=90), frame((1.2, y, 1.0), 0.9, 2.0)]
    inside = [frame((-1.0, y, 1.6), 1.2, 0.9), frame((-1.7, y - 1, 0.9), 0.7, 1.8, yaw_deg=25)]
    inside += [frame((side, y - 2, 1.4), 1.2, 1.4, yaw_deg=90) for side in (-x, x)]
    shelves = [frame((-0.1, y - 0.3, height), 0.9, 0.4) for height in (0.2, 0.6, 1.0)]
    return np.concatenate([*walls, *inside, *shelves, frame((1.9, y - 2, 0.5), 0.6, 1.0, yaw_deg=-40)])


def askew(rng, count=7):
    """Pictures on a wall, none of which hangs straight."""
    places = np.c_[rng.uniform(-1.8, 1.8, count), np.full(count, 6.0), rng.uniform(0.4, 2.2, count)]
    turns = rng.choice([-1, 1], count) * rng.uniform(4, 40, count)
    return np.concatenate([frame(place, 0.7, 0.5, turn) for place, turn in zip(places, turns, strict=True)])


class Held:
    """A camera 1.6 m high with pitch and roll in degrees, and a person in sight whose estimate leans by 9 degrees."""

    def __init__(self, pitch, roll):
        self.plane = Plane(up_from_angles(math.radians(pitch), math.radians(roll)), 1.6)
        self.matrix = np.linalg.inv(world_from_camera(self.plane))
        joints = transform(walking(T), self.matrix)
        pelvis = joints[:, :1]
        self.joints = (joints - pelvis) @ LEANS.T + pelvis

    def picture(self, edges, camera=CAMERA):
        image = np.full((camera.height, camera.width, 3), 180, np.uint8)
        for ends in transform(edges.reshape(-1, 3), self.matrix).reshape(-1, 2, 3):
            points = np.linspace(*ends, 400)
            pixels = project(points[points[:, 2] > 0.2], camera)
            if len(pixels) > 1:
                start, stop = (np.rint(16 * (pixel - 0.5)).astype(int) for pixel in pixels[[0, -1]])
                cv2.line(image, start.tolist(), stop.tolist(), (60, 70, 80), 2, cv2.LINE_AA, 4)
        return image

    def edges(self, lines, camera=CAMERA):
        return Edges.of([self.picture(lines, camera)], [np.zeros((camera.height, camera.width), bool)], camera)

    def error(self, edges):
        """Degrees by which a person and these edges tell up wrong."""
        plane = fit_ground(self.joints, np.ones(T, bool), np.arange(T) / 30, edges=edges)
        return math.degrees(math.acos(min(1.0, float(plane.normal @ self.plane.normal))))


@given(st.floats(-25, 25), st.floats(-5, 20))
@example(0.0, 10.0)
@settings(max_examples=5, deadline=None)
def test_a_rooms_edges_tell_up_where_the_person_is_seen_leaning(roll, pitch):
    held = Held(pitch, roll)
    edges = held.edges(room())
    assert edges.holds(held.plane.normal)
    assert held.error(edges) < 1.0 < held.error(NO_EDGES)


def test_walls_alone_without_a_level_edge_are_enough():
    held = Held(10, 12)
    posts = np.array([[[x, 5 + abs(x), 0.1], [x, 5 + abs(x), 2.4]] for x in np.linspace(-2.2, 2.2, 9)])
    assert held.error(held.edges(posts)) < 1.0


@pytest.mark.parametrize("seed", [1, 4, 5])
def test_pictures_that_hang_askew_spoil_nothing(seed):
    held, rng = Held(8, 3), np.random.default_rng(seed)
    crooked = askew(rng)
    assert held.error(held.edges(crooked)) < held.error(NO_EDGES) + 1.0
    assert held.error(held.edges(np.concatenate([room(), crooked]))) < 1.0


def test_where_edges_meet_by_chance_or_there_are_none_nothing_is_said():
    rng = np.random.default_rng(3)
    blank = np.full((360, 640, 3), 90, np.uint8)
    nobody = np.zeros((360, 640), bool)
    assert len(Edges.of([blank], [nobody], CAMERA).certain) == 0
    noise = cv2.GaussianBlur(rng.integers(0, 255, (360, 640, 3)).astype(np.uint8), (0, 0), 3)
    assert len(Edges.of([noise], [nobody], CAMERA).certain) == 0
    litter = np.stack([start := rng.uniform((-2, 4, 0), (2, 6, 2.4), (60, 3)), start + rng.normal(0, 0.5, (60, 3))], 1)
    assert not Held(10, 0).edges(litter).holds(Held(10, 0).plane.normal)


def test_edges_under_the_persons_mask_are_not_the_rooms():
    held = Held(10, 0)
    picture = held.picture(room())
    everything = np.ones(picture.shape[:2], bool)
    assert len(Edges.of([picture], [everything], CAMERA).certain) == 0
    elsewhere = Edges.of([np.full_like(picture, 180), picture], [~everything, everything], CAMERA)
    assert len(elsewhere.certain) == 0, "where one image shows the person, the other shows what is behind"


def test_a_guessed_focal_is_not_believed_to_the_degree():
    """What converges much may be steep, or seen by a wide lens."""
    held = Held(20, 0)
    believed, guessed = (held.edges(room(), Intrinsics.from_hfov(66, 640, 360, who)) for who in ("recipe", "default"))
    up = held.plane.normal
    steeper = up_from_angles(math.radians(26), 0.0)
    costs = [(edges.residuals(steeper) ** 2).sum() - (edges.residuals(up) ** 2).sum() for edges in (believed, guessed)]
    assert costs[0] > 3 * costs[1] > 0
    assert believed.holds(up)
    assert not guessed.holds(up)

"""The focal from the straight edges of a rendered room, for narrow and wide lenses; nothing where they do not tell."""

import footwork
import numpy as np
import pytest
from synthetic_clips import mannequin, plan_of

from share_data.pipeline.world.edge_focal import edge_focal, focal_told
from share_data.pipeline.world.picture_lines import Lines
from share_data.synthetic.film import shoot
from share_data.synthetic.production import scenes, take


def towards(points, spans, sd=0.004):
    """Lines, each from nowhere towards a vanishing point (k, 3), homogeneous, in long sides from the centre."""
    rng = np.random.default_rng(2)
    found = []
    for point, (low, high) in zip(points, spans, strict=True):
        middle = rng.uniform(low, high, (12, 2))
        way = np.asarray(point[:2]) - middle * point[2]
        along = way / np.linalg.norm(way, axis=1, keepdims=True)
        off = rng.normal(0, sd, 12)
        along = np.stack([along[:, 0] - off * along[:, 1], along[:, 1] + off * along[:, 0]], axis=1)
        found.append(np.stack([middle - 0.06 * along, middle + 0.06 * along], axis=1))
    ends = np.concatenate(found)
    return Lines.between(ends, np.full(len(ends), sd))


EVERYWHERE = ((-0.5, -0.3), (0.5, 0.3))


def vanishing(focal, pitch_deg, yaw_deg):
    """Where a room's three directions meet in the picture of a camera that looks down and is turned."""
    pitch, yaw = np.radians([pitch_deg, yaw_deg])
    down = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    return (down @ about).T * [focal, focal, 1]


@pytest.mark.parametrize(("hfov", "size"), [(42, (480, 270)), (88, (480, 270)), (66, (270, 480))])
def test_a_rendered_room_tells_the_focal_within_five_per_cent(hfov, size):
    plan = plan_of("reach", frames=10, hfov_deg=hfov, width=size[0], height=size[1])
    (scene,) = scenes(plan, mannequin())
    image = next(iter(shoot(take(scene, mannequin()))))
    assert edge_focal([image]) == pytest.approx(plan.focal_px, rel=0.05)


@footwork.needed
def test_a_real_gym_tells_that_its_lens_is_wide():
    images = footwork.read(range(0, 157, 39))
    assert edge_focal(images) == pytest.approx(960 / np.tan(np.radians(95 / 2)), rel=0.03)


@pytest.mark.parametrize("focal", [0.45, 0.9, 1.6])
def test_two_directions_of_which_one_is_plumb_are_enough(focal):
    plumb, ahead = vanishing(focal, 18, 8)[1:]
    assert focal_told(towards([plumb, ahead], [EVERYWHERE] * 2)) == pytest.approx(focal, rel=0.08)


def test_edges_of_one_direction_tell_nothing():
    plumb = vanishing(0.8, 20, 10)[1]
    assert focal_told(towards([plumb, plumb], [EVERYWHERE] * 2)) is None


def test_a_camera_square_to_the_room_cannot_tell():
    assert focal_told(towards(vanishing(0.8, 0, 0), [EVERYWHERE] * 3)) is None


def test_level_edges_that_are_not_square_to_each_other_are_not_taken_for_a_rooms():
    across, plumb, _ = vanishing(0.8, 18, 20)
    skew = vanishing(0.8, 18, 20 + 25)[2]
    told = focal_told(towards([across, skew, plumb], [EVERYWHERE] * 3))
    assert told is None or told == pytest.approx(0.8, rel=0.06)
    assert focal_told(towards([across, skew], [EVERYWHERE] * 2)) is None


@pytest.mark.parametrize("count", [0, 1, 40, 200])
def test_litter_tells_nothing(count):
    rng = np.random.default_rng(count)
    middle, turn = rng.uniform(*EVERYWHERE, (count, 2)), rng.uniform(0, np.pi, count)
    half = 0.04 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    ends = np.stack([middle - half, middle + half], axis=1)
    assert focal_told(Lines.between(ends, np.full(count, 0.01))) is None


def test_a_picture_without_edges_tells_nothing():
    assert edge_focal([np.full((180, 320, 3), 120, np.uint8)]) is None

"""Contacts: a foot is planted when it rests, at any frame rate; skin touches a surface when it is at distance 0."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.body.model import load_body
from share_data.pipeline.world.contacts import (
    FOOT_JOINTS,
    SAMPLES,
    foot_contacts,
    foot_heights,
    joint_regions,
    scene_contacts,
    surface_samples,
)

LEAVES, LANDS = 1.0, 1.4
PART = {joint: column for column, joint in enumerate(FOOT_JOINTS)}


def step(times, lift=0.12, length=0.6):
    """The left toes stand, swing 0.6 m forward in 0.4 s and stand again; all other joints hang still, 1 m up."""
    share = np.clip((times - LEAVES) / (LANDS - LEAVES), 0, 1)
    joints = np.ones((len(times), 24, 3))
    joints[:, 10] = np.stack([length * (3 * share**2 - 2 * share**3), 0 * share, lift * np.sin(np.pi * share)], axis=1)
    heights = joints[:, list(FOOT_JOINTS), 2].copy()
    return joints, heights


def toes(joints, heights, times, valid=None):
    valid = np.ones(len(times), dtype=bool) if valid is None else valid
    labels = foot_contacts(joints, heights, times, valid)
    assert labels.shape == (len(times), 4) and labels.dtype == bool
    assert not labels[:, [PART[7], PART[8], PART[11]]].any()
    return labels[:, PART[10]]


def moving(speed, times, still_until=0.0, height=0.0):
    """The left toes rest, then slide at `speed` m/s along the floor."""
    joints = np.ones((len(times), 24, 3))
    joints[:, 10] = 0
    joints[:, 10, 0] = speed * np.maximum(times - still_until, 0)
    joints[:, 10, 2] = height
    return joints, joints[:, list(FOOT_JOINTS), 2].copy()


def test_the_order_is_that_of_humanml3d():
    assert FOOT_JOINTS == (7, 10, 8, 11)


@pytest.mark.parametrize("fps", [15, 20, 30, 60, 120])
def test_a_step_is_labelled_the_same_at_every_frame_rate(fps):
    times = np.arange(int(2.4 * fps)) / fps
    labels = toes(*step(times), times)
    truth = (times <= LEAVES) | (times >= LANDS)
    near_change = (np.abs(times - LEAVES) < 0.07) | (np.abs(times - LANDS) < 0.07)
    np.testing.assert_array_equal(labels[~near_change], truth[~near_change])
    assert np.abs(np.diff(labels.astype(int))).sum() == 2


@pytest.mark.parametrize("fps", [20, 30, 60])
def test_five_millimetres_of_noise_do_not_make_a_contact_flicker(fps):
    times = np.arange(int(2.4 * fps)) / fps
    joints, heights = step(times)
    rng = np.random.default_rng(0)
    noisy = toes(joints + rng.normal(0, 0.005, joints.shape), heights + rng.normal(0, 0.005, heights.shape), times)
    truth = (times <= LEAVES) | (times >= LANDS)
    assert (noisy == truth).mean() > 0.9


def test_uneven_frame_times_change_nothing():
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.choice([1 / 60, 1 / 30, 1 / 15], 80))
    labels = toes(*step(times), times)
    truth = (times <= LEAVES) | (times >= LANDS)
    away = (np.abs(times - LEAVES) > 0.1) & (np.abs(times - LANDS) > 0.1)
    np.testing.assert_array_equal(labels[away], truth[away])


def test_a_foot_at_rest_in_the_air_touches_nothing():
    times = np.arange(60) / 30
    assert not toes(*moving(0, times, height=0.2), times).any()
    assert not toes(*moving(0, times, height=-0.2), times).any()


def test_a_contact_outlasts_what_could_not_have_begun_it():
    times = np.arange(60) / 30
    assert not toes(*moving(0.18, times), times).any()
    assert toes(*moving(0.18, times, still_until=0.8), times).all()
    faster = toes(*moving(0.5, times, still_until=0.8), times)
    np.testing.assert_array_equal(faster, times < 0.86)


def test_frames_without_the_person_are_no_contact_and_end_one():
    times = np.arange(60) / 30
    valid = np.ones(60, dtype=bool)
    valid[20:30] = False
    labels = toes(*moving(0, times), times, valid)
    np.testing.assert_array_equal(labels, valid)
    joints, heights = moving(0.18, times, still_until=0.5)
    labels = toes(joints, heights, times, valid)
    assert labels[:20].all() and not labels[20:].any()  # after the gap nothing rests long enough to begin anew


def test_interpolated_positions_lend_their_stillness_to_nobody():
    times = np.arange(60) / 30
    joints, heights = moving(1.0, times)
    joints[20:40, 10] = joints[20, 10]
    valid = np.ones(60, dtype=bool)
    valid[21:40] = False
    assert not toes(joints, heights, times, valid).any()


@pytest.mark.parametrize("frames", [1, 2])
def test_a_clip_too_short_to_measure_a_speed_has_no_contact(frames):
    times = np.arange(frames) / 30
    assert not toes(*moving(0, times), times).any()


def test_feet_of_the_rest_pose_stand_on_their_soles():
    body = load_body()
    vertices = body.arrays.v_template[None][..., [0, 2, 1]] * np.array([1, -1, 1])  # y-up to z-up
    vertices = vertices - [0, 0, vertices[..., 2].min()]
    heights = foot_heights(vertices.astype(np.float32), body.weights)
    assert heights.shape == (1, 4)
    assert heights.max() < 0.005


def test_every_vertex_follows_one_joint_and_every_joint_has_skin():
    regions = joint_regions(load_body().weights)
    assert sorted(np.concatenate(regions)) == list(range(6890))
    weights = np.eye(24)[[0, 0, 1]]
    assert [region.tolist() for region in joint_regions(weights)[:3]] == [[0, 1], [2], [0]]


def test_samples_cover_the_skin_of_their_joint():
    body = load_body()
    samples = surface_samples(body.arrays.v_template, body.weights)
    assert samples.shape == (24, SAMPLES)
    for joint, region in enumerate(joint_regions(body.weights)):
        assert set(samples[joint]) <= set(region)
        skin = body.arrays.v_template
        gaps = np.linalg.norm(skin[region][:, None] - skin[samples[joint]][None], axis=-1).min(axis=1)
        assert gaps.max() < 0.07


def plane(spacing=0.02, size=1.5):
    """A sampled floor z = 0 with normals up."""
    axis = np.arange(-size, size, spacing)
    x, y = np.meshgrid(axis, axis)
    points = np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3).astype(np.float32)
    return points, np.tile(np.float32([0, 0, 1]), (len(points), 1))


def ball(centre, radius=0.1):
    """The skin of one frame's 24 joints, all on the same sphere, its poles among the samples."""
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(29, 3))
    directions = np.concatenate([directions, [[0, 0, 1], [0, 0, -1], [1, 0, 0]]])
    sphere = centre + radius * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return np.tile(sphere, (1, 24, 1, 1))


@given(st.floats(-0.5, 1.0), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
@settings(max_examples=30, deadline=None)
def test_a_sphere_and_a_sampled_plane_are_exactly_as_far_apart_as_they_are(height, x, y):
    contacts = scene_contacts(ball([x, y, height]), *plane())
    assert contacts.distance.shape == contacts.far.shape == (1, 24)
    assert contacts.distance.dtype == np.float32
    np.testing.assert_allclose(contacts.distance, height - 0.1, atol=1e-6)
    assert not contacts.far.any()


def test_beyond_a_metre_the_distance_is_cut_and_said_to_be():
    contacts = scene_contacts(ball([0, 0, 1.5]), *plane())
    assert contacts.far.all() and (contacts.distance == 1).all()
    empty = scene_contacts(ball([0, 0, 0]), np.zeros((0, 3)), np.zeros((0, 3)))
    assert empty.far.all() and (empty.distance == 1).all()


def test_noise_of_a_centimetre_moves_a_distance_by_less():
    points, normals = plane()
    points = points + np.random.default_rng(0).normal(0, 0.01, points.shape)
    errors = [scene_contacts(ball([0, 0, z]), points, normals).distance[0, 0] - (z - 0.1) for z in (0.1, 0.15, 0.3)]
    assert np.abs(errors).max() < 0.03


def test_beside_a_table_is_not_inside_it():
    top, up = plane(size=0.5)
    top = top + np.float32([0, 0, 0.75])
    beside = scene_contacts(ball([0.9, 0, 0.55]), top, up)
    assert (beside.distance > 0.2).all()
    below = scene_contacts(ball([0, 0, 0.55]), top, up)
    np.testing.assert_allclose(below.distance, -0.3, atol=1e-6)


def test_a_surface_without_normals_has_no_behind():
    points, normals = plane()
    contacts = scene_contacts(ball([0, 0, -0.3]), points, 0 * normals)
    np.testing.assert_allclose(contacts.distance, 0.2, atol=0.01)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_handful_of_points_is_a_scene_too(count):
    points, normals = plane()
    contacts = scene_contacts(ball([0, 0, 0.3]), points[:count] * 0, normals[:count])
    np.testing.assert_allclose(contacts.distance, 0.2, atol=1e-6)

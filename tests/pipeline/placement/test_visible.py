"""Visible Chamfer: only what the camera sees meets the points, which matters where a person is half hidden."""

import numpy as np
import pytest
from placement_clips import depth_points, make_clip, paper

from share_data.body.model import load_body
from share_data.pipeline.placement.place import PlacementOptions, place_human
from share_data.pipeline.placement.visible import extent_share, visible_vertices

AHEAD = np.array([0.3, 0.1, 4.0])


def sphere(centre, radius, rows=40):
    """Vertices and outward faces of a sphere."""
    polar, turn = np.meshgrid(np.linspace(0.01, np.pi - 0.01, rows), np.linspace(0, 2 * np.pi, 2 * rows), indexing="ij")
    unit = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], axis=-1)
    index = np.arange(unit[..., 0].size).reshape(polar.shape)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]))
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return centre + radius * unit.reshape(-1, 3), faces


def test_of_a_sphere_the_near_side_is_visible():
    vertices, faces = sphere(AHEAD, 0.5)
    seen = visible_vertices(vertices, faces, vertices)
    cosine = ((vertices - AHEAD) * -vertices).sum(axis=1) / (0.5 * np.linalg.norm(vertices, axis=1))
    assert seen[cosine > 0.1].mean() > 0.99
    assert not seen[cosine < -0.1].any()


def test_what_lies_behind_another_part_is_not_visible():
    near, faces = sphere(AHEAD, 0.3)
    far, _ = sphere(AHEAD * 1.5, 0.3)
    both, all_faces = np.concatenate([near, far]), np.concatenate([faces, faces + len(near)])
    seen = visible_vertices(both, all_faces, both)
    assert seen[: len(near)].mean() > 0.4
    # The far sphere is as large, so a rim of it shows around the near one.
    axis = AHEAD / np.linalg.norm(AHEAD)
    aside = np.linalg.norm(far - np.outer(far @ axis, axis), axis=1)
    assert not seen[len(near) :][aside < 0.25].any()


def test_where_no_human_points_are_nothing_is_expected_to_be_seen():
    vertices, faces = sphere(AHEAD, 0.5)
    upper = vertices[vertices[:, 1] < AHEAD[1]]
    seen = visible_vertices(vertices, faces, upper)
    assert not seen[vertices[:, 1] > AHEAD[1] + 0.15].any()
    assert (seen & (vertices[:, 1] < AHEAD[1])).sum() > 500


def test_depth_does_not_decide_what_the_points_show():
    vertices, faces = sphere(AHEAD, 0.5)
    seen = visible_vertices(vertices, faces, vertices)
    assert (visible_vertices(vertices, faces, 1.4 * vertices) == seen).mean() > 0.95


def test_without_any_overlap_every_visible_vertex_counts():
    vertices, faces = sphere(AHEAD, 0.5)
    assert visible_vertices(vertices, faces, np.add(vertices, (5, 0, 0))).sum() > 0.4 * len(vertices)
    assert visible_vertices(vertices - [0, 0, 9], faces, vertices).all()


@pytest.fixture(scope="module")
def clips():
    body = load_body()
    return [make_clip(body, seed, frames=12, points=2500, size_error=0) for seed in range(6)]


def keyframe_error(clip, points, **options):
    arguments = (
        clip.vertices,
        points,
        clip.roots,
        np.arange(len(clip.roots)) / 30,
        clip.keyframes,
        paper(**options),
        clip.faces,
    )
    path = clip.roots + place_human(*arguments).offsets
    return np.linalg.norm((path - clip.true_roots)[clip.keyframes], axis=1).mean()


@pytest.mark.parametrize("squared", [False, True])
def test_the_visible_surface_places_a_person_better_than_the_whole(clips, squared):
    symmetric, visible = (
        np.mean([keyframe_error(clip, clip.human_points, chamfer=chamfer, squared=squared) for clip in clips])
        for chamfer in ("symmetric", "visible")
    )
    assert visible < 0.6 * symmetric
    assert visible < 0.012


def test_legs_behind_a_table_do_not_pull_the_person_up(clips):
    def upper(points):
        return points[points[:, 1] < np.quantile(points[:, 1], 0.55)]

    symmetric, visible = (
        np.mean([keyframe_error(clip, [upper(p) for p in clip.human_points], chamfer=chamfer) for clip in clips])
        for chamfer in ("symmetric", "visible")
    )
    assert visible < 0.5 * symmetric
    assert visible < 0.03


@pytest.mark.parametrize("share", [0.0, 0.01, 0.03, 0.05, 0.08, 0.2])
def test_a_sliver_of_the_person_at_a_keyframe_does_not_bend_a_perfect_path(share):
    """The image's edge cuts all but a part of the person off, in the first of three keyframes."""
    clip = make_clip(load_body(), 3, 24, (0, 12, -1), 2500, depth_error=0, jitter=0, noise=0.003, size_error=0)
    first = clip.human_points[0]
    across = first[:, 0] / first[:, 2]
    points = [first[across < np.quantile(across, share)] if share else first[:0], *clip.human_points[1:]]
    times = np.arange(len(clip.roots)) / 30
    placement = place_human(clip.vertices, points, clip.roots, times, clip.keyframes, PlacementOptions(), clip.faces)
    away = np.linalg.norm(placement.offsets, axis=1)
    assert away.max() < 0.02


def test_how_much_is_shown_goes_by_size_and_not_by_place():
    vertices, _ = sphere(AHEAD, 0.5, rows=80)
    beside = np.add(vertices, (0.7, 0.2, 0.3))
    assert extent_share(vertices, vertices) == pytest.approx(1)
    assert extent_share(vertices, beside) == pytest.approx(1, abs=0.2)
    assert extent_share(vertices, vertices[vertices[:, 0] < AHEAD[0]]) == pytest.approx(0.5, abs=0.1)
    assert extent_share(vertices, vertices[:0]) == 0


def test_depth_points_lie_on_the_visible_surface():
    vertices, faces = sphere(AHEAD, 0.5, rows=80)
    points = depth_points(vertices, faces, 3000, 0.0, np.random.default_rng(0))
    assert len(points) == pytest.approx(3000, rel=0.05)
    np.testing.assert_allclose(np.linalg.norm(points - AHEAD, axis=1), 0.5, atol=2e-3)

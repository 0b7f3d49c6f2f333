"""The simulated estimators: wrong by what they are told to be wrong by, consistent with the pixels, reproducible."""

from dataclasses import replace

import numpy as np
import pytest

from share_data.body.model import load_body
from share_data.camera import pixel_grid, project, unproject
from share_data.evaluation.metrics import pa_mpjpe
from share_data.evaluation.synthetic.clips import (
    VIDEOS,
    VideoErrors,
    film,
    filmed,
    simulate,
    video_errors,
)
from share_data.pipeline.error_levels import (
    ALL,
    CONDITIONS,
    DOCUMENTED,
    NONE,
    TABLE,
    Levels,
    levels_markdown,
    levels_of,
)
from share_data.pipeline.geometry.simulated import bleeding_masks, flying_pixels
from share_data.pipeline.humans.simulated import simulate_track
from share_data.pipeline.humans.stature import with_height
from share_data.store.threads import one_thread

RIGHT = VideoErrors(height=0.0, focal=1.0, scale=1.0)
SEED = (1, 2)


@pytest.fixture(scope="module")
def body():
    return load_body()


@pytest.fixture(scope="module")
def clip(body):
    return film(5, 0, 12, body)  # LectureHall: the long lens


def with_only(**values):
    return replace(NONE, **values)


def test_the_table_documents_every_level_once_with_its_source():
    documented = [name for row in TABLE for name in row.fields]
    assert sorted(documented) == sorted(Levels.__slots__)
    assert all(row.source and row.distribution for row in TABLE)
    for row in TABLE:
        assert row.condition in levels_markdown()


def test_a_condition_switches_on_its_own_levels_only():
    assert levels_of(ALL) == DOCUMENTED
    for row in TABLE:
        levels = levels_of(row.condition)
        for name in Levels.__slots__:
            assert getattr(levels, name) == (getattr(DOCUMENTED, name) if name in row.fields else 0)
    with pytest.raises(ValueError, match="unknown condition 'scale'; there are none, human focal"):
        levels_of("scale")
    assert len(CONDITIONS) == len(TABLE) + 3


def test_the_thirty_three_are_the_published_batches():
    assert len(filmed(33)) == 33
    assert [len(video.batches) for video in VIDEOS] == [3, 4, 3, 2, 2, 5, 6, 8]
    assert {video for video, _ in filmed(8)} == set(range(8))


def test_the_camera_sees_a_whole_person_at_the_videos_distance(body, clip):
    uv = project(clip.motion.vertices, clip.intrinsics)
    assert ((uv > 0) & (uv < [clip.intrinsics.width, clip.intrinsics.height])).all()
    assert np.abs(clip.motion.joints[:, 0, 2] - VIDEOS[5].depth).max() < 1.0
    pixels = pixel_grid(clip.intrinsics.width, clip.intrinsics.height)
    for k, depth, mask in zip(clip.keyframes, clip.depths, clip.masks, strict=True):
        seen = unproject(pixels, depth, clip.intrinsics)[mask]
        distance = np.linalg.norm(seen[:, None] - clip.motion.vertices[k][None, ::5], axis=2).min(axis=1)
        assert np.quantile(distance, 0.95) < 0.06


def test_without_errors_the_estimators_are_right(body, clip):
    seen = simulate(clip, body, NONE, RIGHT)
    assert np.abs(seen.track.vertices - clip.motion.vertices).max() < 1e-5
    assert seen.track.intrinsics.focal == clip.intrinsics.focal
    for point_map, depth, mask, true in zip(seen.point_maps, clip.depths, seen.masks, clip.masks, strict=True):
        assert np.array_equal(point_map.depth, depth)
        assert np.array_equal(point_map.valid, depth > 0)
        assert np.array_equal(mask, true)


def test_a_wrong_focal_keeps_the_pelvis_at_its_pixel_and_moves_it_in_proportion(body, clip):
    track = simulate_track(clip.motion, clip.intrinsics, body, with_only(focal_default=1.0), 0.0, SEED, 30.0)
    root, true = track.joints[:, 0], clip.motion.joints[:, 0]
    assert track.intrinsics.focal == 514
    assert root[:, 2] / true[:, 2] == pytest.approx(514 / 581, rel=1e-5)
    assert np.abs(project(root, track.intrinsics) - project(true, clip.intrinsics)).max() < 1e-3


def test_a_body_too_tall_stands_too_far_away_and_covers_the_same_pixels(body, clip):
    track = simulate_track(clip.motion, clip.intrinsics, body, NONE, 0.09, SEED, 30.0)
    taller = body.height(track.betas) / body.height(clip.motion.betas)
    assert body.height(track.betas) - body.height(clip.motion.betas) == pytest.approx(0.09, abs=2e-4)
    assert track.joints[:, 0, 2] / clip.motion.joints[:, 0, 2] == pytest.approx(taller, rel=1e-5)
    heights = [np.ptp(project(v, clip.intrinsics)[..., 1], axis=1) for v in (track.vertices, clip.motion.vertices)]
    assert heights[0] / heights[1] == pytest.approx(1, abs=0.02)


def test_jitter_and_drift_run_along_the_ray(body, clip):
    levels = with_only(root_jitter=0.01, drift=0.02)
    track = simulate_track(clip.motion, clip.intrinsics, body, levels, 0.0, SEED, 30.0)
    ratio = track.joints[:, 0] / clip.motion.joints[:, 0]
    assert ratio[:, 0] == pytest.approx(ratio[:, 2], rel=1e-4)
    assert 0.005 < ratio[:, 2].std() < 0.08


def test_jitter_is_as_quick_at_every_rate(body, clip):
    """Filmed at 120 a second, what is noise at 30 is drawn no oftener: the speed it makes is the same."""
    ratio = {}
    for fps in (30.0, 120.0):
        track = simulate_track(clip.motion, clip.intrinsics, body, with_only(root_jitter=0.01), 0.0, SEED, fps)
        ratio[fps] = track.joints[:, 0, 2] / clip.motion.joints[:, 0, 2]
    fine = ratio[120.0]
    assert fine[::4] == pytest.approx(ratio[30.0][: len(fine[::4])], abs=1e-5)
    assert np.abs(np.diff(fine)).max() < np.abs(np.diff(ratio[30.0])).max()


def test_pose_errors_have_the_size_they_are_told(body, clip):
    errors = []
    for seed in range(4):
        track = simulate_track(clip.motion, clip.intrinsics, body, with_only(pose=4.0), 0.0, (seed,), 30.0)
        assert track.joints[:, 0] == pytest.approx(clip.motion.joints[:, 0], abs=1e-5)
        errors.append(pa_mpjpe(track.joints, clip.motion.joints).mean())
    assert 0.015 < np.mean(errors) < 0.08


def test_heights_are_met(body):
    betas = np.zeros(10, np.float32)
    for height in (1.5, 1.7, 1.9):
        assert body.height(with_height(body, betas, height)) == pytest.approx(height, abs=2e-4)


def test_the_map_scales_with_its_focal_its_video_and_its_keyframe(body, clip):
    seen = simulate(clip, body, NONE, VideoErrors(0.0, 1.05, 0.9))
    assert seen.point_maps[0].intrinsics.focal == pytest.approx(1.05 * clip.intrinsics.focal)
    assert np.allclose(seen.point_maps[0].depth, clip.depths[0] * 1.05 * 0.9, rtol=1e-5)
    flickering = simulate(clip, body, with_only(keyframe_scale=0.02), RIGHT)
    ratios = [(m.depth[m.valid] / d[m.valid]) for m, d in zip(flickering.point_maps, clip.depths, strict=True)]
    assert all(np.ptp(ratio) < 1e-5 for ratio in ratios)
    assert ratios[0][0] != ratios[1][0]


def test_flying_pixels_hang_between_the_two_sides_of_a_step_and_nowhere_else():
    depth = np.full((20, 40), 3.0)
    depth[:, 20:] = 6.0
    depth[:5] = 0
    flown = flying_pixels(depth, 1, 0.5, np.random.default_rng(0))
    changed = flown != depth
    assert 0 < changed[:, 19:21].mean() < 0.8
    assert not changed[:, :19].any()
    assert not changed[:, 21:].any()
    assert not changed[:5].any()
    assert ((flown[changed] > 3) & (flown[changed] < 6)).all()


def test_masks_grow_and_shrink_within_their_range(clip):
    grown, shrunk = with_only(mask_dilate_px=2), with_only(mask_erode_px=2)
    changed = []
    for seed in range(5):
        small, large = (bleeding_masks(clip.masks, levels, (seed,)) for levels in (shrunk, grown))
        for less, true, more in zip(small, clip.masks, large, strict=True):
            assert (less <= true).all()
            assert (true <= more).all()
            changed += [(less < true).any(), (true < more).any()]
    assert 0 < np.mean(changed) < 1


def test_a_videos_errors_are_heavy_tailed_in_scale_and_do_not_depend_on_each_other():
    everything, scale = video_errors(DOCUMENTED), video_errors(levels_of("video scale"))
    assert [each.scale for each in everything] == [each.scale for each in scale]
    assert all(each.height == 0 and each.focal == 1 for each in scale)
    off = [abs(each.scale - 1) for each in everything]
    assert off[5] == pytest.approx(0.2)
    assert max(off[:5] + off[6:]) < 0.15
    assert np.std([each.height for each in everything]) == pytest.approx(0.045, rel=0.6)


@one_thread()
def test_switching_an_error_on_leaves_the_other_draws_alone(body, clip):
    errors = VideoErrors(0.0, 1.0, 1.0)
    alone = simulate(clip, body, with_only(drift=0.02), errors)
    both = simulate(clip, body, with_only(drift=0.02, keyframe_scale=0.02, mask_dilate_px=2), errors)
    assert np.array_equal(alone.track.vertices, both.track.vertices)


@one_thread()
def test_the_same_seed_gives_the_same_clip(body):
    first, second = (simulate(film(2, 1, 10, body), body, DOCUMENTED, video_errors(DOCUMENTED)[2]) for _ in range(2))
    assert np.array_equal(first.track.vertices, second.track.vertices)
    assert np.array_equal(first.point_maps[1].depth, second.point_maps[1].depth)
    assert np.array_equal(first.masks[0], second.masks[0])

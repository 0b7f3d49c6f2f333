"""Silhouettes and depths of bodies at known places, and the scores of a clip as a whole."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.body.model import load_body
from share_data.body.render import rasterize
from share_data.camera import Intrinsics
from share_data.corpus.scores import SCORES
from share_data.pipeline.quality.scores import QualityInputs, quality_scores
from share_data.pipeline.quality.silhouette import (
    Sight,
    background_depth,
    depth_residual,
    mask_iou,
    sample_frames,
    sampled,
    sights,
    small_camera,
)

quick = settings(max_examples=50, deadline=None)
CAMERA = Intrinsics.centred(1600.0, 1920, 1080)
SQUARE = np.array([[-0.5, -0.5, 2], [0.5, -0.5, 2], [0.5, 0.5, 2], [-0.5, 0.5, 2]])
SQUARE_FACES = np.array([[0, 1, 2], [0, 2, 3]])
T = 24


def square_sight(mask):
    """A square 20 pixels wide, 2 m away, in an image of 40 x 40."""
    return sights(SQUARE[None], SQUARE_FACES, [mask], Intrinsics.centred(40.0, 40, 40))[0]


def box(top, bottom, left, right):
    mask = np.zeros((40, 40), bool)
    mask[top:bottom, left:right] = True
    return mask


@pytest.fixture(scope="module")
def body():
    return load_body("mannequin")


@pytest.fixture(scope="module")
def person(body):
    """The mannequin upright, 4 m away: (V, 3) vertices, (24, 3) joints in the camera frame, floor 1.2 m below it."""
    posed = body.forward(
        np.array([[np.pi, 0, 0]], np.float32), np.zeros((1, 69), np.float32), np.zeros(10, np.float32),
        np.array([[0, 0, 4]], np.float32),
    )  # fmt: skip
    down = [0, 1.2 - posed.vertices[0, :, 1].max(), 0]
    return posed.vertices[0] + down, posed.joints[0] + down


@pytest.fixture(scope="module")
def inputs(body, person):
    """A clip of someone standing still, placed exactly, with everything there is to know about it."""
    vertices, joints = person
    depth = rasterize(vertices, body.faces, CAMERA).depth
    frames = np.array([0, 12, T - 1])
    world = np.stack([joints[:, 0], joints[:, 2], 1.2 - joints[:, 1]], axis=1)
    return QualityInputs(
        joints=np.tile(world, (T, 1, 1)),
        T_world_cam=np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 1.2], [0, 0, 0, 1]], float),
        body_pose=np.zeros((T, 69)),
        valid=np.ones(T, bool),
        keyframes=frames[[0, 2]],
        times=np.arange(T) / 30,
        frames=frames,
        vertices=np.tile(vertices, (3, 1, 1)),
        faces=body.faces,
        masks=[depth > 0] * 3,
        intrinsics=CAMERA,
        depths=[np.where(depth > 0, depth, 6)] * 2,
        feet=[np.zeros((T, 5, 3))] * 2,
    )


def test_a_body_scores_one_against_its_own_silhouette(body, person):
    vertices, _ = person
    mask = rasterize(vertices, body.faces, CAMERA).face >= 0
    (sight,) = sights(vertices[None], body.faces, [mask], small_camera(CAMERA))
    assert sight.mask.shape == (360, 640)
    assert mask_iou(sight) == 1


def test_a_body_beside_its_silhouette_scores_less_the_farther_it_stands(body, person):
    vertices, _ = person
    mask = rasterize(vertices, body.faces, CAMERA).face >= 0
    shifted = vertices + np.array([0, 0.05, 0.2, 0.6, 2.5])[:, None, None] * [1, 0, 0]
    found = [mask_iou(sight) for sight in sights(shifted, body.faces, [mask] * 5, small_camera(CAMERA))]
    assert found[0] == 1
    assert (np.diff(found) < 0).all()
    assert found[-1] == 0


def test_half_overlapping_squares_share_a_third():
    assert mask_iou(square_sight(box(10, 30, 10, 30))) == 1
    assert mask_iou(square_sight(box(10, 30, 20, 40))) == pytest.approx(1 / 3)
    assert mask_iou(square_sight(box(0, 0, 0, 0))) == 0


def test_nothing_against_nothing_is_no_measurement():
    nothing = Sight(np.zeros((4, 4), np.float32), np.zeros((4, 4), bool))
    assert mask_iou(nothing) is None
    assert depth_residual(nothing, np.ones((4, 4))) is None


@pytest.mark.parametrize(("nearer", "expected"), [(1.5, 1), (1.95, 0.5), (3.0, 0.5), (np.inf, 0.5)])
def test_what_nearer_scene_hides_does_not_count(nearer, expected):
    upper = square_sight(box(10, 20, 10, 30))  # a table hides the lower half
    background = np.full((40, 40), np.inf, np.float32)
    background[20:] = nearer
    assert mask_iou(upper, background) == expected


def test_nearer_scene_does_not_take_away_what_the_mask_shows():
    assert mask_iou(square_sight(box(10, 30, 10, 30)), np.full((40, 40), 0.5, np.float32)) == 1


def test_the_background_is_the_farthest_that_keyframes_without_the_person_show():
    depths = [np.array([[3.0, 3, 3, 0, 3]]), np.array([[4.0, 2, 2, 2, 0]])]
    masks = [np.array([[True, True, False, False, True]]), np.array([[True, False, False, False, False]])]
    assert background_depth(depths, masks).tolist() == [[np.inf, 2, 3, 2, np.inf]]


def test_the_residual_is_a_median_over_mask_and_silhouette_with_a_sign():
    sight = square_sight(box(10, 30, 10, 40))
    depth = np.full((40, 40), 1.9)
    depth[10:19] = 2.3  # 45 % of the square: the body stands in front there
    depth[:, 30:] = 9  # outside the silhouette
    depth[29] = 0  # unknown: 19 rows are left, 10 behind, 9 before
    assert depth_residual(sight, depth) == pytest.approx((0.1, 0.1))
    depth[20] = 2.3  # 9 against 10
    signed, absolute = depth_residual(sight, depth)
    assert (signed, absolute) == pytest.approx((-0.3, 0.3))


def test_sampling_takes_the_pixel_under_the_small_pixels_centre():
    image = np.arange(6 * 9).reshape(6, 9)
    small = Intrinsics.centred(1.0, 3, 2)
    np.testing.assert_array_equal(sampled(image, small), image[1::3, 1::3])
    np.testing.assert_array_equal(sampled(image, Intrinsics.centred(1.0, 9, 6)), image)


def test_small_cameras_keep_the_field_of_view_and_never_grow():
    portrait = small_camera(Intrinsics.centred(3577.0, 3008, 4112))
    assert (portrait.width, portrait.height) == (468, 640)
    assert portrait.focal / portrait.width == pytest.approx(3577 / 3008)
    tiny = Intrinsics.centred(300.0, 320, 180)
    assert small_camera(tiny) == tiny


@quick
@given(st.lists(st.booleans(), min_size=2, max_size=80), st.data())
def test_sampled_frames_hold_the_keyframes_and_otherwise_only_valid_frames(flags, data):
    valid = np.array(flags)
    keyframes = np.array(data.draw(st.lists(st.integers(0, len(flags) - 1), min_size=1, max_size=4)))
    frames = sample_frames(valid, keyframes)
    assert set(keyframes) <= set(frames.tolist())
    assert all(valid[frame] or frame in keyframes for frame in frames)
    assert (np.diff(frames) > 0).all()
    assert len(frames) >= min(10, valid.sum())


def test_a_clip_without_fault_has_good_scores(inputs):
    scores = quality_scores(inputs)
    assert scores["mask_iou"] == scores["valid_share"] == 1
    assert scores["body_seen_share"] > 0.95  # what lies on the silhouette's very edge falls beside its pixels
    assert scores["depth_residual_m"] == scores["depth_residual_abs_m"] == 0
    assert scores["person_distance_m"] == pytest.approx(4, abs=0.1)
    faults = ("upside_down", "flips_per_s", "beyond_joint_limits", "sides_mixed", "longest_lost_s", "jitter_10m_s3")
    assert all(scores[name] == pytest.approx(0, abs=1e-6) for name in faults)
    assert scores["lean_deg"] < 5


def test_a_body_placed_behind_its_points_is_seen_by_depth_alone(inputs):
    # Twice as large and twice as far, it has the same silhouette.
    scores = quality_scores(replace(inputs, vertices=inputs.vertices * 2))
    assert scores["mask_iou"] == 1
    assert scores["depth_residual_m"] == pytest.approx(4, abs=0.2)


def test_opposite_errors_at_two_keyframes_cancel_only_in_the_signed_residual(inputs):
    nearer, farther = inputs.depths[0] + 0.2, inputs.depths[1] - 0.2
    scores = quality_scores(replace(inputs, depths=[nearer, farther]))
    assert scores["depth_residual_m"] == pytest.approx(0, abs=1e-6)
    assert scores["depth_residual_abs_m"] == pytest.approx(0.2, abs=1e-6)


def test_masks_of_frames_in_which_the_person_was_not_seen_do_not_count(inputs):
    valid = inputs.valid.copy()
    valid[12] = False
    empty = np.zeros_like(inputs.masks[0])
    masks = [inputs.masks[0], empty, inputs.masks[2]]
    assert quality_scores(replace(inputs, masks=masks))["mask_iou"] == pytest.approx(2 / 3)
    assert quality_scores(replace(inputs, masks=masks, valid=valid))["mask_iou"] == 1


def test_a_person_is_lost_where_he_was_not_seen_and_where_the_body_is_not(inputs):
    unseen = quality_scores(replace(inputs, valid=np.arange(T) < 18))
    assert unseen["person_lost"] == pytest.approx(0.25)
    beside = inputs.vertices.copy()
    beside[2] += [1.5, 0, 0]
    assert quality_scores(inputs)["person_lost"] == 0
    assert quality_scores(replace(inputs, vertices=beside))["person_lost"] == pytest.approx(1 / 3)


def test_what_cannot_be_measured_is_left_out(inputs):
    bare = quality_scores(replace(inputs, depths=(), feet=(), tellers=("person", "person", "person")))
    missing = {"depth_residual_m", "depth_residual_abs_m", "skating_m_s", "lean_deg"}
    assert set(quality_scores(inputs)) - set(bare) == missing
    unseen = quality_scores(replace(inputs, depths=(), valid=np.zeros(T, bool)))
    always = {"valid_share", "person_lost", "longest_lost_s", "frames_missing_share", "keyframe_jump", "focal_default"}
    assert set(unseen) == always
    assert unseen["longest_lost_s"] == pytest.approx((T - 1) / 30)


def test_every_score_is_finite_and_in_the_list(inputs):
    scores = quality_scores(inputs)
    assert all(type(value) is float and np.isfinite(value) for value in scores.values())
    assert set(scores) <= {score.name for score in SCORES}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"body_pose": np.zeros((3, 69))}, "one entry a frame"),
        ({"feet": [np.zeros((2, 5, 3))]}, "skin of a foot"),
        ({"masks": []}, "as many"),
        ({"depths": [np.ones((4, 4))]}, "do not fit 2 keyframes"),
        ({"keyframes": np.array([0, 5])}, "among the rendered frames"),
        ({"body_pose": np.full((T, 69), np.nan)}, "finite"),
        ({"times": np.zeros(T)}, "must rise"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(inputs, change, message):
    with pytest.raises(ValueError, match=message):
        replace(inputs, **change)

"""What is a human body and what is not: stature, shape, joints, left and right, and the person's mask."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landmark_tracks import BETAS, BODY, walk

from share_data.body.render import rasterize
from share_data.camera import Intrinsics
from share_data.masks import MaskStack
from share_data.pipeline.humans.stature import with_height
from share_data.pipeline.quality.human_body import LIMITS, body_fault, body_measures
from share_data.records import EstimatorInfo, PersonTrack

CAMERA = Intrinsics.centred(230, 320, 180)
FRAMES = 6


@pytest.fixture(scope="module")
def track():
    """A walk, and masks that are its silhouettes."""
    orient, pose, transl = (values[::7] for values in walk())
    vertices = BODY.forward(orient, pose, BETAS, transl).vertices
    masks = MaskStack.pack([rasterize(body, BODY.faces, CAMERA).depth > 0 for body in vertices])
    boxes, confidence = np.zeros((FRAMES, 4), np.float32), np.ones(FRAMES, np.float32)
    valid, info = np.ones(FRAMES, bool), EstimatorInfo("made_up", 1)
    return PersonTrack(orient, pose, BETAS, transl, boxes, valid, confidence, masks, CAMERA, info)


def posed(track, joint, rotation):
    """The track with one joint turned: axis-angle in degrees."""
    pose = track.body_pose.copy()
    pose[:, 3 * joint - 3 : 3 * joint] = np.radians(rotation)
    return replace(track, body_pose=pose)


def test_a_walker_in_his_own_silhouette_is_a_body(track):
    measures = body_measures(track, BODY)
    assert body_fault(measures) is None
    assert measures["mask_iou"] > 0.99
    assert measures["stature_m"] == pytest.approx(BODY.height(BETAS))
    assert measures["beyond_joint_limits"] == measures["sides_mixed"] == 0


@pytest.mark.parametrize(
    ("joint", "rotation"),
    [(4, (-60, 0, 0)), (5, (-60, 0, 0)), (18, (0, 60, 0)), (19, (0, -60, 0)), (13, (0, 0, 160)), (15, (0, 120, 0))],
)
def test_joints_that_joints_cannot_do_are_no_body(track, joint, rotation):
    measures = body_measures(posed(track, joint, rotation), BODY)
    assert measures["beyond_joint_limits"] == 1
    assert body_fault(measures) == (
        "the share of frames with a joint turned further than joints turn is 1.00, a body's is at most 0.2"
    )


def test_a_trunk_that_is_front_above_and_back_below_is_no_body(track):
    twisted = posed(posed(posed(track, 3, (0, 60, 0)), 6, (0, 60, 0)), 9, (0, 60, 0))
    assert body_measures(twisted, BODY)["sides_mixed"] == 1


def test_a_body_beside_its_mask_is_none(track):
    aside = replace(track, transl=track.transl + np.array([0.4, 0, 0], np.float32))
    assert "overlap with the person's mask" in str(body_fault(body_measures(aside, BODY)))


def test_without_any_mask_the_overlap_is_not_measured(track):
    bare = replace(track, masks=MaskStack.pack([np.zeros((track.masks.height, 320), bool)] * len(track.masks)))
    assert "mask_iou" not in body_measures(bare, BODY)


def test_interpolated_frames_do_not_count(track):
    broken = posed(track, 15, (0, 120, 0))
    pose, valid = track.body_pose.copy(), track.valid.copy()
    pose[2], valid[2] = broken.body_pose[2], False
    assert body_measures(replace(track, body_pose=pose, valid=valid), BODY)["beyond_joint_limits"] == 0


def test_a_childs_shape_is_odd_unless_the_stature_is_known(track):
    child = with_height(BODY, np.zeros(10, np.float32), 1.15)
    small = replace(track, betas=child)
    assert body_measures(small, BODY)["largest_beta"] > LIMITS["largest_beta"].high
    assert body_measures(small, BODY, shape=child)["largest_beta"] == 0


@given(name=st.sampled_from(sorted(LIMITS)), beyond=st.floats(0.01, 5))
def test_a_measure_beyond_its_limit_is_named_with_both_numbers(name, beyond):
    limit = LIMITS[name]
    within = {each: LIMITS[each].low for each in LIMITS}
    assert body_fault(within) is None
    fault = body_fault({**within, name: limit.high + beyond})
    assert fault is not None
    assert fault.startswith(limit.words)
    assert f"{limit.high + beyond:.2f}" in fault
    assert fault.endswith(f"at most {limit.high:g}")

"""The fit finds the motion that made the landmarks, gives the same bytes twice, and bridges gaps."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from landmark_tracks import BETAS, BODY, CAMERA, FRAMES, SKELETON, TIMES, landmarks_of, turns_of, walk

from share_data.errors import EstimationError
from share_data.pipeline.humans.blazepose import correspondence
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.fit import fit
from share_data.pipeline.humans.blazepose.pose_prior import PosePrior, neutral
from share_data.pipeline.humans.blazepose.skeleton import SURFACE, rotations_of

# 71 MB and a second in every worker: torch's optimisers import it at their first step, some libraries when imported.
FIT_AND_POSE = """
import sys
import numpy as np
from share_data.body.model import load_body
from share_data.camera import Intrinsics
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.motion import find_motion
from share_data.pipeline.humans.blazepose.skeleton import Skeleton
body, camera, times = load_body(), Intrinsics.centred(1400, 1920, 1080), np.arange(3) / 30
points = np.random.default_rng(0).normal(0, 0.3, (3, 33, 3))
pixels = np.concatenate([960 + 350 * points[..., :1], 540 + 350 * points[..., 1:2], np.ones((3, 33, 1))], axis=-1)
motion = find_motion(Skeleton(body), body, Evidence.gather(pixels, points, times >= 0, camera, times), times)
body.forward(motion.global_orient, motion.body_pose, motion.betas, motion.transl)
print(sorted({"torch._dynamo", "torch._inductor", "sympy"} & sys.modules.keys()))
"""


def fitted(seen=None, **noise):
    landmarks, world = landmarks_of(*walk(), **noise)
    seen = np.ones(FRAMES, bool) if seen is None else seen
    landmarks[~seen], world[~seen] = 0, 0
    return fit(SKELETON, Evidence.gather(landmarks, world, seen, CAMERA, TIMES), TIMES)


def joints_of(motion):
    return BODY.forward(motion.global_orient, motion.body_pose, motion.betas, motion.transl).joints


@pytest.fixture(scope="module")
def truth():
    orient, pose, transl = walk()
    return BODY.forward(orient, pose, BETAS, transl).joints


@pytest.fixture(scope="module")
def motion():
    return fitted()


def test_the_skeleton_is_the_body_model_in_fewer_points():
    rng = np.random.default_rng(1)
    orient, pose, transl = (rng.normal(0, 0.5, (4, n)).astype(np.float32) for n in (3, 69, 3))
    whole = BODY.forward(orient, pose, BETAS, transl)
    turns = rotations_of(turns_of(orient, pose)[:, 0], torch.zeros(4, 3), torch.from_numpy(pose).reshape(4, 23, 3))
    few = SKELETON.pose(turns, torch.from_numpy(BETAS), torch.from_numpy(transl))
    np.testing.assert_allclose(few.joints.numpy(), whole.joints, atol=1e-5)
    np.testing.assert_allclose(few.surface.numpy(), whole.vertices[:, list(SURFACE.values())], atol=1e-5)


def test_a_known_motion_is_recovered(motion, truth):
    error = np.linalg.norm(joints_of(motion) - truth, axis=-1)
    rooted = np.linalg.norm(joints_of(motion) - truth - (joints_of(motion) - truth)[:, :1], axis=-1)
    assert rooted.mean() < 0.03
    assert error.mean() < 0.06
    assert abs(BODY.height(motion.betas) - BODY.height(BETAS)) < 0.05
    assert {array.dtype.name for array in (motion.global_orient, motion.body_pose, motion.betas, motion.transl)} == {
        "float32"
    }


def test_feet_are_where_they_were(motion, truth):
    feet = np.linalg.norm((joints_of(motion) - truth)[:, [7, 8, 10, 11], :2], axis=-1)
    assert feet.mean() < 0.02


def test_noise_does_not_become_jitter(truth):
    noisy = fitted(pixels=6.0, metres=0.03)
    shaken = np.diff(joints_of(noisy) - truth, n=2, axis=0)
    assert np.linalg.norm(shaken, axis=-1).mean() < 0.015
    assert np.linalg.norm(joints_of(noisy) - truth, axis=-1).mean() < 0.12


def test_unseen_frames_are_bridged_smoothly(truth):
    seen = np.ones(FRAMES, bool)
    seen[15:22] = False
    bridged = joints_of(fitted(seen))
    gap = np.linalg.norm((bridged - truth)[~seen], axis=-1)
    assert gap.mean() < 0.15
    fastest = [np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() for joints in (bridged, truth)]
    assert fastest[0] < 1.4 * fastest[1]


def test_one_wild_landmark_does_not_bend_the_body(truth):
    landmarks, world = landmarks_of(*walk())
    landmarks[10:16, 15, :2] += 250
    world[10:16, 15] += 0.5
    motion = fit(SKELETON, Evidence.gather(landmarks, world, np.ones(FRAMES, bool), CAMERA, TIMES), TIMES)
    hand = np.linalg.norm((joints_of(motion) - truth)[10:16, 20], axis=-1)
    assert hand.mean() < 0.25


def test_same_landmarks_same_bytes_whatever_torch_is_set_to(motion):
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        again = fitted()
        assert torch.get_num_threads() == threads + 1
    finally:
        torch.set_num_threads(threads)
    for name in ("global_orient", "body_pose", "betas", "transl"):
        assert getattr(again, name).tobytes() == getattr(motion, name).tobytes()


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_the_shortest_clips_fit_too(frames):
    landmarks, world = landmarks_of(*walk())
    evidence = Evidence.gather(landmarks[:frames], world[:frames], np.ones(frames, bool), CAMERA, TIMES[:frames])
    assert fit(SKELETON, evidence, TIMES[:frames]).transl.shape == (frames, 3)


def test_a_person_behind_the_camera_is_an_error_that_says_what_to_do():
    landmarks, world = landmarks_of(*walk())
    landmarks[..., :2] = [960, 540] - 5 * (landmarks[..., :2] - [960, 540])
    with pytest.raises(EstimationError, match=r"every frame\. Give the camera's focal length"):
        fit(SKELETON, Evidence.gather(landmarks, world, np.ones(FRAMES, bool), CAMERA, TIMES), TIMES)


@pytest.mark.parametrize("field", ["pixels", "weights"])
def test_evidence_that_is_not_finite_is_an_error_and_no_motion(field):
    landmarks, world = landmarks_of(*walk())
    evidence = Evidence.gather(landmarks, world, np.ones(FRAMES, bool), CAMERA, TIMES)
    getattr(evidence, field)[5, 3] = np.nan
    with pytest.raises(EstimationError, match=r"energy is nan.*Use a clip that shows"):
        fit(SKELETON, evidence, TIMES)


def test_a_worker_that_fits_and_poses_bodies_loads_no_compiler():
    done = subprocess.run([sys.executable, "-c", FIT_AND_POSE], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "[]\n"


def test_knees_and_elbows_cost_more_the_wrong_way():
    prior, right, wrong = PosePrior(), neutral()[None].clone(), neutral()[None].clone()
    right[0, 3, 0], wrong[0, 3, 0] = 0.25 + 0.75, 0.25 - 0.75
    assert prior(wrong) > 10 * prior(right)
    right[0, 3], wrong[0, 3] = neutral()[3], neutral()[3]
    right[0, 17, 1], wrong[0, 17, 1] = -0.3 - 0.8, -0.3 + 0.8
    assert prior(wrong) > 10 * prior(right)


def test_left_and_right_are_mirror_images():
    offsets, names = correspondence.OFFSETS, correspondence.NAMES
    for name in (each.removeprefix("left_") for each in names if each.startswith("left_")):
        left, right = offsets[names.index(f"left_{name}")], offsets[names.index(f"right_{name}")]
        np.testing.assert_array_equal(right, left * [-1, 1, 1])


@pytest.mark.parametrize("stride", [2, 3])
def test_a_lower_frame_rate_does_not_flatten_the_motion(stride):
    orient, pose, transl = (values[::stride] for values in walk())
    landmarks, world = landmarks_of(orient, pose, transl)
    evidence = Evidence.gather(landmarks, world, np.ones(len(pose), bool), CAMERA, TIMES[: len(pose)])
    motion = fit(SKELETON, evidence, TIMES[::stride])
    found = BODY.forward(motion.global_orient, motion.body_pose, motion.betas, motion.transl).joints
    true = BODY.forward(orient, pose, BETAS, transl).joints
    spread = [np.linalg.norm(joints[:, 7] - joints[:, 8], axis=1).max() for joints in (found, true)]
    assert spread[0] == pytest.approx(spread[1], rel=0.1)


def test_dropped_frames_change_little():
    landmarks, world = landmarks_of(*walk())
    kept = np.sort(np.random.default_rng(0).permutation(FRAMES)[: FRAMES * 3 // 4])
    full, thinned = (
        fit(SKELETON, Evidence.gather(landmarks[k], world[k], np.ones(len(k), bool), CAMERA, TIMES[k]), TIMES[k])
        for k in (np.arange(FRAMES), kept)
    )
    assert np.linalg.norm(full.transl[kept] - thinned.transl, axis=1).max() < 0.05

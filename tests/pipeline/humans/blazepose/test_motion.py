"""What BlazePose is known to get wrong: the lean under cameras that look down, and the size of a person."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landmark_tracks import BODY, CAMERA, FRAMES, SKELETON, TIMES, landmarks_of, walk
from scipy.spatial.transform import Rotation

from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.lean import SEEN_DEG, TRUE_DEG, restored_lean
from share_data.pipeline.humans.blazepose.motion import find_motion
from share_data.pipeline.humans.stature import resized, with_height

AHEAD = np.array([[0.0, 0.0, 1.0]])
TALL_M = 1.95


@pytest.fixture(scope="module")
def upright():
    """(1, 23, 3): the targets of a person who stands as upright as can be before a level camera."""
    landmarks, world = landmarks_of(*walk(), pixels=0, metres=0)
    world = Evidence.gather(landmarks, world, np.ones(FRAMES, bool), CAMERA, TIMES).world[:1]
    return leaning(world, -lean_of(world))


def lean_of(world):
    """Degrees by which the shoulders are nearer to the camera than the ankles, as an angle."""
    upwards = world[0, 2:4].mean(axis=0) - world[0, 12:14].mean(axis=0)
    return float(np.degrees(np.arcsin(-upwards[2] / np.linalg.norm(upwards))))


def leaning(world, degrees):
    """The targets, the shoulders turned towards a camera straight ahead."""
    upwards = world[0, 2:4].mean(axis=0) - world[0, 12:14].mean(axis=0)
    axis = np.cross(AHEAD[0], upwards)
    return world @ Rotation.from_rotvec(np.radians(degrees) * axis / np.linalg.norm(axis)).as_matrix().T


@given(degrees=st.floats(-80, 80))
def test_the_lean_becomes_that_of_the_table_and_the_body_stays_rigid(upright, degrees):
    seen = leaning(upright, degrees)
    restored = restored_lean(seen, AHEAD)
    assert lean_of(restored) == pytest.approx(np.interp(degrees, SEEN_DEG, TRUE_DEG), abs=1e-6)
    sizes = [np.linalg.norm(points[0, :, None] - points[0, None], axis=-1) for points in (seen, restored)]
    np.testing.assert_allclose(*sizes, atol=1e-9)


def test_the_table_rises_and_never_takes_lean_away():
    assert (np.diff(SEEN_DEG) > 0).all()
    assert (np.diff(TRUE_DEG) > 0).all()
    assert (np.array(TRUE_DEG) >= SEEN_DEG).all()


@pytest.mark.parametrize("height", [1.2, TALL_M])
def test_a_person_of_known_height_is_so_tall_and_stands_where_he_stood(height):
    betas = with_height(BODY, np.zeros(10, np.float32), height)
    orient, pose, transl = walk()
    true = BODY.forward(orient, pose, betas, transl).joints
    # BlazePose cannot see sizes: its world landmarks are an average person's.
    landmarks, world = landmarks_of(orient, pose, transl, betas=betas)
    world *= BODY.height(np.zeros(10)) / height
    evidence = Evidence.gather(landmarks, world, np.ones(FRAMES, bool), CAMERA, TIMES)
    motion = find_motion(SKELETON, BODY, evidence, TIMES, height)
    found, placed = resized(BODY, motion.betas, motion.transl, height)
    assert BODY.height(found) == pytest.approx(height, abs=2e-4)
    root = BODY.forward(motion.global_orient, motion.body_pose, found, placed).joints[:, 0]
    assert np.linalg.norm(root - true[:, 0], axis=1).mean() < 0.08


def test_another_stature_moves_the_pelvis_along_its_ray():
    betas = np.zeros(10, np.float32)
    _, _, transl = walk()
    found, placed = resized(BODY, betas, transl, TALL_M)
    factor = TALL_M / BODY.height(betas)
    np.testing.assert_allclose(placed + BODY.rest_pelvis(found), (transl + BODY.rest_pelvis(betas)) * factor, atol=1e-5)


def test_without_a_stature_nothing_changes():
    betas, transl = np.ones(10, np.float32), walk()[2]
    found, placed = resized(BODY, betas, transl, None)
    assert found is betas
    assert placed is transl

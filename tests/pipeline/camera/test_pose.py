"""How a camera is held: the recipe's word before the source's, and the rest left open."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from share_data.camera import Calibration
from share_data.errors import EstimationError
from share_data.pipeline.camera.config import CameraConfig
from share_data.pipeline.camera.pose import UNKNOWN, angles_from_up, known_pose, up_from_angles
from share_data.pipeline.world.gravity import Plane
from share_data.pipeline.world.grounding import world_from_camera
from share_data.records import Video

STAND = Plane(up_from_angles(math.radians(20), math.radians(-7)), 1.9)
CALIBRATION = Calibration.of(T_world_cam=world_from_camera(STAND), gravity=np.array([1.0, 0, 0]))


def test_of_a_camera_nobody_speaks_of_nothing_is_known():
    assert known_pose(CameraConfig(), None) == known_pose(CameraConfig(), Calibration()) == UNKNOWN
    assert (UNKNOWN.up, UNKNOWN.tells_angle, UNKNOWN.told()) == (None, False, {})
    assert UNKNOWN.tellers("scene") == ("scene", "scene")


def test_a_calibration_tells_pitch_roll_and_height_and_goes_before_its_gravity():
    pose = known_pose(CameraConfig(), CALIBRATION)
    assert (pose.pitch, pose.roll, pose.height) == pytest.approx((math.radians(20), math.radians(-7), 1.9))
    np.testing.assert_allclose(pose.up, STAND.normal, atol=1e-12)
    assert (pose.tellers("person"), pose.height_source) == (("source", "source"), "source")


def test_gravity_alone_tells_no_height():
    pose = known_pose(CameraConfig(), Calibration.of(gravity=-9.81 * STAND.normal))
    assert (pose.pitch, pose.roll) == pytest.approx((math.radians(20), math.radians(-7)))
    assert pose.height is None


@pytest.mark.parametrize("field", ["pitch_deg", "roll_deg", "height_m"])
def test_what_the_recipe_says_goes_before_the_source_and_leaves_the_rest_to_it(field):
    said = {"pitch_deg": 3.0, "roll_deg": 4.0, "height_m": 1.2}
    pose = known_pose(CameraConfig(**{field: said[field]}), CALIBRATION)
    by = {"pitch_deg": pose.pitch_source, "roll_deg": pose.roll_source, "height_m": pose.height_source}
    assert by == {name: "recipe" if name == field else "source" for name in said}
    has = {"pitch_deg": math.degrees(pose.pitch), "roll_deg": math.degrees(pose.roll), "height_m": pose.height}
    assert has == pytest.approx({"pitch_deg": 20.0, "roll_deg": -7.0, "height_m": 1.9} | {field: said[field]})


@given(st.floats(-89, 89), st.floats(-179, 179))
def test_angles_and_the_up_vector_say_the_same(pitch, roll):
    angles = math.radians(pitch), math.radians(roll)
    assert angles_from_up(up_from_angles(*angles)) == pytest.approx(angles, abs=1e-6)


def test_a_calibration_survives_a_jobs_json():
    video = Video("a", "b", "c", calibration=CALIBRATION)
    assert Video(**json.loads(json.dumps(asdict(video)))) == video


def test_a_calibration_of_no_camera_above_a_floor_is_refused():
    buried = np.array(CALIBRATION.T_world_cam)
    buried[2, 3] = -1.0
    with pytest.raises(EstimationError, match="T_world_cam"):
        known_pose(CameraConfig(), Calibration.of(T_world_cam=buried))

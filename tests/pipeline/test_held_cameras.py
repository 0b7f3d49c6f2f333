"""Cameras as people hold them, from tracks and point maps to the world frame; and one whose pose is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from held_cameras import CAMERA, Shot, hold, up_error_deg

from share_data.body.model import load_body
from share_data.pipeline.camera.config import CameraConfig
from share_data.pipeline.camera.pose import TELLERS, known_pose
from share_data.pipeline.geometry.base import PersonSurface
from share_data.pipeline.geometry.ground_plane import GroundPlaneConfig, GroundPlaneEstimator
from share_data.pipeline.placement.place import PlacementOptions
from share_data.pipeline.reconstruct import ReconstructOptions, assemble
from share_data.pipeline.scene.fusion import SceneConfig
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.store.threads import one_thread

OPTIONS = ReconstructOptions(SceneConfig(voxel=0.04), PlacementOptions(), ScaleConfig())
BODY = load_body("mannequin")


@one_thread()
def made_of(held, **more):
    return assemble(held.clip, held.images, held.track, held.maps, BODY, OPTIONS, **more)


@pytest.mark.parametrize(
    ("shot", "degrees", "metres"),
    [
        (Shot("walk", 12, 20, "hidden", seed=9001), 1.5, 0.08),
        (Shot("turn", 65, 0, "seen", seed=9002), 1.5, 0.08),
        (Shot("lies", 25, 8, "seen", seed=9003), 1.5, 0.08),
        (Shot("sits", 10, 0, "hidden", seed=9004), 1.5, 0.08),
        (Shot("walk", 12, 15, "seen", seed=9005, noisy=True), 1.5, 0.16),
    ],
    ids=["rolled, no floor", "steep", "on a bed", "seated, no floor", "rolled, noisy"],
)
def test_up_and_the_height_of_the_camera_are_true(shot, degrees, metres):
    held = hold(shot, BODY)
    made = made_of(held)
    assert up_error_deg(made.T_world_cam, held.T_world_cam) < degrees
    assert made.T_world_cam[2, 3] == pytest.approx(held.T_world_cam[2, 3], abs=metres)
    assert made.scores["roll_source"] == TELLERS.index("scene")


def test_a_recipes_pose_stands_whatever_the_estimates_say():
    held = hold(Shot("walk", 12, 10, "seen", seed=9006, frames=30), BODY)
    pose = known_pose(CameraConfig(roll_deg=9.0, height_m=2.0), None)
    made = made_of(held, pose=pose)
    up = made.T_world_cam[2, :3]
    assert math.degrees(math.atan2(up[0], -up[1])) == pytest.approx(9.0, abs=1e-6)
    assert made.T_world_cam[2, 3] == pytest.approx(2.0)
    said = {name: made.scores[f"{name}_source"] for name in ("pitch", "roll", "height")}
    assert said == {"pitch": TELLERS.index("scene"), "roll": TELLERS.index("recipe"), "height": TELLERS.index("recipe")}


def test_a_known_plane_is_the_ground_that_a_person_alone_is_put_on():
    """The body is 6 % too far away, as of one taken for too tall; standing on the true floor brings it back."""
    held = hold(Shot("walk", 12, 0, "seen", seed=9007, frames=30), BODY)
    surface = BODY.forward(held.track.global_orient, held.track.body_pose, held.track.betas, held.track.transl)
    keyframes = (0, len(held.track) - 1)
    plane = Shot("walk", 12, 0).plane
    pose = known_pose(CameraConfig(pitch_deg=12.0, roll_deg=0.0, height_m=plane.offset), None)
    person = PersonSurface(
        1.06 * surface.vertices[list(keyframes)], BODY.faces, 1.06 * surface.joints,
        tuple(held.track.masks[frame] for frame in keyframes), held.track.valid,
        np.arange(len(held.track)) / 30, keyframes,
    )  # fmt: skip
    depths = {}
    for known, given in (("not", person), ("known", replace(person, pose=pose))):
        maps = GroundPlaneEstimator(GroundPlaneConfig()).estimate(held.images[:2], CAMERA, given)
        mask = held.track.masks[0]
        depths[known] = np.median(maps[0].depth[mask]) / np.median(held.maps[0].depth[mask])
    assert depths["known"] == pytest.approx(1.0, abs=0.01)
    assert depths["not"] > 1.03

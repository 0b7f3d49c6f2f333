"""Synthetic motion obeys the floor: nobody sinks, floats or slides, and each action does what its name says."""

import numpy as np
import pytest
from synthetic_clips import mannequin, scenes_of

from share_data.synthetic.gait import follow
from share_data.synthetic.motion import WorldMotion
from share_data.synthetic.skeleton import INDEX, Leg, leg, solve_leg
from share_data.synthetic.specs import ACTIONS

FRAMES = {"lie_down": 150}


def motion_of(action: str, index: int = 0) -> WorldMotion:
    motion = scenes_of(action, "none", FRAMES.get(action, 90), index)[0].motion
    assert motion is not None
    return motion


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("action", ["walk", "sit_down", "turn", "reach"])
def test_the_lowest_point_is_on_the_floor_in_every_frame(action: str, index: int) -> None:
    lowest = motion_of(action, index).vertices[..., 2].min(axis=1)
    assert np.abs(lowest).max() < 1e-4


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_planted_foot_does_not_slide(action: str, index: int) -> None:
    motion = motion_of(action, index)
    for side, name in enumerate(("left", "right")):
        of_foot = mannequin().weights[:, [INDEX[f"{name}_ankle"], INDEX[f"{name}_foot"]]].sum(axis=1) > 0.5
        foot = motion.vertices[:, of_foot]
        both = motion.planted[1:, side] & motion.planted[:-1, side]
        touching = (foot[1:, :, 2] < 0.004) & (foot[:-1, :, 2] < 0.004) & both[:, None]
        slide = np.linalg.norm(foot[1:, :, :2] - foot[:-1, :, :2], axis=-1)[touching]
        assert len(slide) > 30
        assert slide.max() < 0.01


@pytest.mark.parametrize("action", ACTIONS)
def test_motion_is_smooth(action: str) -> None:
    joints = motion_of(action).joints
    assert np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1).max() < 0.12  # metres a frame squared, at 30 fps


@pytest.mark.parametrize("action", ACTIONS)
def test_parameters_reproduce_the_surface(action: str) -> None:
    motion = motion_of(action)
    again = mannequin().forward(motion.global_orient, motion.body_pose, motion.betas, motion.transl)
    assert np.abs(again.vertices - motion.vertices).max() < 1e-5
    assert np.abs(again.joints - motion.joints).max() < 1e-5


def test_each_action_ends_as_its_name_says() -> None:
    joints = {action: motion_of(action).joints for action in ACTIONS}
    pelvis, head, knee = INDEX["pelvis"], INDEX["head"], INDEX["left_knee"]
    walked = np.linalg.norm(joints["walk"][-1, pelvis, :2] - joints["walk"][0, pelvis, :2])
    assert walked > 2.0
    sitting = joints["sit_down"][-1]
    assert 0.45 < sitting[pelvis, 2] < 0.7 and abs(sitting[knee, 2] - sitting[pelvis, 2]) < 0.2
    lying = joints["lie_down"][-1]
    assert abs(lying[head, 2] - lying[pelvis, 2]) < 0.2 and lying[pelvis, 2] < 0.8
    hands = joints["reach"][-1, [INDEX["left_wrist"], INDEX["right_wrist"]], 2]
    assert hands.max() > joints["reach"][-1, INDEX["left_shoulder"], 2] + 0.1
    across = joints["turn"][:, INDEX["left_hip"], :2] - joints["turn"][:, INDEX["right_hip"], :2]
    heading = np.unwrap(np.arctan2(across[:, 1], across[:, 0]))
    assert abs(heading[-1] - heading[0]) > np.radians(80)


def resting_leg() -> Leg:
    rest = mannequin().forward(np.zeros((1, 3)), np.zeros((1, 69)), np.zeros(10), np.zeros((1, 3)))
    return leg(rest.joints[0].astype(np.float64), float(rest.vertices[0, :, 1].min()), "left")


def test_the_leg_solver_reaches_its_target_with_the_knee_in_front() -> None:
    part = resting_leg()
    rng = np.random.default_rng(0)
    targets = np.stack([rng.uniform(-0.2, 0.2, 50), rng.uniform(-0.65, -0.45, 50), rng.uniform(-0.3, 0.3, 50)], axis=-1)
    thigh, knee, missing = solve_leg(part, targets, np.broadcast_to([1.0, 0, 0], targets.shape))
    ankle = thigh.apply(part.thigh + knee.apply(part.shank))
    assert np.abs(ankle - targets).max() < 1e-6 and np.abs(missing).max() < 1e-9
    bend = np.cross(thigh.apply(part.thigh), ankle)[:, 0]
    assert (bend > 0).all()  # the knee lies before the line from hip to ankle


def test_standing_still_keeps_both_feet_in_place() -> None:
    times = np.arange(60) / 30
    foot = follow(lambda t: (np.zeros((len(t), 2)), np.zeros_like(t)), resting_leg(), times, 0.3)
    assert np.ptp(foot.ankle, axis=0).max() < 1e-9

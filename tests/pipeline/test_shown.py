"""How much of a body its image shows, and the keyframes of a track by it: a walker who is cut, hidden, or neither."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from share_data.body.model import BodyModel, load_body
from share_data.body.render import rasterize
from share_data.camera import Intrinsics
from share_data.masks import MaskStack
from share_data.pipeline.keyframes import KeyframesConfig, keyframe_numbers
from share_data.pipeline.shown import keyframes_of, shown_share
from share_data.records import EstimatorInfo, PersonTrack

CAMERA = Intrinsics.centred(150, 240, 180)
T = 33
TIMES = np.arange(T) / 30


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


@pytest.fixture(scope="module")
def walker(body: BodyModel) -> PersonTrack:
    """Somebody who slides through the whole image, from beyond its left edge to beyond its right."""
    ones, zeros = np.ones(T, np.float32), np.zeros((T, 4), np.float32)
    orient = np.tile(Rotation.from_euler("x", 180, degrees=True).as_rotvec(), (T, 1)).astype(np.float32)
    transl = np.linspace([-4.0, 0, 3.5], [4.0, 0, 3.5], T).astype(np.float32)
    pose, betas = np.zeros((T, 69), np.float32), np.zeros(10, np.float32)
    vertices = body.forward(orient, pose, betas, transl).vertices
    masks = MaskStack.pack([rasterize(mesh, body.faces, CAMERA).depth > 0 for mesh in vertices])
    return PersonTrack(
        orient, pose, betas, transl, zeros, ones > 0, ones, masks, CAMERA, EstimatorInfo("test", 1)
    )  # fmt: skip


def share_of(track: PersonTrack, frame: int, body: BodyModel) -> float:
    at = slice(frame, frame + 1)
    mesh = body.forward(track.global_orient[at], track.body_pose[at], track.betas, track.transl[at]).vertices[0]
    return shown_share(mesh, body.faces, track.masks[frame], CAMERA)


def test_a_share_of_one_is_shown_whole_and_none_out_of_the_image(walker: PersonTrack, body: BodyModel) -> None:
    shares = [share_of(walker, frame, body) for frame in (0, 6, T // 2)]
    assert shares[0] == 0
    assert 0.05 < shares[1] < 0.95
    assert shares[2] > 0.8  # a pixel's rim of so small a body is not in its mask


def test_what_furniture_hides_is_not_shown(walker: PersonTrack, body: BodyModel) -> None:
    masks = [walker.masks[frame] for frame in range(T)]
    masks[T // 2][90:] = False
    assert 0.3 < share_of(replace(walker, masks=MaskStack.pack(masks)), T // 2, body) < 0.7


def test_keyframes_show_the_person_and_never_a_sliver(walker: PersonTrack, body: BodyModel) -> None:
    chosen = keyframes_of(walker, TIMES, body, KeyframesConfig())
    assert len(chosen) >= 3
    assert min(share_of(walker, int(frame), body) for frame in chosen) > 0.4
    assert chosen[-1] - chosen[0] > T / 3


def test_a_frame_in_which_the_motion_is_interpolated_is_none(walker: PersonTrack, body: BodyModel) -> None:
    valid = walker.valid.copy()
    valid[T // 2] = False
    chosen = keyframes_of(replace(walker, valid=valid), TIMES, body, KeyframesConfig())
    assert T // 2 not in chosen


def test_the_paper_takes_the_first_and_the_last_whatever_they_show(walker: PersonTrack, body: BodyModel) -> None:
    chosen = keyframes_of(walker, TIMES, body, KeyframesConfig(count=2, choice="even"))
    assert chosen.tolist() == keyframe_numbers(TIMES, 2).tolist() == [0, T - 1]
    assert math.isclose(share_of(walker, 0, body), 0)


@pytest.mark.parametrize("choice", ["seen", "even"])
def test_a_frame_in_which_nobody_was_looked_for_is_none(walker: PersonTrack, body: BodyModel, choice: Any) -> None:
    looks = np.arange(0, T, 4)
    masks = MaskStack.pack([walker.masks[look] for look in looks], looks)
    chosen = keyframes_of(replace(walker, masks=masks), TIMES, body, KeyframesConfig(choice=choice))
    assert set(chosen.tolist()) <= set(looks.tolist()) and len(chosen) >= 3

"""MoveNet counts people in real images and nobody in empty ones."""

import cv2
import footwork
import numpy as np
import pytest

from share_data.pipeline.humans.blazepose.looks import main_person
from share_data.pipeline.humans.movenet import GLANCE, MoveNet
from share_data.pipeline.humans.people import PeopleFinder

MAN = (1043, 165, 1243, 770)
"""Around the man of the first frame, by hand, px."""


@pytest.fixture(scope="module")
def image():
    return footwork.read([0])[0]


@footwork.needed
def test_one_man_is_one_detection_around_him(image):
    (man,) = PeopleFinder().detect(image)
    assert np.abs(man.box - MAN).max() < 30
    assert man.score > 0.5
    left, top, right, bottom = man.box
    x, y, score = man.keypoints.T
    seen = score > 0.3
    assert seen.sum() >= 14
    assert ((x > left - 20) & (x < right + 20) & (y > top - 20) & (y < bottom + 20))[seen].all()


@footwork.needed
def test_keypoints_are_in_coco_order(image):
    (man,) = MoveNet().detect(image)
    nose, shoulders, hips, ankles = man.keypoints[0], man.keypoints[5:7], man.keypoints[11:13], man.keypoints[15:17]
    assert nose[1] < shoulders[:, 1].min() < shoulders[:, 1].max() < hips[:, 1].min() < ankles[:, 1].min()
    assert shoulders[0, 0] > shoulders[1, 0], "he faces the camera, so his left shoulder is on the right"


@footwork.needed
@pytest.mark.parametrize("width, height", [(960, 540), (1000, 562)])
def test_boxes_are_in_pixels_of_the_image_given(image, width, height):
    (whole,), (small,) = MoveNet().detect(image), MoveNet().detect(cv2.resize(image, (width, height)))
    np.testing.assert_allclose(small.box * 1920 / width, whole.box, atol=25)


@footwork.needed
def test_portrait_images_are_padded_on_the_right_side(image):
    portrait = np.ascontiguousarray(image[:, 900:1400])
    (man,) = MoveNet().detect(portrait)
    assert np.abs(man.box - np.array(MAN) + [900, 0, 900, 0]).max() < 40


@footwork.needed
def test_two_men_are_two_detections_best_first(image):
    people = MoveNet().detect(np.concatenate([image[:, 800:1400], image[:, 1400:800:-1]], axis=1))
    assert len(people) == 2
    assert people[0].score >= people[1].score
    assert abs(people[0].box[0] - people[1].box[0]) > 400


@footwork.needed
def test_a_glance_finds_him_too(image):
    (man,) = MoveNet(GLANCE).detect(image)
    assert np.abs(man.box - MAN).max() < 40


@pytest.mark.parametrize("size", [(64, 64), (360, 640), (640, 360), (1, 7)])
def test_nobody_in_a_grey_image(size):
    assert MoveNet().detect(np.full((*size, 3), 128, np.uint8)) == []


def test_nobody_in_noise():
    noise = np.random.default_rng(0).integers(0, 256, (360, 640, 3), dtype=np.uint8)
    assert MoveNet().detect(noise) == []
    assert main_person([]) is None

"""BlazePose's landmarks sit on the man, its mask covers him, and its square maps to the image and back."""

import math
from dataclasses import replace

import footwork
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from share_data.camera import Intrinsics
from share_data.pipeline.humans.blazepose.landmarks import Landmarker, to_camera
from share_data.pipeline.humans.blazepose.region import CROP, Region, region_of_detection, region_of_landmarks
from share_data.pipeline.humans.blazepose.tracking import has_jumped, is_lost, keypoint_similarity
from share_data.pipeline.humans.movenet import Detection, MoveNet
from share_data.pipeline.humans.people import PeopleFinder

regions = st.builds(
    Region,
    x=st.floats(-500, 2500),
    y=st.floats(-500, 1500),
    radius=st.floats(10, 800),
    angle=st.floats(-math.pi, math.pi),
)


@pytest.fixture(scope="module")
def image():
    return footwork.read([40])[0]


@pytest.fixture(scope="module")
def detection(image):
    return MoveNet().detect(image)[0]


@given(regions)
def test_the_centre_of_the_crop_is_the_centre_of_the_region(region):
    np.testing.assert_allclose(region.to_image(np.full((1, 2), CROP / 2)), [[region.x, region.y]], atol=1e-9)


@given(regions)
def test_the_auxiliary_landmarks_of_a_region_give_the_region_back(region):
    centre, top = region.to_image(np.array([[CROP / 2, CROP / 2], [CROP / 2, CROP / 2 - CROP / 2.5]]))
    again = region_of_landmarks(centre, top)
    assert again.radius == pytest.approx(region.radius)
    assert math.cos(again.angle - region.angle) == pytest.approx(1)


def test_an_upright_region_of_the_crops_size_crops_exactly():
    image = np.random.default_rng(0).integers(0, 256, (400, 500, 3), dtype=np.uint8)
    region = Region(x=28 + 128, y=50 + 128, radius=CROP / 2.5, angle=0.0)
    np.testing.assert_array_equal(region.crop(image), (image[50:306, 28:284] / np.float32(255)).astype(np.float32))


@given(regions)
def test_a_square_is_near_another_up_to_a_tenth_of_its_radius_and_five_degrees(region):
    assert region.is_near(region)
    assert replace(region, x=region.x + 0.09 * region.radius, angle=region.angle + math.radians(4)).is_near(region)
    assert not replace(region, y=region.y - 0.11 * region.radius).is_near(region)
    assert not replace(region, radius=1.2 * region.radius).is_near(region)
    assert not replace(region, angle=region.angle - math.radians(6)).is_near(region)


def test_the_mask_of_a_first_look_that_was_about_right_is_that_of_two(image, detection):
    landmarker = Landmarker()
    first = landmarker.track(image, region_of_detection(detection))
    assert first.following.is_near(first.region)
    once, twice = PeopleFinder().mask(image, detection), landmarker.locate(image, detection).mask
    np.testing.assert_array_equal(once, first.mask)
    assert (once & twice).sum() > 0.9 * (once | twice).sum()


def test_outside_the_image_the_crop_is_black():
    region = Region(x=0, y=0, radius=CROP / 2.5, angle=0.0)
    crop = region.crop(np.full((300, 300, 3), 255, np.uint8))
    assert crop[:127].max() == crop[:, :127].max() == 0
    assert crop[129:, 129:].min() == 1


@given(regions)
def test_what_is_pasted_lies_where_it_was_cropped(region):
    spot = np.zeros((CROP, CROP), np.uint8)
    spot[100:140, 60:110] = 255
    image = region.paste(spot, 1080, 1920)
    affine = region.affine
    rows, columns = np.nonzero(image)
    points = np.stack([columns, rows], axis=1) + 0.5
    crop = (points - affine[:, 2]) @ np.linalg.inv(affine[:, :2]).T
    assert ((crop > [59, 99]) & (crop < [111, 141])).all()


def test_the_region_of_a_detection_is_upright_along_the_spine():
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[[5, 6, 11, 12, 15]] = [[300, 90, 1], [300, 110, 1], [200, 90, 1], [200, 110, 1], [20, 100, 1]]
    region = region_of_detection(Detection(np.zeros(4, np.float32), 0.9, keypoints))
    assert (region.x, region.y) == (200, 100)
    assert region.angle == pytest.approx(math.pi / 2), "head towards +x: the crop is turned a quarter clockwise"
    assert region.radius == pytest.approx(1.15 * 180, rel=1e-3)


@given(x=st.floats(0, 1920), y=st.floats(0, 1080))
def test_straight_ahead_in_the_crop_is_along_the_ray_in_the_camera(x, y):
    camera = Intrinsics.centred(1500, 1920, 1080)
    region = Region(x, y, 100, 0.0)
    ahead = to_camera(np.array([[0.0, 0.0, 1.0]]), region, camera)[0]
    ray = np.array([x - 960, y - 540, 1500])
    np.testing.assert_allclose(ahead, ray / np.linalg.norm(ray), atol=1e-9)
    axes = to_camera(np.eye(3), region, camera)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)


@footwork.needed
def test_landmarks_agree_with_the_detector_and_lie_on_the_mask(image, detection):
    person = Landmarker().locate(image, detection)
    assert keypoint_similarity(person, detection) > 0.9
    assert person.landmarks[:, 2].min() > 0.3
    body = person.landmarks[[0, 11, 12, 23, 24, 25, 26, 27, 28], :2].astype(int)
    assert person.mask[body[:, 1], body[:, 0]].all()
    left, top, right, bottom = detection.box.astype(int)
    assert person.mask[top:bottom, left:right].sum() > 0.95 * person.mask.sum()
    assert 0.35 < person.mask.sum() / detection.area < 0.7


@footwork.needed
def test_world_landmarks_are_a_man_in_metres_standing_in_the_camera(image, detection):
    world = Landmarker().locate(image, detection).world
    np.testing.assert_allclose(world[[23, 24]].mean(axis=0), 0, atol=0.03)
    assert world[0, 1] < world[23, 1] < world[27, 1], "y points down"
    assert 1.3 < world[27:33, 1].max() - world[0, 1] < 1.7


@footwork.needed
def test_tracking_on_stays_on_him(image, detection):
    person = Landmarker().locate(image, detection)
    again = Landmarker().track(image, person.following)
    assert keypoint_similarity(again, detection) > 0.9
    assert not is_lost(again)
    assert not has_jumped(again, person, 1 / 30)


@footwork.needed
@pytest.mark.parametrize("shade", [0, 90, 255])
def test_an_empty_picture_loses_him(image, detection, shade):
    person = Landmarker().locate(image, detection)
    assert is_lost(Landmarker().track(np.full_like(image, shade), person.following))


@footwork.needed
@pytest.mark.parametrize("shift", [-700, 400, 700])
def test_landmarks_that_slip_onto_the_background_are_noticed(image, detection, shift):
    person = Landmarker().locate(image, detection)
    assert has_jumped(Landmarker().track(np.roll(image, shift, axis=1), person.following), person, 1 / 30)


@footwork.needed
def test_the_finder_answers_alike_twice_and_masks_the_whole_image(image, detection):
    masks = [PeopleFinder().mask(image, detection) for _ in range(2)]
    assert masks[0].shape == (1080, 1920)
    assert masks[0].dtype == np.bool_
    assert masks[0].tobytes() == masks[1].tobytes()

"""The order in which a video's focal is chosen, and people moved to where it sees them."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from share_data.body.model import load_body
from share_data.camera import Intrinsics, project
from share_data.footage import Footage
from share_data.pipeline.camera.config import CameraConfig
from share_data.pipeline.camera.focal import UNSEEN, SeenFocal, choose_intrinsics, median_focal, rescale_translations
from share_data.records import Clip, Video

CLIP = Clip(Video("s", "v", "file:v.mp4"), Path("v.mp4"), "0" * 64, 0, 2, np.array([0.0, 0.1]), 640, 360)
CALIBRATED = replace(CLIP, video=replace(CLIP.video, focal_px=500.0))


def seen(geometry: float | None = 600.0, edges: float | None = None) -> Callable[[], SeenFocal]:
    return lambda: SeenFocal(geometry, edges)


def test_recipe_beats_calibration_beats_estimator_beats_edges() -> None:
    cases = [
        (CALIBRATED, CameraConfig(focal_px=700.0), "recipe", 700.0),
        (CALIBRATED, CameraConfig(hfov_deg=90.0), "recipe", 320.0),
        (CALIBRATED, CameraConfig(), "source", 500.0),
        (CLIP, CameraConfig(), "geometry", 600.0),
    ]
    for clip, camera, source, focal in cases:
        chosen = choose_intrinsics(clip, camera, seen(600.0, 610.0))
        assert (chosen.source, chosen.focal) == (source, pytest.approx(focal))
        assert (chosen.cx, chosen.cy, chosen.width, chosen.height) == (320, 180, 640, 360)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (1080, 1080), (640, 480), (480, 640)])
@pytest.mark.parametrize("degrees", [40.0, 60.0, 100.0])
def test_without_any_opinion_the_stated_default_of_the_long_side_is_used_and_named(
    width: int, height: int, degrees: float
) -> None:
    clip = replace(CLIP, width=width, height=height)
    chosen = choose_intrinsics(clip, CameraConfig(default_fov_deg=degrees), lambda: UNSEEN)
    assert chosen.source == "default"
    assert chosen.focal == pytest.approx(max(width, height) / 2 / math.tan(math.radians(degrees / 2)))
    assert (chosen.cx, chosen.cy, chosen.width, chosen.height) == (width / 2, height / 2, width, height)


def test_a_phone_held_upright_gets_nearly_its_true_focal_by_default() -> None:
    """A phone whose true focal is 1682 pixels, filming at 1088 x 1920: 60 degrees across would be 942 pixels."""
    upright = replace(CLIP, width=1088, height=1920)
    chosen = choose_intrinsics(upright, CameraConfig(), lambda: UNSEEN)
    assert chosen.focal == pytest.approx(1682, rel=0.02)


def test_the_lens_is_asked_last_and_named() -> None:
    def fail() -> float:
        raise AssertionError("asked")

    for clip, camera in ((CLIP, CameraConfig(focal_px=700.0)), (CALIBRATED, CameraConfig()), (CLIP, CameraConfig())):
        assert choose_intrinsics(clip, camera, seen(600.0), fail).source != "lens"
    by_edges = choose_intrinsics(CLIP, CameraConfig(), seen(None, 610.0), fail)
    assert (by_edges.source, by_edges.focal) == ("edges", 610.0)
    chosen = choose_intrinsics(CLIP, CameraConfig(), lambda: UNSEEN, lambda: 43.2666)
    assert (chosen.source, chosen.focal) == ("lens", pytest.approx(math.hypot(640, 360), rel=1e-5))


def test_nothing_is_looked_at_when_the_focal_is_known() -> None:
    def fail() -> SeenFocal:
        raise AssertionError("asked")

    assert choose_intrinsics(CALIBRATED, CameraConfig(), fail).source == "source"


def test_several_keyframes_give_their_median() -> None:
    assert median_focal([600.0, 610.0, 2000.0]) == 610.0


def test_meaningless_focals_are_no_opinion() -> None:
    assert median_focal([-5.0, 0.0, math.nan, math.inf, 580.0]) == 580.0
    for empty in (None, [], [math.nan], -1.0):
        assert median_focal(empty) is None


USED = Intrinsics(900.0, 310.0, 190.0, 640, 360)


@pytest.mark.parametrize("camera", [CameraConfig(), CameraConfig(focal_px=700.0), CameraConfig(hfov_deg=60.0)])
def test_a_crop_off_centre_moves_the_principal_point_and_nothing_else(camera: CameraConfig) -> None:
    cropped = replace(CLIP, footage=Footage(principal_point=(300.0, 200.0)))

    chosen, whole = (choose_intrinsics(clip, camera, seen(650.0)) for clip in (cropped, CLIP))

    assert chosen == replace(whole, cx=300.0, cy=200.0)


SHARED = Intrinsics.centred(620.0, 640, 360)
TRANSL = np.array([[0.3, -0.4, 3.0], [-1.0, 0.2, 5.5], [0.0, 0.0, 9.0]], np.float32)


def _pelvis_of(transl: np.ndarray, betas: np.ndarray) -> np.ndarray:
    orient = np.tile(np.array([2.8, 0.3, -0.4], np.float32), (len(transl), 1))
    return load_body().forward(orient, np.zeros((len(transl), 69), np.float32), betas, transl).joints[:, 0]


@pytest.mark.parametrize("shared", [SHARED, USED, Intrinsics.centred(1400.0, 640, 360)])
def test_the_pelvis_stays_at_its_pixel_and_its_depth_follows_the_focal(shared: Intrinsics) -> None:
    betas = np.linspace(-2, 2, 10).astype(np.float32)
    moved = rescale_translations(TRANSL, load_body().rest_pelvis(betas), USED, shared)
    before, after = _pelvis_of(TRANSL, betas), _pelvis_of(moved, betas)
    np.testing.assert_allclose(project(after, shared), project(before, USED), atol=1e-2)
    np.testing.assert_allclose(after[:, 2], before[:, 2] * shared.focal / USED.focal, rtol=1e-5)
    assert moved.dtype == TRANSL.dtype


def test_the_body_keeps_its_size_in_the_image() -> None:
    betas = np.zeros(10, np.float32)
    moved = rescale_translations(TRANSL, load_body().rest_pelvis(betas), USED, SHARED)
    ratio = (SHARED.focal / _pelvis_of(moved, betas)[:, 2]) / (USED.focal / _pelvis_of(TRANSL, betas)[:, 2])
    np.testing.assert_allclose(ratio, 1, rtol=1e-5)


def test_intrinsics_of_a_resized_image_are_understood() -> None:
    pelvis = np.array([0.0, -0.25, 0.02])
    halved = rescale_translations(TRANSL, pelvis, USED.scaled(320, 180), SHARED)
    np.testing.assert_allclose(halved, rescale_translations(TRANSL, pelvis, USED, SHARED), rtol=1e-5)


def test_the_same_camera_moves_nobody() -> None:
    moved = rescale_translations(TRANSL, np.array([0.0, -0.25, 0.02]), SHARED, SHARED)
    np.testing.assert_allclose(moved, TRANSL, atol=1e-6)

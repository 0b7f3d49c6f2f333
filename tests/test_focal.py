"""The order in which a video's focal is chosen."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from share_data.pipeline.focal import choose_intrinsics
from share_data.recipe import CameraConfig
from share_data.records import Clip, Video

CLIP = Clip(Video("s", "v", "file:v.mp4"), Path("v.mp4"), "0" * 64, 0, 2, np.array([0.0, 0.1]), 640, 360)
CALIBRATED = dataclasses.replace(CLIP, video=dataclasses.replace(CLIP.video, focal_px=500.0))


def test_recipe_beats_calibration_beats_estimator_beats_default() -> None:
    cases = [
        (CALIBRATED, CameraConfig(focal_px=700.0), "recipe", 700.0),
        (CALIBRATED, CameraConfig(hfov_deg=90.0), "recipe", 320.0),
        (CALIBRATED, CameraConfig(), "source", 500.0),
        (CLIP, CameraConfig(), "geometry", 600.0),
    ]
    for clip, camera, source, focal in cases:
        chosen = choose_intrinsics(clip, camera, lambda: 600.0)
        assert (chosen.source, chosen.focal) == (source, pytest.approx(focal))
        assert (chosen.cx, chosen.cy, chosen.width, chosen.height) == (320, 180, 640, 360)


def test_without_any_opinion_the_stated_default_is_used_and_named() -> None:
    chosen = choose_intrinsics(CLIP, CameraConfig(default_hfov_deg=60.0), lambda: None)
    assert chosen.source == "default"
    assert chosen.focal == pytest.approx(320 / math.tan(math.radians(30)))


def test_the_estimator_is_not_asked_when_the_focal_is_known() -> None:
    def fail() -> float:
        raise AssertionError("asked")

    assert choose_intrinsics(CALIBRATED, CameraConfig(), fail).source == "source"
